#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "proto/socketmap.h"

#include "base/ban.h"

static const struct request_case {
    struct slice in;
    enum parse want;
    const char *map, *key;
} request_cases[] = {
    { SLICE_INIT("30:sasl-access alice@example.test,"), PARSE_OK, "sasl-access",
      "alice@example.test" },
    { SLICE_INIT("7:route *,7:route *,"), PARSE_OK, "route", "*" },
    { SLICE_INIT("6:a b  c,"), PARSE_OK, "a", "b  c" },
    { SLICE_INIT("2:a ,"), PARSE_OK, "a", "" },
    { SLICE_INIT("1: ,"), PARSE_OK, "", "" },

    { SLICE_INIT(""), PARSE_MORE, NULL, NULL },
    { SLICE_INIT("100000:a b"), PARSE_MORE, NULL, NULL },

    { SLICE_INIT("3:abc,"), PARSE_BAD, NULL, NULL }, /* no key */
    { SLICE_INIT("0:,"), PARSE_BAD, NULL, NULL },
    { SLICE_INIT("2:a bc"), PARSE_BAD, NULL, NULL }, /* no comma */
    { SLICE_INIT(":a b,"), PARSE_BAD, NULL, NULL },
    { SLICE_INIT("03:a b,"), PARSE_BAD, NULL, NULL },
    { SLICE_INIT("-3:a b,"), PARSE_BAD, NULL, NULL },
    { SLICE_INIT("3 :a b,"), PARSE_BAD, NULL, NULL },
    { SLICE_INIT("100001"), PARSE_BAD, NULL, NULL },
    { SLICE_INIT("99999999999999999999999999999999:"), PARSE_BAD, NULL, NULL },
    { SLICE_INIT("request=smtpd_access_policy\n"), PARSE_BAD, NULL, NULL },
};

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(request_cases); i++) {
        const struct request_case *c = &request_cases[i];
        struct slice in = test_copy(c->in), map, key;
        size_t used = 0;
        enum parse got = socketmap_parse(in, &map, &key, &used);

        if (got != c->want)
            fail_msg("%s: got %d, want %d", c->in.p, got, c->want);
        if (got == PARSE_OK &&
            !(slice_eq(map, slice_of(c->map)) && slice_eq(key, slice_of(c->key))))
            fail_msg("%s: got '%.*s' and '%.*s'", c->in.p, SLICE_ARG(map), SLICE_ARG(key));
        assert_true(used <= c->in.n);
        test_copy_free(in);
    }
}

static void test_every_prefix(void **state)
{
    struct slice whole = SLICE_INIT("30:sasl-access alice@example.test,"), map, key;
    size_t used = 0;

    (void)state;
    for (size_t n = 0; n < whole.n; n++) {
        struct slice in = test_copy(slice_head(whole, n));

        assert_int_equal(socketmap_parse(in, &map, &key, &used), PARSE_MORE);
        test_copy_free(in);
    }
    assert_int_equal(socketmap_parse(whole, &map, &key, &used), PARSE_OK);
    assert_int_equal(used, whole.n);
}

static void test_longest(void **state)
{
    struct buf b = buf_make(2 * (size_t)SOCKETMAP_MAX);
    struct slice map, key, in;
    size_t used = 0;

    (void)state;
    buf_add(&b, SLICE("100000:a "));
    while (b.n < SOCKETMAP_WIRE_MAX - 1)
        buf_add_char(&b, 'k');
    buf_add_char(&b, ',');
    in = test_copy(buf_slice(&b));
    assert_int_equal(socketmap_parse(in, &map, &key, &used), PARSE_OK);
    assert_int_equal(used, SOCKETMAP_WIRE_MAX);
    assert_int_equal(key.n, SOCKETMAP_MAX - 2);
    test_copy_free(in);
    buf_done(&b);
}

static const struct reply_case {
    struct slice in;
    const char *want; /* NULL: the answer that replaces it */
} reply_cases[] = {
    { SLICE_INIT("NOTFOUND "), "9:NOTFOUND ," },
    { SLICE_INIT("OK REJECT 5.7.1 Account locked"), "30:OK REJECT 5.7.1 Account locked," },
    { SLICE_INIT("OK "), "3:OK ," },
    { SLICE_INIT("TEMP away"), "9:TEMP away," },
    { SLICE_INIT("TIMEOUT away"), "12:TIMEOUT away," },
    { SLICE_INIT("PERM broken"), "11:PERM broken," },
    { SLICE_INIT("OK"), NULL },
    { SLICE_INIT("NOTFOUND"), NULL },
    { SLICE_INIT("nonsense"), NULL },
    { SLICE_INIT(""), NULL },
    { SLICE_INIT("OK a\nb"), NULL },
    { SLICE_INIT("OK a\rb"), NULL },
    { SLICE_INIT("OK a\0b"), NULL },
};

static void test_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(reply_cases); i++) {
        const struct reply_case *c = &reply_cases[i];
        const char *want = c->want ? c->want : "30:TEMP the answer cannot be sent,";
        struct slice in = test_copy(c->in);
        struct buf out = buf_make(1000);

        assert_int_equal(socketmap_reply(&out, in), c->want != NULL);
        if (!slice_eq(buf_slice(&out), slice_of(want)))
            fail_msg("%s: got %.*s, want %s", c->in.p, SLICE_ARG(buf_slice(&out)), want);
        buf_done(&out);
        test_copy_free(in);
    }
}

static void test_long_reply(void **state)
{
    struct buf reply = buf_make(2 * (size_t)SOCKETMAP_MAX), out = buf_make(SOCKETMAP_WIRE_MAX);

    (void)state;
    buf_add(&reply, SLICE("OK "));
    while (reply.n < SOCKETMAP_MAX)
        buf_add_char(&reply, 'd');
    assert_true(socketmap_reply(&out, buf_slice(&reply)));
    assert_int_equal(out.n, SOCKETMAP_WIRE_MAX);
    assert_false(out.full);
    buf_add_char(&reply, 'd');
    buf_clear(&out);
    assert_false(socketmap_reply(&out, buf_slice(&reply)));
    buf_done(&reply);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),   cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_longest),    cmocka_unit_test(test_replies),
        cmocka_unit_test(test_long_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
