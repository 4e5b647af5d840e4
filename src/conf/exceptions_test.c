#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "conf/conf.h"

#include "base/ban.h"

#define EXAMPLE "\"alice@example.test 2026-12-01..2026-12-24 never-hold Christmas letter\""

/* One line each; an empty `want` is a sound one. */
static const struct line_case {
    const char *line, *want;
} line_cases[] = {
    { "", "" },
    { "   \t\r", "" },
    { "# alice", "" },
    { "alice@example.test 2026-12-01..2026-12-24 never-hold Christmas letter", "" },
    { "\xef\xbb\xbf"
      "alice 2026-12-01..2026-12-01 never-lock x",
      "" },
    { "@m\xc3\xbcnchen.example 2028-02-29..2028-03-01 country at Urlaub in \xc3\x96sterreich", "" },
    { "%staff 2026-12-01..2026-12-24 limit x 2 y", "" },
    { "alice 2026-12-01..2026-12-24 limit x2.25 y", "" },
    { "a@ 2026-12-01..2026-12-24 never-hold y",
      "x:1: ACCOUNT: \"a@\" is none; write an account, \"@\" and a domain, or \"%\" and a group" },
    { "%none 2026-12-01..2026-12-24 never-hold y",
      "x:1: ACCOUNT: \"%none\" is no group of the settings; write one that is" },
    { "alice", "x:1: DATES: \"\" are no dates; write FROM..UNTIL, as in " EXAMPLE },
    { "alice never-hold letter",
      "x:1: DATES: \"never-hold\" are no dates; write FROM..UNTIL, as in " EXAMPLE },
    { "alice 2026-12-01 never-hold y",
      "x:1: DATES: \"2026-12-01\" are no dates; write FROM..UNTIL, as in " EXAMPLE },
    { "alice 2026-12-01..2026-02-29 never-hold y",
      "x:1: DATES: \"2026-12-01..2026-02-29\" has a day that no calendar has; write both like "
      "2026-12-01..2026-12-24" },
    { "alice 1.12.2026..24.12.2026 never-hold y",
      "x:1: DATES: \"1.12.2026..24.12.2026\" has a day that no calendar has; write both like "
      "2026-12-01..2026-12-24" },
    { "alice 2026-12-24..2026-12-01 never-hold y",
      "x:1: DATES: \"2026-12-24..2026-12-01\" ends before it begins; write the earlier day first" },
    { "alice 2026-12-01..2026-12-24",
      "x:1: WHAT: \"\" is nothing to be allowed; write never-hold, never-lock, \"limit x 3\", "
      "\"country IT\", \"network 192.0.2.0/24\" or \"as 64496\"" },
    { "alice 2026-12-01..2026-12-24 hold y",
      "x:1: WHAT: \"hold\" is nothing to be allowed; write never-hold, never-lock, \"limit x 3\", "
      "\"country IT\", \"network 192.0.2.0/24\" or \"as 64496\"" },
    { "alice 2026-12-01..2026-12-24 network 192.0.2.0/33 y",
      "x:1: network: \"192.0.2.0/33\" is no address; write one, as in \"network 192.0.2.0/24\" or "
      "\"network 192.0.2.1\"" },
    { "alice 2026-12-01..2026-12-24 as DE y",
      "x:1: as: \"DE\" is no number of a network; write one, as in \"as 64496\"" },
    { "alice 2026-12-01..2026-12-24 limit 3 y",
      "x:1: limit: \"3\" does not raise a limit; write \"limit x 3\", with a number above 1 up to "
      "1000" },
    { "alice 2026-12-01..2026-12-24 limit x 1 y",
      "x:1: limit: \"1\" does not raise a limit; write \"limit x 3\", with a number above 1 up to "
      "1000" },
    { "alice 2026-12-01..2026-12-24 limit x",
      "x:1: limit: \"x\" does not raise a limit; write \"limit x 3\", with a number above 1 up to "
      "1000" },
    { "alice 2026-12-01..2026-12-24 country Italy y",
      "x:1: country: \"Italy\" is no code of ISO 3166; write two letters, as in \"country IT\"" },
    { "Alice 2026-12-01..2026-12-24 never-hold  ",
      "x:1: REASON: \"alice\" has no reason; write one after it, as in " EXAMPLE },
    { "alice 2026-12-01..2026-12-24 never-hold M\xfcnchen",
      "x:1: a byte that is no UTF-8 text; save the file as UTF-8" },
};

static struct conf *settings(void)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_parse("t", SLICE("group \"staff\" { }"), &errors);

    assert_non_null(conf);
    return conf;
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(line_cases); i++) {
        const struct line_case *c = &line_cases[i];
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        struct conf *conf = settings();
        struct slice line = test_copy(slice_of(c->line));
        bool got = conf_parse_exceptions(conf, "x", line, &errors);
        const char *text = errors.n > 0 ? errors.all[0].text.p : "";

        if (strcmp(text, c->want) != 0 || got != (errors.n == 0) || errors.n > 1)
            fail_msg("%s: got\n%s\nwant\n%s", c->line, text, c->want);
        if (!got)
            assert_int_equal(conf->exceptions_n, 0);
        conf_free(conf);
        test_copy_free(line);
    }
}

/* One bad line spoils all, and every bad line is told. */
static void test_nothing_half_applied(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = settings();

    (void)state;
    assert_false(conf_parse_exceptions(conf, "x",
                                       SLICE("a 2026-12-01..2026-12-24 never-hold y\n"
                                             "# z\r\n"
                                             "b\n"
                                             "c 2026-12-01..2026-12-24 never-hold\n"),
                                       &errors));
    assert_int_equal(errors.n, 2);
    assert_int_equal(errors.all[0].line, 3);
    assert_int_equal(errors.all[1].line, 4);
    assert_int_equal(conf->exceptions_n, 0);
    assert_false(conf_account(conf, SLICE("a"), (struct wall){ 1796500000000 }, 0).never_hold);
    conf_free(conf);
}

static void test_fields(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = settings();
    const struct conf_exception *e;

    (void)state;
    assert_true(conf_parse_exceptions(
        conf, "x", SLICE("\nA@Example.test 1970-01-02..2026-12-24 limit x 2.5 a  b # c \n"),
        &errors));
    e = &conf->exceptions[0];
    assert_true(slice_eq(e->who, SLICE("a@example.test")));
    assert_int_equal(e->from_day, 1);
    assert_int_equal(e->until_day, civil_days(2026, 12, 24));
    assert_true(e->allow == CONF_LIMIT_TIMES && e->times == 2.5);
    assert_true(slice_eq(e->reason, SLICE("a  b # c")));
    assert_int_equal(e->line, 2);
    conf_free(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_nothing_half_applied),
        cmocka_unit_test(test_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
