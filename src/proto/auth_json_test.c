#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "proto/auth_json.h"

#include "base/ban.h"

static const struct text_case {
    const char *in, *login, *remote, *pwhash;
} text_cases[] = {
    { "{}", "", "", "" },
    { " {\t\r\n} ", "", "", "" },
    { "{\"login\":\"alice\",\"remote\":\"192.0.2.1\",\"pwhash\":\"060e\"}", "alice", "192.0.2.1",
      "060e" },
    { "{ \"login\" : \"alice\" , \"remote\" : \"::1\" }", "alice", "::1", "" },
    { "{\"login\":\"\"}", "", "", "" },
    { "{\"login\":\"a\\\"b\\\\c\\/d\"}", "a\"b\\c/d", "", "" },
    { "{\"login\":\"\\b\\f\\n\\r\\t\"}", "\b\f\n\r\t", "", "" },
    { "{\"login\":\"\\u0041\\u00e4\\u20ac\\ud83d\\ude00.\"}",
      "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80.", "", "" },
    { "{\"login\":\"\\ud83dx\"}", "\xef\xbf\xbdx", "", "" },
    { "{\"login\":\"\\ude00\"}", "\xef\xbf\xbd", "", "" },
    { "{\"login\":\"\\ud83d\\u0041\"}",
      "\xef\xbf\xbd"
      "A",
      "", "" },
    { "{\"login\":\"\xc3\xa4\"}", "\xc3\xa4", "", "" },
    { "{\"\\u006cogin\":\"alice\"}", "alice", "", "" },
    { "{\"login\":42,\"pwhash\":-1.5e+3}", "42", "", "-1.5e+3" },
    { "{\"login\":true,\"remote\":false}", "true", "false", "" },
    { "{\"login\":\"a\",\"login\":null}", "", "", "" },
    { "{\"login\":[\"a\"],\"remote\":{\"login\":\"b\"}}", "", "", "" },
    { "{\"login\":\"a\",\"login\":\"b\"}", "b", "", "" },
    { "{\"attrs\":{\"a\":[1,2,{\"login\":\"x\"}],\"b\":{}},\"login\":\"a\"}", "a", "", "" },
    { "{\"Login\":\"a\"}", "", "", "" },
    { "{\"mech\":\"PLAIN\",\"pwhash\":\"060e\"}", "", "", "060e" },
    { "{\"mech\":\"login\",\"pwhash\":\"060e\"}", "", "", "060e" },
    { "{\"mech\":\"XOAUTH2\",\"pwhash\":\"060e\"}", "", "", "060e" },
    { "{\"pwhash\":\"060e\",\"mech\":\"OAUTHBEARER\"}", "", "", "060e" },
    { "{\"mech\":\"\",\"pwhash\":\"060e\"}", "", "", "060e" },
    { "{\"mech\":\"CRAM-MD5\",\"pwhash\":\"060e\"}", "", "", "" },
    { "{\"pwhash\":\"060e\",\"mech\":\"DIGEST-MD5\"}", "", "", "" },
    { "{\"mech\":\"SCRAM-SHA-256\",\"pwhash\":\"060e\"}", "", "", "" },
};

static bool text_is(struct slice got, const char *want)
{
    return slice_eq(got, slice_of(want));
}

static void texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(text_cases); i++) {
        const struct text_case *c = &text_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct auth_request got = { 0 };
        const char *wrong = auth_json_parse((char *)(uintptr_t)in.p, in.n, &got);

        if (wrong != NULL)
            fail_msg("%s: got %s", c->in, wrong);
        if (!text_is(got.login, c->login) || !text_is(got.remote, c->remote) ||
            !text_is(got.pwhash, c->pwhash))
            fail_msg("%s: got %.*s, %.*s, %.*s", c->in, SLICE_ARG(got.login), SLICE_ARG(got.remote),
                     SLICE_ARG(got.pwhash));
        test_copy_free(in);
    }
}

