#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "report/fixture.h"
#include "report/fixture_fuses.h"
#include "report/verdict.h"
#include "report/words.h"

#include "base/ban.h"

static void expect(struct buf *got, const char *name, const char *want)
{
    if (!slice_eq(buf_slice(got), slice_of(want)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", name, SLICE_ARG(buf_slice(got)), want);
    buf_clear(got);
}

static void test_numbers(void **state)
{
    static const struct {
        uint64_t n;
        const char *want;
    } cases[] = {
        { 0, "0" },
        { 999, "999" },
        { 1000, "1,000" },
        { 1234567, "1,234,567" },
        { UINT64_MAX, "18,446,744,073,709,551,615" },
    };
    struct buf got = buf_make(1000);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        words_number(&got, cases[i].n);
        expect(&got, "number", cases[i].want);
    }
    words_count(&got, 1, "message", "messages");
    expect(&got, "one", "1 message");
    words_count(&got, 0, "message", "messages");
    expect(&got, "none", "0 messages");
    buf_done(&got);
}

static void test_durations(void **state)
{
    static const struct {
        int64_t ms;
        const char *want;
    } cases[] = {
        { -5, "0 s" },
        { 0, "0 s" },
        { 59999, "59 s" },
        { MINUTE_MS, "1 min" },
        { 144000, "2 min 24 s" },
        { HOUR_MS - 1, "59 min 59 s" },
        { HOUR_MS, "1 h" },
        { 8099000, "2 h 14 min" },
        { DAY_MS + (int64_t)59 * MINUTE_MS, "1 d" },
        { 3 * DAY_MS + (int64_t)4 * HOUR_MS, "3 d 4 h" },
        { 4000 * DAY_MS, "4,000 d" },
    };
    struct buf got = buf_make(1000);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        words_duration(&got, cases[i].ms);
        expect(&got, "duration", cases[i].want);
    }
    buf_done(&got);
}

static void test_shares(void **state)
{
    static const struct {
        uint64_t part, whole;
        const char *want;
    } cases[] = {
        { 0, 0, "0%" },
        { 5, 0, "0%" },
        { 0, 7, "0%" },
        { 1, 100000, "less than 0.1%" },
        { 4, 1000, "0.4%" },
        { 99, 1000, "9.9%" },
        { 1, 2, "50%" },
        { 996, 1000, "99.6%" },
        { 99999, 100000, "more than 99.9%" },
        { 7, 7, "100%" },
    };
    struct buf got = buf_make(1000);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        words_share(&got, cases[i].part, cases[i].whole);
        expect(&got, "share", cases[i].want);
    }
    buf_done(&got);
}

static void test_times(void **state)
{
    struct buf got = buf_make(1000);
    struct report r;

    (void)state;
    fixture_company(&r);
    words_time(&got, &r, r.fuses[1].held_from, true);
    expect(&got, "with seconds", "19 Nov 02:14:07");
    words_time(&got, &r, r.fuses[1].held_from, false);
    expect(&got, "without", "19 Nov 02:14");
    words_span(&got, &r, r.fuses[1].held_from, r.fuses[1].locked);
    expect(&got, "on one day", "19 Nov 02:14 to 02:16, 2 min 24 s");
    words_span(&got, &r, r.fuses[1].first_abuse, r.fuses[1].last_abuse);
    expect(&got, "over days", "19 Nov 02:10 to 21 Nov 17:40, 2 d 15 h");
    words_period(&got, &r);
    expect(&got, "period", "16 Nov 00:00 to 22 Nov 23:59 2026 (6 d 23 h)");
    r.start.ms -= 500 * DAY_MS;
    words_time(&got, &r, r.fuses[1].held_from, false);
    expect(&got, "long period", "19 Nov 2026 02:14");
    words_period(&got, &r);
    expect(&got, "years", "4 Jul 2025 00:00 to 22 Nov 2026 23:59 (506 d 23 h)");
    report_done(&r);
    buf_done(&got);
}

static void test_delays(void **state)
{
    static const struct {
        struct report_delays delays;
        const char *want;
    } cases[] = {
        { { 5101, 0, 0, 0 },
          "None of 5,101 messages of those who were never locked would have been late." },
        { { 1, 0, 0, 0 },
          "None of 1 message of those who were never locked would have been late." },
        { { 5101, 1, 8, 300 },
          "1 of 5,101 messages of those who were never locked would have been late, by less than "
          "1 s." },
        { { 310201, 5, 11, 720000 },
          "5 of 310,201 messages of those who were never locked would have been late (16 per "
          "million), the longest by 12 min." },
    };
    struct buf got = buf_make(1000);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        words_delays(&got, &cases[i].delays);
        expect(&got, "delays", cases[i].want);
    }
    buf_done(&got);
}

