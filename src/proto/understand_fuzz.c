/* understand_fuzz.c - the input is "program: text", through every parser of log texts. */
#include <assert.h>

#include "proto/secret.h"
#include "proto/understand.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value is a part of the input or a constant; never something that begins inside and ends
 * outside. */
static void assert_inside(struct slice part, struct slice all)
{
    if (part.n > 0 && part.p >= all.p && part.p < all.p + all.n)
        assert(part.p + part.n <= all.p + all.n);
    for (size_t i = 0; i < part.n; i++)
        (void)*(const volatile char *)(part.p + i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice all = { (const char *)data, size };
    struct logline line = { .text = all };
    struct record r;
    bool ours;

    (void)slice_cut_at(&line.text, SLICE(": "), &line.program);
    ours = understand(&line, &r);
    assert(r.repeat > 0);
    assert(r.event < RECORD_EVENTS);
    assert(ours || (r.event == RECORD_OTHER && r.have == 0));
    assert(r.event != RECORD_UNKNOWN || r.have == 0);
    assert_inside(r.instance, all);
    assert_inside(r.service, all);
    assert_inside(r.daemon, all);
    assert_inside(r.queue_id, all);
    for (enum record_field f = 0; f < RECORD_FIELDS; f++)
        assert_inside(record_get(&r, f), all);
    assert(secret_shown(line.text) <= line.text.n);
    return 0;
}
