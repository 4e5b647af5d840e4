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

static bool same_slice(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || a.p == b.p);
}

/* A clock that forgot the front of the line before comes to the same result. */
static void assert_same(struct stamp_clock before, const struct stamp_clock *clock,
                        struct slice line, enum logline_got want, const struct logline *wanted)
{
    struct logline got;

    before.front_n = 0;
    assert(logline_parse(&before, line, &got) == want);
    assert(before.at.ms == clock->at.ms && before.offset_s == clock->offset_s);
    assert(before.backwards == clock->backwards && before.future == clock->future);
    if (want != LOGLINE_OK)
        return;
    assert(got.at.ms == wanted->at.ms && logline_pid(&got) == logline_pid(wanted));
    assert(same_slice(got.host, wanted->host) && same_slice(got.program, wanted->program));
    assert(same_slice(got.text, wanted->text));
}

static void one_line(struct stamp_clock *clock, struct slice line)
{
    struct stamp_clock before = *clock;
    struct logline got;
    enum logline_got what = logline_parse(clock, line, &got);

    assert_same(before, clock, line, what, &got);

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
