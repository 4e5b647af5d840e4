#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "setup/restrictions.h"

#include "base/ban.h"

static const struct compact_case {
    const char *list, *want; /* NULL: cannot be written without blanks */
} compact_cases[] = {
    { "", "" },
    { "permit_sasl_authenticated,reject", "permit_sasl_authenticated,reject" },
    { "permit_sasl_authenticated, reject", "permit_sasl_authenticated,reject" },
    { " a\tb , c ", "a,b,c" },
    { "check_sasl_access hash:/x, reject", "check_sasl_access,hash:/x,reject" },
    { "$mua_recipient_restrictions", "$mua_recipient_restrictions" },
    { "check_policy_service {inet:h:1,timeout=1s}", "check_policy_service,{inet:h:1,timeout=1s}" },
    { "check_policy_service { inet:h:1, timeout=1s }, reject", NULL },
    { "{ a { b } c", NULL },
    { "a } b", "a,},b" },
};

static void test_compact(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(compact_cases); i++) {
        const struct compact_case *c = &compact_cases[i];
        CLEANUP(buf_done) struct buf got = buf_make(1024);
        struct slice list = test_copy(slice_of(c->list));
        bool can = restrictions_compact(list, &got);

        if (can != (c->want != NULL) || (can && !slice_eq(buf_slice(&got), slice_of(c->want))))
            fail_msg("%s: got %.*s (%d), want %s", c->list, SLICE_ARG(buf_slice(&got)), can,
                     c->want != NULL ? c->want : "nothing");
        test_copy_free(list);
    }
}

static const struct without_case {
    const char *list, *want; /* NULL: $x is not in it */
} without_cases[] = {
    { "$x", "" },           { "$x, a", "a" },       { "$x,a,b", "a,b" }, { "a, $x, b", "a, b" },
    { "a, b, $x", "a, b" }, { "a  $x\tb", "a  b" }, { "", NULL },        { "$xy, a", NULL },
    { "a{ $x }", NULL },    { "$x,$x", "$x" },
};

static void test_without(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(without_cases); i++) {
        const struct without_case *c = &without_cases[i];
        CLEANUP(buf_done) struct buf got = buf_make(1024);
        struct slice list = test_copy(slice_of(c->list));
        bool there = restrictions_without(list, SLICE("$x"), &got);

        if (there != (c->want != NULL) || (there && !slice_eq(buf_slice(&got), slice_of(c->want))))
            fail_msg("%s: got \"%.*s\" (%d), want %s", c->list, SLICE_ARG(buf_slice(&got)), there,
                     c->want != NULL ? c->want : "nothing");
        test_copy_free(list);
    }
}

static void test_ended_before(void **state)
{
    (void)state;
    assert_true(restrictions_ended_before(SLICE("permit_mynetworks, $x"), "$x"));
    assert_true(restrictions_ended_before(SLICE("reject,$x"), "$x"));
    assert_false(restrictions_ended_before(SLICE("$x, permit_mynetworks"), "$x"));
    assert_false(restrictions_ended_before(SLICE("reject_unauth_destination $x"), "$x"));
    assert_true(restrictions_mention(SLICE("a,inet:1:2"), "inet:1:2"));
    assert_false(restrictions_mention(SLICE(""), "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compact),
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_ended_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
