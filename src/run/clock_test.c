/* What is counted for people to look at, also when somebody sets the clock: the last hour stays the
 * last hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "run/daemon.h"

#include "base/ban.h"

enum { FUSE = 3, NOON_MS = 12 * HOUR_MS };

static const int64_t steps[] = { HOUR_MS,        -HOUR_MS,        30 * DAY_MS,   -30 * DAY_MS,
                                 25 * MINUTE_MS, -25 * MINUTE_MS, 3 * SECOND_MS, 0 };

static struct wall noon(int64_t later_ms)
{
    return (struct wall){ 20000 * DAY_MS + NOON_MS + later_ms };
}

static struct event mail(struct wall at)
{
    struct event e = { .type = EVENT_SUBMISSION, .recipients = 2, .at = at };

    assert_true(ip_parse(SLICE("192.0.2.7"), &e.client));
    return e;
}

static void the_hours(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct daemon *d = memory_new(1, sizeof *d);
        struct hour_count *h = &d->hours[HOUR_MESSAGES];

        hour_add(h, noon(0), 5);
        hour_add(h, noon(20 * MINUTE_MS), 7);
        hours_clock_set(d, steps[i]);
        assert_int_equal(hour_sum(h, noon(steps[i] + 21 * MINUTE_MS)), 12);
        hour_add(h, noon(steps[i] + 25 * MINUTE_MS), 1);
        assert_int_equal(hour_sum(h, noon(steps[i] + 62 * MINUTE_MS)), 8); /* five are over */
        assert_int_equal(hour_sum(h, noon(steps[i] + 82 * MINUTE_MS)), 1);
        free(d);
    }
}

static void each_account(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct active a = { 0 };
        struct event e = mail(noon(0));

        active_count(&a, FUSE, &e, false);
        e = mail(noon(20 * MINUTE_MS));
        active_count(&a, FUSE, &e, false);
        active_clock_set(&a, steps[i], (int32_t)(noon(steps[i]).ms / DAY_MS));
        assert_int_equal(active_sum(active_of(&a, FUSE), noon(steps[i] + 21 * MINUTE_MS)).messages,
                         2);
        assert_int_equal(active_sum(active_of(&a, FUSE), noon(0)).last.ms,
                         noon(steps[i] + 20 * MINUTE_MS).ms);
        e = mail(noon(steps[i] + 40 * MINUTE_MS));
        active_count(&a, FUSE, &e, false);
        assert_int_equal(active_sum(active_of(&a, FUSE), noon(steps[i] + 40 * MINUTE_MS)).messages,
                         3);
        assert_int_equal(active_sum(active_of(&a, FUSE), noon(steps[i] + 92 * MINUTE_MS)).messages,
                         1);
        active_done(&a);
    }
}

/* A day that is to come again is today; and nobody's figures are too small without saying so. */
static void the_day(void **state)
{
    struct active a = { 0 };
    int32_t today = (int32_t)(noon(0).ms / DAY_MS);
    struct event e = mail(noon(0));
    uint32_t whole = 0;

    (void)state;
    active_count(&a, FUSE, &e, true);
    active_clock_set(&a, -DAY_MS, today - 1);
    assert_int_equal(active_today(&a, FUSE, today - 1).messages, 1);
    for (int turn = 0; turn < 2; turn++)
        for (uint32_t fuse = 0; fuse < 3 * ACTIVE_SLOTS; fuse++)
            active_count(&a, fuse, &e, true);
    for (uint32_t fuse = 0; fuse < 3 * ACTIVE_SLOTS; fuse++) {
        struct active_day day = active_today(&a, fuse, today);

        assert_true(day.partial || day.messages == 2);
        whole += !day.partial;
    }
    assert_true(whole < ACTIVE_SLOTS);
    assert_int_equal(active_today(&a, 3 * ACTIVE_SLOTS, today + 1).messages, 0);
    assert_false(active_today(&a, 3 * ACTIVE_SLOTS, today + 1).partial);
    active_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hours),
        cmocka_unit_test(each_account),
        cmocka_unit_test(the_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
