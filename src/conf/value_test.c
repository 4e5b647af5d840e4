#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/test_copy.h"
#include "base/wall.h"
#include "conf/value.h"

#include "base/ban.h"

static void test_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t want; /* -1: none */
    } cases[] = {
        { "0s", 0 },
        { "5s", 5 * SECOND_MS },
        { "20m", 20 * MINUTE_MS },
        { "1h", HOUR_MS },
        { "3650d", 3650 * DAY_MS },
        { "3651d", -1 },
        { "99999999999999999999s", -1 },
        { "18446744073709551615d", -1 },
        { "", -1 },
        { "s", -1 },
        { "5", -1 },
        { "5 s", -1 },
        { "-5s", -1 },
        { "1.5h", -1 },
        { "5S", -1 },
        { "5ms", -1 },
        { "5w", -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice text = test_copy(slice_of(cases[i].text));
        int64_t got = -1;

        if (conf_duration_parse(text, &got) != (cases[i].want >= 0) || got != cases[i].want)
            fail_msg("%s: got %lld, want %lld", cases[i].text, (long long)got,
                     (long long)cases[i].want);
        test_copy_free(text);
    }
}

static void test_places_to_listen(void **state)
{
    static const struct {
        const char *text, *want; /* the address and the port, or the path, or NULL */
    } cases[] = {
        { "inet:127.0.0.1:10040", "127.0.0.1 10040" },
        { "inet:0.0.0.0:1", "0.0.0.0 1" },
        { "inet:[::1]:65535", "::1 65535" },
        { "inet:[::]:25", " 25" },
        { "unix:/run/mailfuse/policy", "/run/mailfuse/policy" },
        { "", NULL },
        { "inet:", NULL },
        { "unix:", NULL },
        { "unix:policy", NULL },
        { "127.0.0.1:10040", NULL },
        { "inet:127.0.0.1", NULL },
        { "inet:127.0.0.1:", NULL },
        { "inet:127.0.0.1:0", NULL },
        { "inet:127.0.0.1:65536", NULL },
        { "inet:127.0.0.1:1x", NULL },
        { "inet:localhost:10040", NULL },
        { "inet:::1:10040", NULL },
        { "inet:[127.0.0.1]:10040", NULL },
        { "inet:[]:10040", NULL },
        { "inet::10040", NULL },
        { "tcp:127.0.0.1:10040", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct conf_listen listen = { .text = "before" };
        const char *wrong = conf_listen_parse(slice_of(cases[i].text), &listen);
        char got[256], ip[IP_TEXT_MAX];

        if ((wrong == NULL) != (cases[i].want != NULL))
            fail_msg("%s: got %s", cases[i].text, wrong != NULL ? wrong : "sound");
        if (wrong != NULL) {
            assert_string_equal(listen.text, "before");
            continue;
        }
        if (listen.path != NULL)
            snprintf(got, sizeof got, "%s", listen.path);
        else
            snprintf(got, sizeof got, "%s %u", ip_text(&listen.ip, ip), (unsigned)listen.port);
        assert_string_equal(got, cases[i].want);
        assert_string_equal(listen.text, cases[i].text);
    }
}

static void test_replies(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } cases[] = {
        { "plain", true },       { "%i %a %%", true }, { "100 %", false },    { "%n", false },
        { "two\nlines", false }, { "cr\r", false },    { "\xc3\xa4", false }, { "tab\t", false },
        { "", false },           { "%%n", true },
    };
    char many[CONF_REPLY_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice text = test_copy(slice_of(cases[i].text));

        if ((conf_reply_wrong(text) == NULL) != cases[i].want)
            fail_msg("%s: got %d", cases[i].text, !cases[i].want);
        test_copy_free(text);
    }
    memset(many, 'a', sizeof many);
    assert_null(conf_reply_wrong((struct slice){ many, CONF_REPLY_MAX }));
    assert_non_null(conf_reply_wrong((struct slice){ many, CONF_REPLY_MAX + 1 }));
    assert_non_null(conf_reply_wrong((struct slice){ "a\0b", 3 }));
}

static void test_small_ones(void **state)
{
    bool yes = false;
    uint32_t as = 7;

    (void)state;
    assert_true(conf_yes_no_parse(SLICE("yes"), &yes) && yes);
    assert_true(conf_yes_no_parse(SLICE("no"), &yes) && !yes);
    assert_false(conf_yes_no_parse(SLICE("true"), &yes));
    assert_false(conf_as_parse(SLICE("0"), &as) || conf_as_parse(SLICE("AS"), &as) ||
                 conf_as_parse(SLICE("4294967296"), &as) || conf_as_parse(SLICE("-1"), &as));
    assert_int_equal(as, 7);
    assert_true(conf_as_parse(SLICE("as4294967295"), &as) && as == UINT32_MAX);
    assert_true(conf_is_user(SLICE("_mail-fuse.1")));
    assert_false(conf_is_user(SLICE("-a")) || conf_is_user(SLICE("a:b")) ||
                 conf_is_user(SLICE("")));
    assert_null(conf_key_wrong(SLICE("abcdefgh")));
    assert_non_null(conf_key_wrong(SLICE("abcdefg")));
    assert_non_null(conf_key_wrong(SLICE("abcd efgh")));
    assert_non_null(conf_key_wrong(SLICE("abcd\"efgh")));
}

static const struct host_case {
    const char *text, *host; /* NULL: it is none */
    uint16_t port;
} host_cases[] = {
    { "[smtp.example.test]:587", "smtp.example.test", 587 },
    { "[192.0.2.1]:25", "192.0.2.1", 25 },
    { "[2001:db8::1]:465", "2001:db8::1", 465 },
    { "[a]:65535", "a", 65535 },
    { "[a]:65536", NULL, 0 },
    { "[a]:0", NULL, 0 },
    { "[a]", NULL, 0 },
    { "[a]:", NULL, 0 },
    { "[]:25", NULL, 0 },
    { "a:25", NULL, 0 },
    { "[-a]:25", NULL, 0 },
    { "[a b]:25", NULL, 0 },
    { "[a\n]:25", NULL, 0 },
    { "[a]:25 ", NULL, 0 },
    { "", NULL, 0 },
};

static void test_relay_hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(host_cases); i++) {
        const struct host_case *c = &host_cases[i];
        struct slice text = test_copy(slice_of(c->text)), host = { NULL, 0 };
        uint16_t port = 0;
        bool got = conf_relay_host_parse(text, &host, &port);

        if (got != (c->host != NULL) || port != c->port ||
            (got && !slice_eq(host, slice_of(c->host))))
            fail_msg("%s: got %d %.*s %u", c->text, got, SLICE_ARG(host), (unsigned)port);
        test_copy_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relay_hosts),      cmocka_unit_test(test_durations),
        cmocka_unit_test(test_places_to_listen), cmocka_unit_test(test_replies),
        cmocka_unit_test(test_small_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
