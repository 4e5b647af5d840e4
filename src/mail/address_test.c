#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "mail/address.h"

#include "base/ban.h"

static void assert_slice(struct slice got, const char *want, const char *name)
{
    if (!slice_eq(got, slice_of(want)))
        fail_msg("\"%s\": got \"%.*s\", want \"%s\"", name, SLICE_ARG(got), want);
}

static const struct split_case {
    const char *in, *local, *domain;
} split_cases[] = {
    { "alice@example.test", "alice", "example.test" },
    { "alice", "alice", "" },
    { "", "", "" },
    { "@example.test", "", "example.test" },
    { "alice@", "alice", "" },
    { "a@b@example.test", "a@b", "example.test" },
    { "\"a@b\"@example.test", "\"a@b\"", "example.test" },
    { "\"a\\\"@b\"@example.test", "\"a\\\"@b\"", "example.test" },
    { "\"a@b\"", "\"a@b\"", "" },
    { "\"a@b", "\"a", "b" }, /* the quotation does not end: not one */
    { "\"a\\", "\"a\\", "" },
    { "odd = local@example.test", "odd = local", "example.test" },
    { "user@[192.0.2.1]", "user", "[192.0.2.1]" },
    { "m\xc3\xbcller@m\xc3\xbcller.example", "m\xc3\xbcller", "m\xc3\xbcller.example" },
};

static void test_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(split_cases); i++) {
        const struct split_case *c = &split_cases[i];
        struct slice in = test_copy(slice_of(c->in));

        assert_slice(address_local(in), c->local, c->in);
        assert_slice(address_domain(in), c->domain, c->in);
        test_copy_free(in);
    }
}

static const struct fold_case {
    const char *in, *want;
} fold_cases[] = {
    { "Alice@Example.TEST", "alice@example.test" },
    { "<alice@example.test>", "alice@example.test" },
    { "<>", "" },
    { "", "" },
    { "<", "<" },
    { "alice@example.test.", "alice@example.test" },
    { "alice@.", "alice@." },
    { "bounce.", "bounce." },
    { "ALICE+Tag@EXAMPLE.test", "alice+tag@example.test" },
    { "@[`{", "@[`{" }, /* the neighbours of the letters */
    { "alice@m\xc3\xbcnchen.example", "alice@xn--mnchen-3ya.example" },
    { "alice@M\xc3\x9cNCHEN.example", "alice@xn--mnchen-3ya.example" },
    { "alice@xn--mnchen-3ya.example", "alice@xn--mnchen-3ya.example" },
    { "alice@stra\xc3\x9f"
      "e.example.",
      "alice@xn--strae-oqa.example" },
    { "m\xc3\xbcller@example.test", "m\xc3\xbcller@example.test" },
    { "M\xc3\x9cLLER@example.test", "m\xc3\x9cller@example.test" }, /* ASCII only, RFC 6531 */
    { "alice@\xff\xfe.example", "alice@\xff\xfe.example" },
    { "m\xc3\xbcller", "m\xc3\xbcller" },
};

static void test_fold(void **state)
{
    char out[ADDRESS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(fold_cases); i++) {
        struct slice in = test_copy(slice_of(fold_cases[i].in));

        assert_slice(address_fold(in, out), fold_cases[i].want, fold_cases[i].in);
        test_copy_free(in);
    }
}

static void test_fold_long(void **state)
{
    enum { LONG = 2 * ADDRESS_MAX };
    static char text[LONG];
    char out[ADDRESS_MAX];

    (void)state;
    memset(text, 'A', sizeof text);
    for (size_t n = ADDRESS_MAX - 3; n < LONG; n++) {
        struct slice in = test_copy((struct slice){ text, n });
        struct slice got = address_fold(in, out);

        assert_int_equal(got.n, n < ADDRESS_MAX ? n : ADDRESS_MAX);
        assert_int_equal(got.p[got.n - 1], 'a');
        test_copy_free(in);
    }
    text[ADDRESS_MAX - 1] = (char)0xc3;
    text[ADDRESS_MAX] = (char)0xbc;
    assert_int_equal(address_fold((struct slice){ text, LONG }, out).n, ADDRESS_MAX - 1);
    /* a long local part leaves no room for the A-labels */
    memset(text, 'a', sizeof text);
    memcpy(text + ADDRESS_MAX - 15, "@m\xc3\xbcnchen.test", 13);
    assert_int_equal(address_fold((struct slice){ text, ADDRESS_MAX - 2 }, out).n, ADDRESS_MAX - 2);
}

static const struct match_case {
    const char *address, *wanted;
    bool want;
} match_cases[] = {
    { "alice@example.test", "alice@example.test", true },
    { "alice@example.test", "bob@example.test", false },
    { "alice@example.test", "example.test", true },
    { "alice@example.test", "@example.test", true },
    { "alice@sub.example.test", "example.test", true },
    { "alice@notexample.test", "example.test", false },
    { "alice@example.test", "sub.example.test", false },
    { "alice@example.test", "test", true },
    { "alice@example.test", "alice", false },
    { "alice@example.test", "", false },
    { "alice@example.test", "@", false },
    { "alice", "alice", false },
    { "", "example.test", false },
    { "example.test", "example.test", false },
};

static void test_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(match_cases); i++) {
        const struct match_case *c = &match_cases[i];

        if (address_matches(slice_of(c->address), slice_of(c->wanted)) != c->want)
            fail_msg("\"%s\" and \"%s\": want %d", c->address, c->wanted, c->want);
    }
}

static const struct fold_case account_cases[] = {
    { "Alice@Example.TEST", "alice@example.test" },
    { "  alice \t", "alice" },
    { "alice*master", "alice" },
    { "ALICE *master", "alice" },
    { "*master", "*master" },
    { "alice*", "alice" },
    { "", "" },
    { "DOMAIN\\alice", "domain\\alice" },
    { "j\xc3\xb6rg", "j\xc3\xb6rg" },
};

static void test_account(void **state)
{
    char out[ADDRESS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(account_cases); i++) {
        struct slice in = test_copy(slice_of(account_cases[i].in));

        assert_slice(account_fold(in, out), account_cases[i].want, account_cases[i].in);
        test_copy_free(in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),     cmocka_unit_test(test_fold),
        cmocka_unit_test(test_fold_long), cmocka_unit_test(test_matches),
        cmocka_unit_test(test_account),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
