#include "ledger/bars.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

#define NOON (INT64_C(20000) * DAY_MS + 12 * HOUR_MS + 3 * MINUTE_MS)

/* Messages at these minutes after three past noon, and what the time line must be: where it begins
 * (minutes), how wide a bar is, and how many are in use. */
static const struct bars_case {
    const char *name;
    int64_t at[4];
    size_t n;
    int64_t start, width;
    size_t used;
} bars_cases[] = {
    { "nothing", { 0 }, 0, 0, 0, 0 },
    { "one message", { 0 }, 1, -3, 10, 1 },
    { "the first bar has ten minutes", { 0, 6, 7 }, 3, -3, 10, 2 },
    { "the last bar of the first width", { 0, 476 }, 2, -3, 10, 48 },
    { "one more: twice the width", { 0, 477 }, 2, -3, 20, 25 },
    { "from a start that is odd", { 10, 487 }, 2, -3, 20, 25 },
    { "a week", { 0, 10080 }, 2, -83, 320, 32 },
    { "a time before the first falls into the first bar", { 0, -600, -60000 }, 3, -3, 10, 1 },
    { "back and forth", { 0, 500, 3, 480 }, 4, -3, 20, 26 },
};

static void time_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bars_cases); i++) {
        const struct bars_case *c = &bars_cases[i];
        struct bars b = { 0 };
        uint32_t sum = 0;
        int64_t start;

        for (size_t k = 0; k < c->n; k++)
            bars_at(&b, (struct wall){ NOON + c->at[k] * MINUTE_MS })->messages++;
        start = c->n > 0 ? (b.start_ms - NOON) / MINUTE_MS : 0;
        for (int k = 0; k < BARS; k++)
            sum += b.bar[k].messages;
        if (start != c->start || b.width_ms != c->width * MINUTE_MS || bars_used(&b) != c->used)
            fail_msg("%s: got start %jd, width %jd, used %zu; want %jd, %jd, %zu", c->name,
                     (intmax_t)start, (intmax_t)(b.width_ms / MINUTE_MS), bars_used(&b),
                     (intmax_t)c->start, (intmax_t)c->width, c->used);
        if (sum != c->n || b.start_ms % (c->n > 0 ? b.width_ms : 1) != 0)
            fail_msg("%s: got %u messages", c->name, sum);
    }
}

/* From the first year to the last: no endless loop, nothing lost. */
static void all_of_time(void **state)
{
    struct bars b = { 0 };

    (void)state;
    bars_at(&b, (struct wall){ 0 })->messages++;
    bars_at(&b, (struct wall){ civil_days(9999, 12, 31) * DAY_MS })->messages++;
    bars_at(&b, (struct wall){ -12 * HOUR_MS })->messages++; /* 1970 east of Greenwich */
    assert_int_equal(b.bar[0].messages, 2);
    assert_int_equal(b.bar[bars_used(&b) - 1].messages, 1);
}

static void joined_bars_add_up_and_stop_at_their_maximum(void **state)
{
    struct bars b = { 0 };
    struct bar *bar = bars_at(&b, (struct wall){ 0 });

    (void)state;
    bar_add(&bar->refused, 70000);
    bar_add(&bar->refused, 1);
    assert_int_equal(bar->refused, UINT16_MAX);
    bar->recipients = 3;
    bar = bars_at(&b, (struct wall){ 10 * MINUTE_MS });
    bar_add(&bar->refused, UINT32_MAX);
    bar->recipients = 4;
    bars_at(&b, (struct wall){ DAY_MS });
    assert_int_equal(b.bar[0].refused, UINT16_MAX);
    assert_int_equal(b.bar[0].recipients, 7);
    assert_int_equal(bars_used(&b), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_lines),
        cmocka_unit_test(all_of_time),
        cmocka_unit_test(joined_bars_add_up_and_stop_at_their_maximum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
