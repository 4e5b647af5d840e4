/* firewall_fuzz.c - the input is the text of one line, of the kernel and of filterlog in turn. */
#include <assert.h>

#include "proto/understand.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool known, const struct record *r, struct slice text)
{
    assert(known == (r->event != RECORD_UNKNOWN));
    assert(r->event == RECORD_FIREWALL || r->have == 0);
    assert(r->event != RECORD_FIREWALL || record_get(r, FIELD_PROTOCOL_NAME).n > 0 ||
           !record_has(r, FIELD_SERVER_PORT));
    for (enum record_field f = 0; f < RECORD_FIELDS; f++) {
        struct slice s = record_get(r, f);

        assert(s.n == 0 || (s.p >= text.p && s.p + s.n <= text.p + text.n));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size };
    struct record kernel = { .repeat = 1 }, pf = { .repeat = 1 };

    check(firewall_parse(text, &kernel), &kernel, text);
    check(firewall_pf_parse(text, &pf), &pf, text);
    return 0;
}
