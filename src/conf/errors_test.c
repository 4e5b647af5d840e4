#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/country.h"
#include "conf/errors.h"

#include "base/ban.h"

static void test_complain(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors e = { 0 };
    static const char *const want[] = {
        "a: cannot be read", "a:3: k: first", "a:3: l: second", "a:9: late", "b:1: m: ?[31m",
    };

    (void)state;
    conf_complain(&e, "a", 9, "", "late");
    conf_complain(&e, "a", 3, "k", "%s", "first");
    conf_complain(&e, "a", 3, "l", "second");
    conf_complain(&e, "a", 0, "", "cannot be read");
    conf_complain(&e, "b", 1, "m", "\x1b[31m"); /* of another file: stays behind */
    assert_int_equal(e.n, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++)
        assert_string_equal(e.all[i].text.p, want[i]);
}

static void test_bounds(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors e = { 0 };
    char text[8192];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (uint32_t i = 0; i < 50; i++)
        conf_complain(&e, text, i, text, "%s", text);
    assert_int_equal(e.n, CONF_ERRORS_MAX);
    assert_int_equal(e.more, 30);
    assert_true(e.all[0].text.n < sizeof text * 2);
}

static const struct nearest_case {
    const char *word, *want;
} nearest_cases[] = {
    { "sensitivity", "sensitivity" },
    { "sensitivty", "sensitivity" },
    { "SENSITIVITY", "sensitivity" },
    { "sensibility", "sensitivity" },
    { "messages_per_hour", "messages-per-hour" },
    { "message-per-hour", "messages-per-hour" },
    { "messages-per-dya", "messages-per-day" },
    { "goe", "geo" },
    { "geoip", NULL },
    { "x", NULL },
    { "", NULL },
    { "colour", NULL },
    { "a-name-of-more-letters-than-are-ever-compared", NULL },
};

static void test_nearest(void **state)
{
    static const char *const names[] = { "sensitivity", "geo", "messages-per-hour",
                                         "messages-per-day" };

    (void)state;
    for (size_t i = 0; i < COUNT(nearest_cases); i++) {
        const struct nearest_case *c = &nearest_cases[i];
        const char *got = conf_nearest(slice_of(c->word), names, COUNT(names));

        if ((got == NULL) != (c->want == NULL) || (got != NULL && strcmp(got, c->want) != 0))
            fail_msg("%s: got %s, want %s", c->word, got != NULL ? got : "none",
                     c->want != NULL ? c->want : "none");
    }
}

static void test_countries(void **state)
{
    struct conf_countries set = { 0 };
    char code[3] = "";

    (void)state;
    assert_true(conf_country_parse(SLICE("aD"), code));
    assert_string_equal(code, "AD");
    assert_true(conf_country_parse(SLICE("ZW"), code));
    assert_true(conf_country_parse(SLICE("XK"), code));
    assert_false(conf_country_parse(SLICE("DA"), code)); /* across two of the table */
    assert_false(conf_country_parse(SLICE("UK"), code));
    assert_false(conf_country_parse(SLICE("D"), code));
    assert_false(conf_country_parse(SLICE("DEU"), code));
    assert_string_equal(code, "XK");
    assert_string_equal(conf_country_meant(SLICE("Germany")), "DE");
    assert_null(conf_country_meant(SLICE("Utopia")));
    assert_false(conf_countries_has(&set, "AA"));
    conf_countries_add(&set, "ZW");
    conf_countries_add(&set, "AD");
    conf_countries_add(&set, "AD");
    assert_int_equal(set.n, 2);
    assert_true(conf_countries_has(&set, "ZW"));
    assert_false(conf_countries_has(&set, "ZM"));
    assert_false(conf_countries_has(&set, "ad"));
    assert_false(conf_countries_has(&set, "ADX"));
    assert_false(conf_countries_has(&set, "A"));
    assert_false(conf_countries_has(&set, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complain),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_countries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
