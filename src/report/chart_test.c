#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "report/chart.h"

#include "base/ban.h"

/* 2026-11-22T00:00:00Z, a Sunday. */
#define MIDNIGHT INT64_C(1795305600000)

static const struct top_case {
    uint64_t peak, want;
} top_cases[] = {
    { 0, 1 },
    { 1, 1 },
    { 2, 2 },
    { 3, 4 },
    { 9, 10 },
    { 10, 10 },
    { 11, 20 },
    { 61, 80 },
    { 81, 100 },
    { 4812, 6000 },
    { UINT32_MAX, UINT64_C(6000000000) },
    { UINT64_C(10000000000000000000), UINT64_C(10000000000000000000) },
    { UINT64_MAX, UINT64_MAX },
};

static void test_top(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(top_cases); i++) {
        uint64_t got = chart_top(top_cases[i].peak);

        if (got != top_cases[i].want)
            fail_msg("top of %llu: got %llu, want %llu", (unsigned long long)top_cases[i].peak,
                     (unsigned long long)got, (unsigned long long)top_cases[i].want);
    }
}

/* `n` bars in a heap block of exactly their size; the bar i has `value(i)` messages. */
static struct report_timeline timeline(size_t n, int64_t width_ms, uint32_t (*value)(size_t i))
{
    struct report_timeline t = { { MIDNIGHT }, width_ms, n, NULL };

    t.bars = n > 0 ? memory_new(n, sizeof *t.bars) : NULL;
    for (size_t i = 0; i < n; i++)
        t.bars[i].messages = t.bars[i].recipients = value(i);
    return t;
}

static uint32_t value_index(size_t i)
{
    return (uint32_t)i;
}

static uint32_t value_zero(size_t i)
{
    (void)i;
    return 0;
}

static uint32_t value_huge(size_t i)
{
    return i % 2 == 0 ? UINT32_MAX : 1;
}

static const struct geometry_case {
    const char *name;
    size_t n, want_n;
    uint32_t (*value)(size_t i);
} geometry_cases[] = {
    { "no bars", 0, 0, value_index },
    { "one bar, empty", 1, 1, value_zero },
    { "one bar", 1, 1, value_huge },
    { "two bars", 2, 2, value_huge },
    { "a day of hours", 24, 24, value_index },
    { "all zero", 24, 24, value_zero },
    { "as many as fit", CHART_BARS_MAX, CHART_BARS_MAX, value_index },
    { "one too many", CHART_BARS_MAX + 1, CHART_BARS_MAX / 2 + 1, value_index },
    { "a year of quarters", 35040, CHART_BARS_MAX, value_huge },
};

/* Every bar lies inside the plot, right of the one before it, stands on the ground, and is seen
 * exactly when its value is not 0. */
static void check_boxes(const struct geometry_case *t, const struct chart *c)
{
    uint64_t top = chart_top(chart_peak(c, CHART_MESSAGES));
    unsigned right = 0;

    for (size_t i = 0; i < c->n; i++) {
        struct chart_box box = chart_box(c, CHART_MESSAGES, i, top);

        if (box.x < right || box.width == 0 || box.width > CHART_SLOT_MOST ||
            box.x + box.width > CHART_PLOT || box.y + box.height != CHART_PLOT)
            fail_msg("%s: bar %zu: got %u,%u %ux%u, want it inside the plot, right of %u", t->name,
                     i, box.x, box.y, box.width, box.height, right);
        if ((box.height > 0) != (c->value[CHART_MESSAGES][i] > 0))
            fail_msg("%s: bar %zu: got height %u of %llu", t->name, i, box.height,
                     (unsigned long long)c->value[CHART_MESSAGES][i]);
        right = box.x + box.width;
    }
}

static void test_geometry(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(geometry_cases); k++) {
        const struct geometry_case *t = &geometry_cases[k];
        struct report_timeline line = timeline(t->n, HOUR_MS, t->value);
        struct chart c = chart_make(&line);
        uint64_t sum = 0;

        for (size_t i = 0; i < t->n; i++)
            sum += t->value(i);
        if (c.n != t->want_n)
            fail_msg("%s: got %zu bars, want %zu", t->name, c.n, t->want_n);
        if (chart_sum(&c, CHART_MESSAGES) != sum)
            fail_msg("%s: merging lost something", t->name);
        if (c.n > 0 && chart_from(&c, c.n).ms < MIDNIGHT + (int64_t)t->n * HOUR_MS)
            fail_msg("%s: the last bar ends too early", t->name);
        check_boxes(t, &c);
        free(line.bars);
    }
}

