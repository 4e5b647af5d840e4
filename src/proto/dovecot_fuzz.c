/* dovecot_fuzz.c - the input is the text of one line. Every slice of the record lies in it, or is a
 * constant of ours. */
#include <assert.h>

#include "proto/understand.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* FIELD_STAGE and FIELD_PROTOCOL_NAME are constants. */
static void assert_inside(const struct record *r, enum record_field f, struct slice text)
{
    struct slice s = record_get(r, f);

    if (f != FIELD_STAGE && f != FIELD_PROTOCOL_NAME && f != FIELD_ACTION && s.n > 0)
        assert(s.p >= text.p && s.p + s.n <= text.p + text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size };
    struct record r = { .repeat = 1 };
    bool known = dovecot_parse(text, &r);

    assert(known == (r.event != RECORD_UNKNOWN));
    assert(known || r.have == 0);
    assert(r.repeat >= 1);
    for (enum record_field f = 0; f < RECORD_FIELDS; f++)
        assert_inside(&r, f, text);
    return 0;
}
