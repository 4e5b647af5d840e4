#include "proto/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"

#include "base/ban.h"

#define NOON(y, m, d) (&(const struct civil){ .year = (y), .month = (m), .day = (d), .hour = 12 })

/* A stamp, read by a clock that knows nothing but the file's date: 22 November 2026, noon. */
static const struct stamp_case {
    const char *name, *in;
    enum stamp_got want;
    const char *want_at, *want_rest;
    int64_t want_milli;
} stamp_cases[] = {
    { "day padded with a blank", "Nov  2 03:04:05 x", STAMP_OK, "2026-11-02T03:04:05+00:00", "x",
      0 },
    { "day padded with zero", "Nov 02 03:04:05 x", STAMP_OK, "2026-11-02T03:04:05+00:00", "x", 0 },
    { "day not padded", "Nov 2 03:04:05 x", STAMP_OK, "2026-11-02T03:04:05+00:00", "x", 0 },
    { "two digits", "Nov 22 03:04:05 x", STAMP_OK, "2026-11-22T03:04:05+00:00", "x", 0 },
    { "one blank is passed", "Nov 22 03:04:05  x", STAMP_OK, "2026-11-22T03:04:05+00:00", " x", 0 },
    { "nothing after it", "Nov 22 03:04:05", STAMP_OK, "2026-11-22T03:04:05+00:00", "", 0 },
    { "fraction", "Nov 22 03:04:05.123456 x", STAMP_OK, "2026-11-22T03:04:05+00:00", "x", 123 },
    { "fraction, comma", "Nov 22 03:04:05,5 x", STAMP_OK, "2026-11-22T03:04:05+00:00", "x", 500 },
    { "year", "Nov 2 2025 03:04:05 x", STAMP_OK, "2025-11-02T03:04:05+00:00", "x", 0 },
    { "year, padded", "Nov  2 2025 03:04:05 x", STAMP_OK, "2025-11-02T03:04:05+00:00", "x", 0 },
    { "the file's day", "Nov 23 11:59:59 x", STAMP_OK, "2026-11-23T11:59:59+00:00", "x", 0 },
    { "later than the file", "Nov 23 13:00:01 x", STAMP_OK, "2025-11-23T13:00:01+00:00", "x", 0 },
    { "last leap year", "Feb 29 01:02:03 x", STAMP_OK, "2024-02-29T01:02:03+00:00", "x", 0 },
    { "offset", "2026-11-22T03:04:05+01:00 x", STAMP_OK, "2026-11-22T02:04:05+00:00", "x", 0 },
    { "west", "2026-11-22T03:04:05.25-03:30 x", STAMP_OK, "2026-11-22T06:34:05+00:00", "x", 250 },
    { "no colon", "2026-11-22T03:04:05-0800 x", STAMP_OK, "2026-11-22T11:04:05+00:00", "x", 0 },
    { "UTC", "2026-11-22T03:04:05.123456Z x", STAMP_OK, "2026-11-22T03:04:05+00:00", "x", 123 },
    { "no offset", "2026-11-22T03:04:05 x", STAMP_OK, "2026-11-22T03:04:05+00:00", "x", 0 },
    { "blank for T", "2026-11-22 03:04:05 x", STAMP_OK, "2026-11-22T03:04:05+00:00", "x", 0 },
    { "nanoseconds", "2026-11-22T03:04:05.999999999Z x", STAMP_OK, "2026-11-22T03:04:05+00:00", "x",
      999 },
    { "leap second", "2016-12-31T23:59:60Z x", STAMP_OK, "2017-01-01T00:00:00+00:00", "x", 0 },
    { "leap day", "2024-02-29T00:00:00Z x", STAMP_OK, "2024-02-29T00:00:00+00:00", "x", 0 },
    { "seconds", "1795316645 x", STAMP_OK, "2026-11-22T03:04:05+00:00", "x", 0 },
    { "seconds, fraction", "1795316645.75 x", STAMP_OK, "2026-11-22T03:04:05+00:00", "x", 750 },
    { "NCSA", "22/Nov/2026:03:04:05 +0100 x", STAMP_OK, "2026-11-22T02:04:05+00:00", "x", 0 },

    { "no such day", "Nov 31 03:04:05 x", STAMP_BAD, "", "", 0 },
    { "day 0", "Nov  0 03:04:05 x", STAMP_BAD, "", "", 0 },
    { "hour 24", "Nov 22 24:00:00 x", STAMP_BAD, "", "", 0 },
    { "minute 60", "Nov 22 03:60:05 x", STAMP_BAD, "", "", 0 },
    { "second 61", "Nov 22 03:04:61 x", STAMP_BAD, "", "", 0 },
    { "Feb 30", "Feb 30 03:04:05 x", STAMP_BAD, "", "", 0 },
    { "no leap year", "2026-02-29T03:04:05Z x", STAMP_BAD, "", "", 0 },
    { "month 13", "2026-13-01T03:04:05Z x", STAMP_BAD, "", "", 0 },
    { "before 1970", "1969-12-31T23:59:59Z x", STAMP_BAD, "", "", 0 },
    { "offset of no clock", "2026-11-22T03:04:05+25:00 x", STAMP_BAD, "", "", 0 },
    { "offset cut", "2026-11-22T03:04:05+01", STAMP_BAD, "", "", 0 },

    { "empty", "", STAMP_NONE, "", "", 0 },
    { "blank", " ", STAMP_NONE, "", "", 0 },
    { "no month", "Now 22 03:04:05 x", STAMP_NONE, "", "", 0 },
    { "lower case", "nov 22 03:04:05 x", STAMP_NONE, "", "", 0 },
    { "no seconds", "Nov 22 03:04 x", STAMP_NONE, "", "", 0 },
    { "no blank after it", "Nov 22 03:04:05x", STAMP_NONE, "", "", 0 },
    { "third digit of the seconds", "Nov 22 03:04:051 x", STAMP_NONE, "", "", 0 },
    { "third digit of the day", "Nov  22 03:04:05 x", STAMP_NONE, "", "", 0 },
    { "byte above 127", "N\xF6v 22 03:04:05 x", STAMP_NONE, "", "", 0 },
    { "slashes", "2026/11/22 03:04:05 x", STAMP_NONE, "", "", 0 },
    { "fraction without digits", "2026-11-22T03:04:05.Z x", STAMP_NONE, "", "", 0 },
    { "nine digits", "179531664 x", STAMP_NONE, "", "", 0 },
    { "eleven digits", "17953166451 x", STAMP_NONE, "", "", 0 },
};

