#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "watch/follow_hour.h"

#include "base/ban.h"

/* Central Europe in the autumn of 2026: at 03:00 of October 25 it is 02:00 again. Of the hour that
 * comes twice the second is said, as mktime(3) does it, or with a context the first. */
static int32_t berlin(void *ctx, const struct civil *local)
{
    struct civil change = { .year = 2026, .month = 10, .day = 25, .hour = ctx != NULL ? 3 : 2 };

    return civil_to_wall(local, 0).ms < civil_to_wall(&change, 0).ms ? 7200 : 3600;
}

static const struct hour_case {
    const char *name;
    int hour, minute;         /* of the stamp, on October 25 */
    int now_hour, now_minute; /* of the clock, in UTC */
    bool says_first, known;
    int32_t want_s;
} hour_cases[] = {
    { "the first of the two, the zone says the second", 2, 30, 0, 30, false, false, 7200 },
    { "the second, the zone says so", 2, 30, 1, 30, false, false, 3600 },
    { "the first, the zone says so", 2, 30, 0, 30, true, false, 7200 },
    { "the second, the zone says the first", 2, 30, 1, 30, true, false, 3600 },
    { "read a minute late", 2, 30, 0, 31, false, false, 7200 },
    { "not of now", 2, 30, 0, 40, false, false, 3600 },
    { "the offset stands with the stamp", 2, 30, 0, 30, false, true, 3600 },
    { "a clock that is an hour wrong on another day", 14, 0, 14, 0, false, false, 3600 },
};

static void test_hours(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hour_cases); i++) {
        const struct hour_case *c = &hour_cases[i];
        struct civil local = {
            .year = 2026, .month = 10, .day = 25, .hour = c->hour, .minute = c->minute
        };
        struct civil now = {
            .year = 2026, .month = 10, .day = 25, .hour = c->now_hour, .minute = c->now_minute
        };
        struct stamp_clock clock = { .zone = berlin,
                                     .zone_ctx = c->says_first ? &local : NULL,
                                     .offset_known = c->known };
        int32_t offset_s = berlin(clock.zone_ctx, &local);
        struct wall at = civil_to_wall(&local, offset_s);

        follow_hour_settle(&clock, civil_to_wall(&now, 0), &at, &offset_s);
        if (offset_s != c->want_s || at.ms != civil_to_wall(&local, c->want_s).ms)
            fail_msg("%s: got %d, want %d", c->name, offset_s, c->want_s);
    }
}

/* Without a zone nothing is moved. */
static void test_no_zone(void **state)
{
    struct stamp_clock clock = { 0 };
    struct wall at = { DAY_MS };
    int32_t offset_s = 0;

    (void)state;
    follow_hour_settle(&clock, (struct wall){ DAY_MS + HOUR_MS }, &at, &offset_s);
    assert_int_equal(at.ms, DAY_MS);
    assert_int_equal(offset_s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_no_zone),
    };

    return cmocka_run_group_tests_name("watch-follow-hour", tests, NULL, NULL);
}
