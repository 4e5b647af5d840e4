#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/test_copy.h"
#include "conf/conf.h"

#include "base/ban.h"

static const char rows[] = "# who may use what\n"
                           "\n"
                           "Info@Example.TEST\talice@example.test, bob\r\n"
                           "sales@example.test carol@example.test\n"
                           "  # still the same row:\n"
                           "   dave@example.test,,erin\n"
                           "@shop.test shop@shop.test\n"
                           "boss@shop.test boss\n"
                           "@m\xc3\xbcnchen.example alice@example.test";

static const struct sender_case {
    const char *sender, *account;
    enum conf_sender want;
} sender_cases[] = {
    { "", "alice@example.test", CONF_SENDER_OWN },
    { "alice@example.test", "alice@example.test", CONF_SENDER_OWN },
    { "alice+list@example.test", "alice@example.test", CONF_SENDER_OWN },
    { "alice@example.test", "bob", CONF_SENDER_NO_SUCH_RULE },
    { "bob", "bob", CONF_SENDER_OWN },
    { "info@example.test", "alice@example.test", CONF_SENDER_OWN },
    { "info@example.test", "bob", CONF_SENDER_OWN },
    { "info+x@example.test", "bob", CONF_SENDER_OWN },
    { "info@example.test", "bo", CONF_SENDER_NOT_OWN },
    { "info@example.test", "", CONF_SENDER_NOT_OWN },
    { "sales@example.test", "erin", CONF_SENDER_OWN },
    { "sales@example.test", "dave@example.test", CONF_SENDER_OWN },
    { "x@shop.test", "shop@shop.test", CONF_SENDER_OWN },
    { "x@shop.test", "alice@example.test", CONF_SENDER_NOT_OWN },
    { "boss@shop.test", "shop@shop.test", CONF_SENDER_NOT_OWN },
    { "boss@shop.test", "boss", CONF_SENDER_OWN },
    { "x@sub.shop.test", "shop@shop.test", CONF_SENDER_NO_SUCH_RULE },
    { "x@xn--mnchen-3ya.example", "alice@example.test", CONF_SENDER_OWN },
    { "+@example.test", "alice@example.test", CONF_SENDER_NO_SUCH_RULE },
    { "x@else.test", "alice@example.test", CONF_SENDER_NO_SUCH_RULE },
};

static void test_allowed(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct slice text = test_copy(slice_of(rows));
    struct conf *conf = conf_defaults();

    (void)state;
    if (!conf_parse_senders(conf, "s", text, &errors))
        fail_msg("got error %s", errors.all[0].text.p);
    test_copy_free(text); /* nothing points into it */
    for (size_t i = 0; i < COUNT(sender_cases); i++) {
        const struct sender_case *c = &sender_cases[i];
        enum conf_sender got = conf_sender_allowed(conf, slice_of(c->sender), slice_of(c->account));

        if (got != c->want)
            fail_msg("%s as %s: got %d, want %d", c->account, c->sender, got, c->want);
    }
    conf_free(conf);
}

static const struct error_case {
    const char *text, *want;
} error_cases[] = {
    { "alice bob\n", "s:1: \"alice\" is no sender; write an address, or \"@\" and a domain" },
    { "\n@a.test\n", "s:2: \"@a.test\" has no login; write who may use it, after a blank" },
    { "a@a.test x\nA@A.test y\n",
      "s:2: \"A@A.test\" has a row already, line 1; write all of its logins there" },
    { "a@a.test x\x01\n", "s:1: \"x?\" is no login name; write names of accounts" },
    { "  b@a.test x\n c\n", "" },
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(error_cases); i++) {
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        struct slice text = test_copy(slice_of(error_cases[i].text));
        struct conf *conf = conf_defaults();
        bool sound = conf_parse_senders(conf, "s", text, &errors);
        const char *got = errors.n > 0 ? errors.all[0].text.p : "";

        if (strcmp(got, error_cases[i].want) != 0 || sound != (got[0] == '\0'))
            fail_msg("got %s, want %s", got, error_cases[i].want);
        if (!sound) /* nothing is half there */
            assert_int_equal(conf_sender_allowed(conf, SLICE("a@a.test"), SLICE("x")),
                             CONF_SENDER_NO_SUCH_RULE);
        conf_free(conf);
        test_copy_free(text);
    }
}

static void test_many(void **state)
{
    enum { ROWS = 200000 };
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(buf_done) struct buf text = buf_make((size_t)64 * ROWS);
    struct conf *conf = conf_defaults();
    char sender[64], login[64];

    (void)state;
    for (int i = 0; i < ROWS; i++)
        buf_printf(&text, "info%d@example.test login%d\n", i, i);
    assert_true(conf_parse_senders(conf, "s", buf_slice(&text), &errors));
    for (int i = 0; i < ROWS; i += 997) {
        snprintf(sender, sizeof sender, "info%d@example.test", i);
        snprintf(login, sizeof login, "login%d", i);
        assert_int_equal(conf_sender_allowed(conf, slice_of(sender), slice_of(login)),
                         CONF_SENDER_OWN);
        assert_int_equal(conf_sender_allowed(conf, slice_of(sender), SLICE("login")),
                         CONF_SENDER_NOT_OWN);
    }
    conf_free(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
