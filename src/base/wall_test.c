#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "base/wall.h"

#include "base/ban.h"

/* Each day from 1970 to 2100, counted by hand, there and back. */
static void test_every_day(void **state)
{
    struct civil c = { .year = 1970, .month = 1, .day = 1, .hour = 23, .minute = 59, .second = 58 };

    (void)state;
    for (int64_t day = 0; c.year <= 2100; day++) {
        struct civil back;

        assert_true(civil_valid(&c));
        assert_int_equal(civil_days(c.year, c.month, c.day), day);
        back = wall_to_civil(civil_to_wall(&c, 0), 0);
        assert_memory_equal(&back, &c, sizeof c);
        c.day++;
        if (!civil_valid(&c)) {
            c.day = 1;
            c.month++;
        }
        if (!civil_valid(&c)) {
            c.month = 1;
            c.year++;
        }
    }
}

/* The same as the C library says, at odd times up to the year 9999. */
static void test_against_libc(void **state)
{
    (void)state;
    for (time_t t = 0; t < (time_t)253402300800; t += 1234567) {
        struct civil c = wall_to_civil((struct wall){ (int64_t)t * 1000 + 5 }, 0);
        struct tm tm;

        gmtime_r(&t, &tm);
        if (c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday ||
            c.hour != tm.tm_hour || c.minute != tm.tm_min || c.second != tm.tm_sec || c.milli != 5)
            fail_msg("%lld: got %d-%d-%d %d:%d:%d", (long long)t, c.year, c.month, c.day, c.hour,
                     c.minute, c.second);
    }
}

static const struct valid_case {
    struct civil civil;
    bool want;
} valid_cases[] = {
    { { .year = 2024, .month = 2, .day = 29 }, true },
    { { .year = 2023, .month = 2, .day = 29 }, false },
    { { .year = 2000, .month = 2, .day = 29 }, true },
    { { .year = 2100, .month = 2, .day = 29 }, false },
    { { .year = 2024, .month = 2, .day = 30 }, false },
    { { .year = 2024, .month = 4, .day = 31 }, false },
    { { .year = 2024, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 60 }, true },
    { { .year = 2024, .month = 12, .day = 31, .second = 61 }, false },
    { { .year = 2024, .month = 1, .day = 1, .hour = 24 }, false },
    { { .year = 2024, .month = 1, .day = 1, .minute = 60 }, false },
    { { .year = 2024, .month = 1, .day = 1, .milli = 1000 }, false },
    { { .year = 2024, .month = 0, .day = 1 }, false },
    { { .year = 2024, .month = 13, .day = 1 }, false },
    { { .year = 2024, .month = 1, .day = 0 }, false },
    { { .year = 1969, .month = 12, .day = 31 }, false },
    { { .year = 9999, .month = 12, .day = 31 }, true },
    { { .year = 10000, .month = 1, .day = 1 }, false },
    { { .year = 2024, .month = 1, .day = 1, .hour = -1 }, false },
};

static void test_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(valid_cases); i++)
        if (civil_valid(&valid_cases[i].civil) != valid_cases[i].want)
            fail_msg("row %zu: want %d", i, valid_cases[i].want);
}

static const struct text_case {
    int64_t ms;
    int32_t offset_s;
    bool floating;
    const char *want;
} text_cases[] = {
    { 0, 0, false, "1970-01-01T00:00:00+00:00" },
    { 1795320245999, 3600, false, "2026-11-22T05:04:05+01:00" },
    { 1795320245000, -12600, false, "2026-11-22T00:34:05-03:30" },
    { 1795320245000, 3600, true, "2026-11-22T05:04:05" },
    { -1000, 0, false, "1969-12-31T23:59:59+00:00" },
};

static void test_text(void **state)
{
    char got[WALL_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(text_cases); i++) {
        const struct text_case *c = &text_cases[i];

        assert_string_equal(wall_rfc3339((struct wall){ c->ms }, c->offset_s, c->floating, got),
                            c->want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_against_libc),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests_name("wall", tests, NULL, NULL);
}
