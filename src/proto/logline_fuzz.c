/* logline_fuzz.c - the input is a log file: its lines go through one clock, in their order. */
#include <assert.h>

#include "proto/logline.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_inside(struct slice part, struct slice line)
{
    assert(part.n <= line.n || slice_eq(part, SLICE("dovecot")) || slice_eq(part, SLICE("kernel")));
    if (part.p >= line.p && part.p < line.p + line.n)
        assert(part.p + part.n <= line.p + line.n);
}

static void one_line(struct stamp_clock *clock, struct slice line)
{
    struct stamp_clock before = *clock;
    struct logline got;
    enum logline_got what = logline_parse(clock, line, &got);

    if (what == LOGLINE_OK || what == LOGLINE_NO_FRAME)
        assert(got.at.ms == clock->at.ms);
    else
        assert(clock->at.ms == before.at.ms && clock->backwards == before.backwards);
    if (what != LOGLINE_OK)
        return;
    assert_inside(got.host, line);
    assert_inside(got.program, line);
    assert_inside(got.text, line);
    assert(memchr(got.host.n > 0 ? got.host.p : "", ' ', got.host.n) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stamp_clock clock = { .newest = { 1795316645000 } };
    struct slice rest = { (const char *)data, size }, line;

    while (slice_cut(&rest, '\n', &line))
        one_line(&clock, line);
    one_line(&clock, rest);
    return 0;
}
