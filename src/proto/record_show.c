#include "proto/record_show.h"

#include "base/buf.h"

#include "base/ban.h"

enum { SHOWN_MAX = 1 << 16 };

char *record_show(const struct record *r)
{
    struct buf out = buf_make(SHOWN_MAX);

    buf_printf(&out, "%s %u", record_event_name(r->event), r->repeat);
    for (enum record_field f = 0; f < RECORD_FIELDS; f++) {
        if (record_has(r, f))
            buf_printf(&out, " %s=%.*s|", record_field_name(f), SLICE_ARG(r->field[f]));
    }
    buf_add_char(&out, '\0');
    return out.p;
}
