#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "mail/address.h"

#include "base/ban.h"

static const char settings[] =
    "limits {\n"
    "  messages-per-hour = 100\n"
    "  recipients-per-day = 5000\n"
    "  free-recipients-per-hour = 10\n"
    "}\n"
    "group \"staff\" {\n"
    "  members = {\"alice@example.test\", \"Bob\", \"@dept.example.test\"}\n"
    "  limits { messages-per-hour = 300  at-limit = lock }\n"
    "}\n"
    "group \"letters\" {\n"
    "  members = \"alice@example.test\"\n"
    "  limits { messages-per-hour = 900  messages-per-day = 2000 }\n"
    "}\n"
    "group \"empty\" { }\n"
    "domain \"example.test\" {\n"
    "  limits { messages-per-hour = 50  unknown-recipients-per-day = 20 }\n"
    "}\n"
    "domain \"@dept.example.test\" {\n"
    "  limits { unknown-recipients-per-day = 30 }\n"
    "}\n"
    "domain \"m\xc3\xbcnchen.example\" { limits { messages-per-day = 7 } }\n"
    "account \"Carol@Example.TEST\" {\n"
    "  limits { messages-per-hour = none  free-recipients-per-hour = 0 }\n"
    "}\n"
    "account \"alice@example.test\" { limits { messages-per-day = 3 } }\n"
    "trusted-bulk = {\"news@example.test\", \"@lists.example.test\",\n"
    "                \"%letters\"}\n";

static const char exceptions[] =
    "# who        when                     what         why\n"
    "\n"
    "alice@example.test 2026-11-10..2026-11-20 limit x 2.5 fair in Ulm\r\n"
    "  @example.test\t2026-11-20..2026-11-20  country it   company outing # 3\n"
    "%staff 2026-11-20..2026-12-01 never-lock moving house\n"
    "%staff 2026-11-20..2026-12-01 limit x3 moving house\n"
    "bob 2026-11-01..2026-11-30 never-hold newsletter\n"
    "carol@example.test 2026-01-01..2026-12-31 limit x 1000 never held anyway\n"
    "alice@example.test 2020-01-01..2020-01-31 never-hold long ago";

static struct conf *conf_under_test(void)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_parse("t", slice_of(settings), &errors);

    if (conf == NULL || !conf_parse_exceptions(conf, "x", slice_of(exceptions), &errors))
        fail_msg("got error %s", errors.all[0].text.p);
    return conf;
}

static struct wall noon(int month, int day)
{
    struct civil c = { .year = 2026, .month = month, .day = day, .hour = 12 };

    return civil_to_wall(&c, 0);
}