static struct stamp_clock clock_of(const struct civil *newest)
{
    return (struct stamp_clock){ .newest = newest != NULL ? civil_to_wall(newest, 0)
                                                          : (struct wall){ 0 } };
}

/* Read the first `n` bytes of `in` from a block of exactly that size; the offset of what is left
 * goes to `*rest_at`. */
static enum stamp_got parse(struct stamp_clock *clock, const char *in, size_t n, struct wall *at,
                            size_t *rest_at)
{
    char *block = memory_new(n > 0 ? n : 1, 1);
    struct slice rest = { block, n };
    enum stamp_got got;

    memcpy(block, in, n);
    got = stamp_parse(clock, &rest, at);
    assert_ptr_equal(rest.p + rest.n, block + n);
    *rest_at = n - rest.n;
    free(block);
    return got;
}

static void assert_at(const char *name, struct wall at, const char *want)
{
    char got[WALL_TEXT_MAX];

    wall_rfc3339(at, 0, false, got);
    if (strcmp(got, want) != 0)
        fail_msg("%s: got %s, want %s", name, got, want);
}

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stamp_cases); i++) {
        const struct stamp_case *t = &stamp_cases[i];
        struct stamp_clock clock = clock_of(NOON(2026, 11, 22));
        struct wall at = { 0 };
        size_t rest_at;
        enum stamp_got got = parse(&clock, t->in, strlen(t->in), &at, &rest_at);

        if (got != t->want)
            fail_msg("%s: got %d, want %d", t->name, got, t->want);
        if (got != STAMP_OK) {
            assert_int_equal(rest_at, 0);
            assert_int_equal(clock.at.ms, 0);
            continue;
        }
        assert_at(t->name, at, t->want_at);
        assert_int_equal(at.ms % SECOND_MS, t->want_milli);
        assert_string_equal(t->in + rest_at, t->want_rest);
        assert_int_equal(clock.at.ms, at.ms);
    }
}