static void test_bytes(void **state)
{
    struct buf got = buf_make(1000);

    (void)state;
    words_bytes(&got, 999);
    expect(&got, "bytes", "999 bytes");
    words_bytes(&got, 1500);
    expect(&got, "kB", "1.5 kB");
    words_bytes(&got, 221839114);
    expect(&got, "MB", "222 MB");
    words_bytes(&got, UINT64_MAX);
    expect(&got, "largest unit", "18446744 TB");
    buf_done(&got);
}

static void test_verdicts(void **state)
{
    struct buf got = buf_make(10000);
    struct report r;

    (void)state;
    fixture_company(&r);
    verdict_add(&got, &r);
    expect(&got, "company",
           "2 accounts, 1 trusted relay and 1 LAN host were abused: 10,109 messages to 120,974 "
           "recipients, of which 99.7% would have been stopped, and 41,303 connections past this "
           "server.");
    r.fuses++;
    r.fuses_n = 1;
    verdict_add(&got, &r);
    expect(&got, "one account",
           "The account anna.berger@example.test was abused from 19 Nov 02:10 to 21 Nov 17:40: "
           "3,424 messages to 68,480 recipients, of which 99.6% would have been stopped.");
    r.end = r.fuses[0].last_abuse;
    verdict_add(&got, &r);
    expect(&got, "to the end of the log",
           "The account anna.berger@example.test is being abused since 19 Nov 02:10: 3,424 "
           "messages to 68,480 recipients, of which 99.6% would have been stopped.");
    r.fuses[0].tripped = false;
    verdict_add(&got, &r);
    expect(&got, "held",
           "No fuse would have tripped, but 56 messages would have been late, by at most 45 min; "
           "3,412 messages would be held when the log ends.");
    r.fuses[0].messages_after = 1;
    r.delays = (struct report_delays){ 9000, 1, 1, 90000 };
    verdict_add(&got, &r);
    expect(&got, "one message",
           "No fuse would have tripped, but 1 message would have been late, by 1 min 30 s; 1 "
           "message would be held when the log ends.");
    r.fuses[0].messages_after = r.holds_n = 0;
    r.watch_n = 0;
    verdict_add(&got, &r);
    expect(&got, "watched",
           "The mail of the account anna.berger@example.test would have been watched from 19 Nov "
           "02:14, but none of it would have been late.");
    r.fuses[0].held_from.ms = 0;
    verdict_add(&got, &r);
    expect(&got, "asked for",
           "Too little is against the account anna.berger@example.test to hold mail.");
    r.watch_n = fixture_watch_n;
    r.fuses_n = 0;
    verdict_add(&got, &r);
    expect(&got, "watch", "No fuse would have tripped; worth watching: 2 accounts.");
    report_done(&r);
    fixture_empty(&r);
    verdict_add(&got, &r);
    expect(&got, "empty", "Nothing to judge: of 12 lines none is about mail.");
    report_done(&r);
    buf_done(&got);
}

/* Who asked for less than all hears what the lines that were left out do not tell. */
static void test_verdicts_of_less(void **state)
{
    static const struct {
        const char *account, *client, *log_host;
        bool some_time;
        uint64_t understood, accounts;
        int64_t start_ms;
        const char *want;
    } cases[] = {
        { "bob@x.test", "", "", false, 9, 0, 1,
          "The log tells nothing about the account bob@x.test." },
        { "", "192.0.2.0/24", "", false, 9, 0, 1,
          "The log tells nothing about the client 192.0.2.0/24." },
        { "", "192.0.2.0/24", "", false, 9, 1, 1,
          "Nothing found: nobody who came from 192.0.2.0/24 behaved as if their login, host or "
          "script were abused." },
        { "", "", "mx9", false, 0, 0, 0, "Nothing to judge: no line is of the host mx9." },
        { "", "", "mx9", false, 0, 0, 1,
          "Nothing to judge: no line of the host mx9 is about mail." },
        { "", "", "", true, 0, 0, 0,
          "Nothing to judge: no line is of the time that was asked for." },
        { "bob@x.test", "", "mx9", true, 0, 0, 0,
          "Nothing to judge: no line is of the host mx9 and of the time that was asked for." },
        { "", "", "mx9", true, 9, 3, 1,
          "Nothing found: nobody behaved as if their login, host or script were abused." },
    };
    struct buf got = buf_make(10000);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct report r = { .lines = { .all = 20, .files = 1, .understood = cases[i].understood },
                            .start = { cases[i].start_ms },
                            .asked_kind = SUBJECT_ACCOUNT,
                            .asked = slice_of(cases[i].account),
                            .asked_client = slice_of(cases[i].client),
                            .log_host = slice_of(cases[i].log_host),
                            .some_time = cases[i].some_time,
                            .accounts_n = cases[i].accounts };

        verdict_add(&got, &r);
        expect(&got, cases[i].want, cases[i].want);
    }
    buf_done(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),  cmocka_unit_test(test_durations),
        cmocka_unit_test(test_shares),   cmocka_unit_test(test_times),
        cmocka_unit_test(test_delays),   cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_verdicts), cmocka_unit_test(test_verdicts_of_less),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