/* Rates in the order of enum conf_rate; 0 stands for no limit. */
static const struct limit_case {
    const char *account;
    uint32_t rate[CONF_RATES], free;
    enum conf_at_limit at_limit;
    bool trusted;
} limit_cases[] = {
    { "", { 100, 0, 0, 5000, 0 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "dave", { 100, 0, 0, 5000, 0 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "dave@else.test", { 100, 0, 0, 5000, 0 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "dave@example.test", { 50, 0, 0, 5000, 20 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "DAVE@Example.Test", { 50, 0, 0, 5000, 20 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "dave@sub.example.test", { 50, 0, 0, 5000, 20 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "dave@notexample.test", { 100, 0, 0, 5000, 0 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "bob", { 300, 0, 0, 5000, 0 }, 10, CONF_LOCK_AT_LIMIT, false },
    { "alice@example.test", { 300, 3, 0, 5000, 20 }, 10, CONF_LOCK_AT_LIMIT, true },
    { "erin@dept.example.test", { 300, 0, 0, 5000, 30 }, 10, CONF_LOCK_AT_LIMIT, false },
    { "carol@example.test", { 0, 0, 0, 5000, 20 }, 0, CONF_HOLD_AT_LIMIT, false },
    { "news@example.test", { 50, 0, 0, 5000, 20 }, 10, CONF_HOLD_AT_LIMIT, true },
    { "x@lists.example.test", { 50, 0, 0, 5000, 20 }, 10, CONF_HOLD_AT_LIMIT, true },
    { "x@m\xc3\xbcnchen.example", { 100, 7, 0, 5000, 0 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "x@xn--mnchen-3ya.example", { 100, 7, 0, 5000, 0 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "%staff", { 100, 0, 0, 5000, 0 }, 10, CONF_HOLD_AT_LIMIT, false },
    { "@example.test", { 100, 0, 0, 5000, 0 }, 10, CONF_HOLD_AT_LIMIT, false },
};

static void test_limits(void **state)
{
    struct conf *conf = conf_under_test();

    (void)state;
    for (size_t i = 0; i < COUNT(limit_cases); i++) {
        const struct limit_case *c = &limit_cases[i];
        struct conf_policy p = conf_account(conf, slice_of(c->account), noon(5, 1), 0);

        for (unsigned r = 0; r < CONF_RATES; r++) {
            uint32_t want = c->rate[r] > 0 ? c->rate[r] : CONF_NO_LIMIT;

            if (p.limits.rate[r] != (i == 10 && r != 0 && c->rate[r] > 0 ? want * 1000 : want))
                fail_msg("%s: %s: got %u, want %u", c->account, conf_rate_name((enum conf_rate)r),
                         p.limits.rate[r], want);
        }
        if (p.limits.free_recipients_per_hour != c->free || p.limits.at_limit != c->at_limit ||
            p.trusted_bulk != c->trusted)
            fail_msg("%s: got %u free, %d at limit, %d trusted", c->account,
                     p.limits.free_recipients_per_hour, p.limits.at_limit, p.trusted_bulk);
    }
    conf_free(conf);
}

static void test_exceptions(void **state)
{
    struct conf *conf = conf_under_test();
    struct conf_policy p;

    (void)state;
    assert_int_equal(conf->exceptions_n, 7);
    p = conf_account(conf, SLICE("alice@example.test"), noon(11, 9), 0);
    assert_int_equal(p.exceptions_n, 0);
    assert_true(p.times == 1 && !p.never_lock && p.countries.n == 0);
    p = conf_account(conf, SLICE("alice@example.test"), noon(11, 15), 0);
    assert_int_equal(p.exceptions_n, 1);
    assert_int_equal(p.exceptions[0]->line, 3);
    assert_true(slice_eq(p.exceptions[0]->reason, SLICE("fair in Ulm")));
    assert_int_equal(p.limits.rate[CONF_MESSAGES_PER_HOUR], 750);
    assert_int_equal(p.limits.rate[CONF_MESSAGES_PER_DAY], 7); /* 3 times 2.5, rounded down */
    assert_int_equal(p.limits.rate[CONF_RECIPIENTS_PER_HOUR], CONF_NO_LIMIT);
    assert_int_equal(p.limits.free_recipients_per_hour, 10);
    p = conf_account(conf, SLICE("alice@example.test"), noon(11, 20), 0);
    assert_int_equal(p.exceptions_n, 4);
    assert_true(p.times == 3 && p.never_lock && !p.never_hold);
    assert_true(conf_countries_has(&p.countries, "IT"));
    p = conf_account(conf, SLICE("bob"), noon(11, 2), 0);
    assert_true(p.never_hold && p.never_lock);
    conf_free(conf);
}

/* Days begin and end at midnight on the local clock. */
static void test_days(void **state)
{
    struct conf_exception e = { .from_day = (int32_t)civil_days(2026, 11, 20),
                                .until_day = (int32_t)civil_days(2026, 11, 20) };
    struct civil first = { .year = 2026, .month = 11, .day = 20 };
    int32_t offsets[] = { 0, 3600, -5 * 3600, 14 * 3600 };

    (void)state;
    for (size_t i = 0; i < COUNT(offsets); i++) {
        struct wall begin = civil_to_wall(&first, offsets[i]);
        struct wall before = { begin.ms - 1 }, last = { begin.ms + DAY_MS - 1 },
                    after = { begin.ms + DAY_MS };

        assert_int_equal(conf_exception_season(&e, before, offsets[i]), CONF_FUTURE);
        assert_int_equal(conf_exception_season(&e, begin, offsets[i]), CONF_IN_FORCE);
        assert_int_equal(conf_exception_season(&e, last, offsets[i]), CONF_IN_FORCE);
        assert_int_equal(conf_exception_season(&e, after, offsets[i]), CONF_EXPIRED);
    }
    assert_int_equal(conf_exception_season(&e, (struct wall){ 0 }, -3600), CONF_FUTURE);
}

static void test_more_exceptions_than_shown(void **state)
{
    CLEANUP(buf_done) struct buf text = buf_make(1 << 16);
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_defaults();
    struct conf_policy p;

    (void)state;
    for (int i = 0; i < 20; i++)
        buf_printf(&text, "a 2026-01-01..2026-12-31 country %s b\n", i == 19 ? "CH" : "AT");
    assert_true(conf_parse_exceptions(conf, "x", buf_slice(&text), &errors));
    p = conf_account(conf, SLICE("a"), noon(5, 1), 0);
    assert_int_equal(p.exceptions_n, CONF_POLICY_EXCEPTIONS);
    assert_true(conf_countries_has(&p.countries, "CH"));
    conf_free(conf);
}

static void test_large_group(void **state)
{
    enum { MEMBERS = 10000 }; /* with a sanitizer, libconfuse takes quadratic time */
    CLEANUP(buf_done) struct buf text = buf_make((size_t)64 * MEMBERS);
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf;
    char name[64];

    (void)state;
    buf_add(&text, SLICE("group \"all\" { limits { messages-per-day = 9 } members = {\n"));
    for (int i = 0; i < MEMBERS; i++)
        buf_printf(&text, "\"account%d@example.test\",\n", i);
    buf_add(&text, SLICE("} }\n"));
    conf = conf_parse("t", buf_slice(&text), &errors);
    assert_non_null(conf);
    for (int i = 0; i < MEMBERS + 10; i++) {
        int n = snprintf(name, sizeof name, "account%d@example.test", i);
        struct conf_policy p = conf_account(conf, (struct slice){ name, (size_t)n }, noon(5, 1), 0);

        assert_int_equal(p.limits.rate[CONF_MESSAGES_PER_DAY], i < MEMBERS ? 9 : CONF_NO_LIMIT);
    }
    conf_free(conf);
}

/* Names of any length and form are answered. */
static void test_odd_accounts(void **state)
{
    struct conf *conf = conf_under_test();
    char name[3 * ADDRESS_MAX];

    (void)state;
    memset(name, '@', sizeof name);
    (void)conf_account(conf, (struct slice){ name, sizeof name }, noon(5, 1), 0);
    memset(name, '.', sizeof name);
    memcpy(name, "a@", 2);
    for (size_t n = 0; n < sizeof name; n++)
        (void)conf_account(conf, (struct slice){ name, n }, noon(5, 1), 0);
    conf_free(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),      cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_days),        cmocka_unit_test(test_more_exceptions_than_shown),
        cmocka_unit_test(test_large_group), cmocka_unit_test(test_odd_accounts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