/* A line may be cut anywhere: what is left of the stamp is a stamp, or none, never a wrong one. */
static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stamp_cases); i++) {
        const char *in = stamp_cases[i].in;

        for (size_t n = 0; n <= strlen(in); n++) {
            struct stamp_clock clock = clock_of(NOON(2026, 11, 22));
            struct wall at = { 0 };
            size_t rest_at;

            if (parse(&clock, in, n, &at, &rest_at) == STAMP_OK)
                assert_in_range(at.ms, 1, civil_to_wall(NOON(9999, 12, 31), 0).ms);
        }
    }
}

/* The stamps of one file, in its order. */
static const struct file_case {
    const char *name;
    const struct civil *newest;
    int first_year;
    const char *stamps[6][2]; /* what is read, what it means */
    uint64_t want_backwards, want_future;
} file_cases[] = {
    { "across New Year",
      NOON(2026, 1, 3),
      0,
      { { "Dec 30 10:00:00", "2025-12-30T10:00:00+00:00" },
        { "Dec 31 23:59:59", "2025-12-31T23:59:59+00:00" },
        { "Jan  1 00:00:01", "2026-01-01T00:00:01+00:00" },
        { "Dec 31 23:59:59", "2025-12-31T23:59:59+00:00" },
        { "Jan  1 00:00:02", "2026-01-01T00:00:02+00:00" } },
      0,
      0 },
    { "across New Year, date of the file unknown",
      NULL,
      2025,
      { { "Dec 31 23:59:59", "2025-12-31T23:59:59+00:00" },
        { "Jan  1 00:00:01", "2026-01-01T00:00:01+00:00" },
        { "Dec 31 23:59:58", "2025-12-31T23:59:58+00:00" },
        { "Jul  1 00:00:00", "2026-07-01T00:00:00+00:00" } },
      0,
      0 },
    { "three years in a file that names its first",
      NOON(2026, 11, 22),
      2024,
      { { "Nov 22 10:00:00", "2024-11-22T10:00:00+00:00" },
        { "Mar  1 10:00:00", "2025-03-01T10:00:00+00:00" },
        { "Feb  1 10:00:00", "2025-02-01T10:00:00+00:00" },
        { "Jan  1 10:00:00", "2026-01-01T10:00:00+00:00" },
        { "Nov 22 10:00:00", "2026-11-22T10:00:00+00:00" } },
      1,
      0 },
    { "nothing is known",
      NULL,
      0,
      { { "Feb 29 10:00:00", "2000-02-29T10:00:00+00:00" },
        { "Feb 28 10:00:00", "2000-02-28T10:00:00+00:00" } },
      1,
      0 },
    { "a leap day decides",
      NOON(2026, 11, 22),
      2023,
      { { "Feb 28 10:00:00", "2023-02-28T10:00:00+00:00" },
        { "Feb 29 10:00:00", "2024-02-29T10:00:00+00:00" },
        { "Mar  1 10:00:00", "2024-03-01T10:00:00+00:00" } },
      0,
      0 },
    { "no leap day nearby",
      NOON(2026, 11, 22),
      2025,
      { { "Feb 28 10:00:00", "2025-02-28T10:00:00+00:00" },
        { "Feb 29 10:00:00", NULL },
        { "Mar  1 10:00:00", "2025-03-01T10:00:00+00:00" } },
      0,
      0 },
    { "out of order by less than a month",
      NOON(2026, 6, 20),
      0,
      { { "Jun 15 10:00:00", "2026-06-15T10:00:00+00:00" },
        { "May 20 10:00:00", "2026-05-20T10:00:00+00:00" },
        { "Jun 15 10:00:01", "2026-06-15T10:00:01+00:00" } },
      1,
      0 },
    { "out of order by more: only the file's date keeps it in its year",
      NOON(2026, 6, 20),
      0,
      { { "Jun 15 10:00:00", "2026-06-15T10:00:00+00:00" },
        { "Feb  1 10:00:00", "2026-02-01T10:00:00+00:00" },
        { "Jun 15 10:00:01", "2026-06-15T10:00:01+00:00" } },
      1,
      0 },
    { "backwards within the slack is no news",
      NOON(2026, 6, 20),
      0,
      { { "Jun 15 10:05:00", "2026-06-15T10:05:00+00:00" },
        { "Jun 15 10:00:00", "2026-06-15T10:00:00+00:00" },
        { "Jun 15 09:54:59", "2026-06-15T09:54:59+00:00" } },
      1,
      0 },
    { "beyond the file's date",
      NOON(2026, 6, 20),
      0,
      { { "2026-06-21T12:00:00Z", "2026-06-21T12:00:00+00:00" },
        { "2026-06-21T12:00:01Z", "2026-06-21T12:00:01+00:00" },
        { "2027-01-01T00:00:00Z", "2027-01-01T00:00:00+00:00" } },
      0,
      2 },
    { "forms and offsets mixed",
      NOON(2026, 6, 20),
      0,
      { { "2025-06-15T10:00:00+02:00", "2025-06-15T08:00:00+00:00" },
        { "2025-06-15T10:00:00Z", "2025-06-15T10:00:00+00:00" },
        { "2025-06-15 10:00:00", "2025-06-15T10:00:00+00:00" },
        { "Jun 16 10:00:00", "2025-06-16T10:00:00+00:00" },
        { "Jun 17 2025 10:00:00", "2025-06-17T10:00:00+00:00" },
        { "1750240800", "2025-06-18T10:00:00+00:00" } },
      0,
      0 },
    { "a garbled line leaves the clock alone",
      NOON(2026, 6, 20),
      0,
      { { "Jun 15 10:00:00", "2026-06-15T10:00:00+00:00" },
        { "Feb  1 10:00:0", NULL },
        { "Jun 15 10:00:01", "2026-06-15T10:00:01+00:00" } },
      0,
      0 },
};

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(file_cases); i++) {
        const struct file_case *t = &file_cases[i];
        struct stamp_clock clock = clock_of(t->newest);

        clock.first_year = t->first_year;
        for (size_t j = 0; j < COUNT(t->stamps) && t->stamps[j][0] != NULL; j++) {
            struct wall at = { 0 };
            size_t rest_at;
            enum stamp_got got =
                parse(&clock, t->stamps[j][0], strlen(t->stamps[j][0]), &at, &rest_at);

            if ((got == STAMP_OK) != (t->stamps[j][1] != NULL))
                fail_msg("%s: %s: got %d", t->name, t->stamps[j][0], got);
            if (t->stamps[j][1] != NULL)
                assert_at(t->name, at, t->stamps[j][1]);
        }
        if (clock.backwards != t->want_backwards || clock.future != t->want_future)
            fail_msg("%s: got %ju backwards and %ju beyond, want %ju and %ju", t->name,
                     (uintmax_t)clock.backwards, (uintmax_t)clock.future,
                     (uintmax_t)t->want_backwards, (uintmax_t)t->want_future);
    }
}

