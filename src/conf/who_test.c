#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "conf/who.h"

#include "base/ban.h"

static const struct fold_case {
    const char *in, *want; /* NULL: refused */
    enum conf_who kind;
} fold_cases[] = {
    { "Alice@Example.TEST", "alice@example.test", CONF_WHO_ACCOUNT },
    { "alice", "alice", CONF_WHO_ACCOUNT },
    { "alice*master", "alice", CONF_WHO_ACCOUNT },
    { "alice@M\xc3\xbcnchen.example", "alice@xn--mnchen-3ya.example", CONF_WHO_ACCOUNT },
    { "m\xc3\xbcller@example.test", "m\xc3\xbcller@example.test", CONF_WHO_ACCOUNT },
    { "alice+tag@example.test", "alice+tag@example.test", CONF_WHO_ACCOUNT },
    { "@Example.TEST.", "@example.test", CONF_WHO_DOMAIN },
    { "@localhost", "@localhost", CONF_WHO_DOMAIN },
    { "%Staff", "%Staff", CONF_WHO_GROUP },
    { "", NULL, CONF_WHO_ACCOUNT },
    { "%", NULL, CONF_WHO_GROUP },
    { "@", NULL, CONF_WHO_DOMAIN },
    { "<>", NULL, CONF_WHO_ACCOUNT },
    { "alice@", NULL, CONF_WHO_ACCOUNT },
    { "alice@example..test", NULL, CONF_WHO_ACCOUNT },
    { "alice@-example.test", NULL, CONF_WHO_ACCOUNT },
    { "alice@exam ple.test", NULL, CONF_WHO_ACCOUNT },
    { "alice,bob", NULL, CONF_WHO_ACCOUNT },
    { "alice\x01", NULL, CONF_WHO_ACCOUNT },
    { "alice\xff", NULL, CONF_WHO_ACCOUNT },
};

static void test_fold(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fold_cases); i++) {
        const struct fold_case *c = &fold_cases[i];
        struct slice in = test_copy(slice_of(c->in)), got = { 0 };
        enum conf_who kind = CONF_WHO_ACCOUNT;
        char out[ADDRESS_MAX];
        const char *wrong = conf_who_fold(in, &kind, out, &got);

        if ((wrong != NULL) != (c->want == NULL))
            fail_msg("%s: got %s", c->in, wrong != NULL ? wrong : "accepted");
        if (wrong == NULL && (!slice_eq(got, slice_of(c->want)) || kind != c->kind))
            fail_msg("%s: got %.*s of kind %d, want %s", c->in, SLICE_ARG(got), kind, c->want);
        test_copy_free(in);
    }
}

static void test_long_names(void **state)
{
    char name[2 * ADDRESS_MAX], out[ADDRESS_MAX];
    struct slice folded;
    enum conf_who kind;

    (void)state;
    memset(name, 'a', sizeof name);
    name[3] = '@';
    for (size_t n = 5; n < sizeof name; n++)
        assert_true((conf_who_fold((struct slice){ name, n }, &kind, out, &folded) == NULL) ==
                    (n <= 4 + 63)); /* a label of the domain */
}

static void test_dates(void **state)
{
    static const char *const bad[] = { "",           "2026-11-2", "2026-13-01", "2026-02-29",
                                       "2026/11/22", "26-11-22",  "1969-12-31", "2026-11-22 ",
                                       "2026-00-01", "20261122",  "+026-11-22" };
    int32_t day = 7;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (conf_date_parse(slice_of(bad[i]), &day) || day != 7)
            fail_msg("%s: got day %d", bad[i], day);
    assert_true(conf_date_parse(SLICE("1970-01-01"), &day));
    assert_int_equal(day, 0);
    assert_true(conf_date_parse(SLICE("2028-02-29"), &day));
    assert_int_equal(day, civil_days(2028, 2, 29));
}

static void test_decimals(void **state)
{
    static const char *const bad[] = { "",     ".",      "1.",  ".5",          "-1",
                                       "1,5",  "1.2345", "1e3", "0x1",         " 1",
                                       "1.5 ", "inf",    "nan", "12345678901", "1.2.3" };
    double value = 7;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (conf_decimal_parse(slice_of(bad[i]), &value) || value != 7)
            fail_msg("%s: got %f", bad[i], value);
    assert_true(conf_decimal_parse(SLICE("1.25"), &value) && value == 1.25);
    assert_true(conf_decimal_parse(SLICE("0.5"), &value) && value == 0.5);
    assert_true(conf_decimal_parse(SLICE("2"), &value) && value == 2);
    assert_true(conf_decimal_parse(SLICE("1.050"), &value) && value == 1.05);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_decimals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