static const struct bool_case {
    const char *in;
    bool tls, success, reject;
} bool_cases[] = {
    { "{}", false, false, false },
    { "{\"success\":true,\"policy_reject\":false,\"tls\":true}", true, true, false },
    { "{\"success\":false,\"policy_reject\":true,\"tls\":false}", false, false, true },
    { "{\"tls\":\"true\",\"success\":1,\"policy_reject\":\"yes\"}", true, true, true },
    { "{\"tls\":\"TLSv1.3\",\"success\":0,\"policy_reject\":\"\"}", false, false, false },
    { "{\"tls\":true,\"tls\":null,\"success\":[true]}", false, false, false },
};

static void booleans(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bool_cases); i++) {
        const struct bool_case *c = &bool_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct auth_request got = { 0 };

        assert_null(auth_json_parse((char *)(uintptr_t)in.p, in.n, &got));
        if (got.tls != c->tls || got.success != c->success || got.policy_reject != c->reject)
            fail_msg("%s: got %d %d %d", c->in, got.tls, got.success, got.policy_reject);
        test_copy_free(in);
    }
}

static const char *const wrong_cases[] = {
    "",
    " ",
    "[]",
    "\"a\"",
    "{",
    "}",
    "{}x",
    "{}{}",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\":1 \"b\":2}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":01}",
    "{\"a\":+1}",
    "{\"a\":1.}",
    "{\"a\":.5}",
    "{\"a\":1e}",
    "{\"a\":-}",
    "{\"a\":NaN}",
    "{\"a\":tru}",
    "{\"a\":True}",
    "{\"a\":\"b}",
    "{\"a\":\"\\",
    "{\"a\":\"\\x41\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\\ud83d\\u12\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":[1,]}",
    "{\"a\":[1}",
    "{\"a\":[}",
    "{\"a\":{\"b\":1]}",
    "{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}",
    "\xef\xbb\xbf{}",
};

static void what_is_no_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong_cases); i++) {
        struct slice in = test_copy(slice_of(wrong_cases[i]));
        struct auth_request got = { .tls = true };

        if (auth_json_parse((char *)(uintptr_t)in.p, in.n, &got) == NULL || !got.tls)
            fail_msg("%s: taken", wrong_cases[i]);
        test_copy_free(in);
    }
}

static void nul_is_a_byte_like_others(void **state)
{
    char escaped[] = "{\"login\":\"a\\u0000b\"}", raw[] = "{\"login\":\"a\0b\"}";
    struct auth_request got = { 0 };

    (void)state;
    assert_null(auth_json_parse(escaped, sizeof escaped - 1, &got));
    assert_true(slice_eq(got.login, SLICE("a\0b")));
    assert_non_null(auth_json_parse(raw, sizeof raw - 1, &got));
}

/* Of a whole request no beginning is one. */
static void every_beginning_is_refused(void **state)
{
    struct slice all =
        SLICE("{\"login\":\"\\u00e4\",\"attrs\":{\"a\":[-1.5e3,null]},\"tls\":true}");

    (void)state;
    for (size_t n = 0; n < all.n; n++) {
        struct slice in = test_copy(slice_head(all, n));
        struct auth_request got;

        assert_non_null(auth_json_parse((char *)(uintptr_t)in.p, in.n, &got));
        test_copy_free(in);
    }
}

static void strings_for_people(void **state)
{
    struct buf out = buf_make(SIZE_MAX);

    (void)state;
    auth_json_string(&out, SLICE("say \"a\\b\"\r\nA1 OK \xc3\xa4\xff\xe2\x80\xae"));
    assert_true(slice_eq(buf_slice(&out), SLICE("\"say \\\"a\\\\b\\\"??A1 OK \xc3\xa4??\"")));
    buf_clear(&out);
    auth_json_string(&out, (struct slice){ NULL, 0 });
    assert_true(slice_eq(buf_slice(&out), SLICE("\"\"")));
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(booleans),
        cmocka_unit_test(what_is_no_json),
        cmocka_unit_test(nul_is_a_byte_like_others),
        cmocka_unit_test(every_beginning_is_refused),
        cmocka_unit_test(strings_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