/* Central Europe in the autumn of 2026: summer time ends on 25 October at 03:00. */
static int32_t vienna(void *asked, const struct civil *local)
{
    ++*(unsigned *)asked;
    return local->day < 25 || (local->day == 25 && local->hour < 3) ? 7200 : 3600;
}

static void test_zone(void **state)
{
    static const struct zone_case {
        const char *in, *want_at;
        bool want_known;
        unsigned want_asked;
    } cases[] = {
        { "2026-10-25T01:00:00Z", "2026-10-25T01:00:00+00:00", true, 0 },
        { "Oct 25 02:00:00", "2026-10-25T00:00:00+00:00", false, 1 },
        { "Oct 25 02:59:59", "2026-10-25T00:59:59+00:00", false, 1 },
        { "Oct 25 03:00:00", "2026-10-25T02:00:00+00:00", false, 2 },
        { "Oct 25 03:00:00", "2026-10-25T02:00:00+00:00", false, 2 },
        { "2026-10-25 03:00:01", "2026-10-25T02:00:01+00:00", false, 3 },
        { "2026-10-25 03:00:02+01:00", "2026-10-25T02:00:02+00:00", true, 3 },
        { "2026-10-25 03:00:03", "2026-10-25T02:00:03+00:00", false, 3 },
    };
    unsigned asked = 0;
    struct stamp_clock clock = { .zone = vienna, .zone_ctx = &asked };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct wall at = { 0 };
        size_t rest_at;

        assert_int_equal(parse(&clock, cases[i].in, strlen(cases[i].in), &at, &rest_at), STAMP_OK);
        assert_at(cases[i].in, at, cases[i].want_at);
        assert_int_equal(clock.offset_known, cases[i].want_known);
        assert_int_equal(asked, cases[i].want_asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_zone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