static void test_heights(void **state)
{
    struct report_timeline line = timeline(101, MINUTE_MS, value_index);
    struct chart c = chart_make(&line);

    (void)state;
    assert_int_equal(chart_box(&c, CHART_MESSAGES, 100, 100).height, CHART_PLOT);
    assert_int_equal(chart_box(&c, CHART_MESSAGES, 50, 100).height, CHART_PLOT / 2);
    assert_int_equal(chart_box(&c, CHART_MESSAGES, 1, 100).height, CHART_BAR_LEAST);
    assert_int_equal(chart_box(&c, CHART_MESSAGES, 0, 100).height, 0);
    assert_int_equal(chart_box(&c, CHART_FAILURES, 50, 1).height, 0);
    free(line.bars);
}

static const struct place_case {
    int64_t into_ms;
    bool want;
    unsigned want_x;
} place_cases[] = {
    { -1, false, 0 },
    { 0, true, 0 },
    { INT64_C(6) * HOUR_MS, true, CHART_PLOT / 4 },
    { DAY_MS, true, CHART_PLOT },
    { DAY_MS + 1, false, 0 },
};

static void test_place(void **state)
{
    struct report_timeline line = timeline(24, HOUR_MS, value_zero), none = { 0 };
    struct chart c = chart_make(&line), empty = chart_make(&none);
    unsigned x;

    (void)state;
    for (size_t i = 0; i < COUNT(place_cases); i++) {
        const struct place_case *t = &place_cases[i];
        struct wall at = { MIDNIGHT + t->into_ms };
        bool got;

        x = 0;
        got = chart_x(&c, at, &x);
        if (got != t->want || x != t->want_x)
            fail_msg("%lld ms in: got %d at %u, want %d at %u", (long long)t->into_ms, got, x,
                     t->want, t->want_x);
    }
    assert_false(chart_x(&empty, (struct wall){ 0 }, &x));
    free(line.bars);
}

static const struct tick_case {
    const char *name;
    size_t n;
    int64_t width_ms;
    int32_t offset_s;
    const char *want; /* labels, and dates in brackets; minor ones behind a '-' */
} tick_cases[] = {
    { "no bars", 0, HOUR_MS, 0, "" },
    { "an hour", 60, MINUTE_MS, 0, "00:00(22 Nov) -00:10 00:20 -00:30 00:40 -00:50 01:00" },
    { "a day", 24, HOUR_MS, 0, "00:00(22 Nov) -06:00 12:00 -18:00 00:00(23 Nov)" },
    { "a day in India", 24, HOUR_MS, 19800, "-06:00(22 Nov) 12:00 -18:00 00:00(23 Nov)" },
    { "midnight second", 24, HOUR_MS, -7 * 3600, "-18:00 00:00(22 Nov) -06:00 12:00" },
    { "a week", 168, HOUR_MS, 0, "22 Nov -23 Nov 24 Nov -25 Nov 26 Nov -27 Nov 28 Nov -29 Nov" },
    { "ten years", 3653, DAY_MS, 0,
      "Aug 2027 -Nov 2028 Feb 2030 -May 2031 Aug 2032 -Nov 2033 Feb 2035 -May 2036" },
};

static void show_ticks(const struct chart_tick *ticks, size_t n, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s%s%s%s%s", i > 0 ? " " : "",
                                 ticks[i].minor ? "-" : "", ticks[i].label,
                                 ticks[i].date[0] != '\0' ? "(" : "", ticks[i].date,
                                 ticks[i].date[0] != '\0' ? ")" : "");
}

static void test_ticks(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(tick_cases); k++) {
        const struct tick_case *t = &tick_cases[k];
        struct report_timeline line = timeline(t->n, t->width_ms, value_zero);
        struct chart c = chart_make(&line);
        struct chart_tick ticks[CHART_TICKS_MAX];
        size_t n = chart_ticks(&c, t->offset_s, ticks);
        char got[256];

        show_ticks(ticks, n, got, sizeof got);
        if (!slice_eq(slice_of(got), slice_of(t->want)))
            fail_msg("%s: got \"%s\", want \"%s\"", t->name, got, t->want);
        for (size_t i = 0; i < n; i++)
            if (ticks[i].x > CHART_PLOT || (i > 0 && ticks[i].x <= ticks[i - 1].x))
                fail_msg("%s: tick %zu stands at %u", t->name, i, ticks[i].x);
        free(line.bars);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_top),     cmocka_unit_test(test_geometry),
        cmocka_unit_test(test_heights), cmocka_unit_test(test_place),
        cmocka_unit_test(test_ticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
