#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/slice.h"
#include "base/test_copy.h"

#include "base/ban.h"

static void assert_slice(struct slice got, const char *want, const char *name)
{
    if (!slice_eq(got, slice_of(want)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", name, SLICE_ARG(got), want);
}

static const struct number_case {
    const char *in;
    bool want;
    uint64_t value;
} number_cases[] = {
    { "0", true, 0 },
    { "007", true, 7 },
    { "18446744073709551615", true, UINT64_MAX },
    { "18446744073709551616", false, 0 },
    { "99999999999999999999999", false, 0 },
    { "", false, 0 },
    { "-1", false, 0 },
    { "+1", false, 0 },
    { " 1", false, 0 },
    { "1 ", false, 0 },
    { "1a", false, 0 },
};

static void test_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(number_cases); i++) {
        const struct number_case *c = &number_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        uint64_t got = 42;

        if (slice_to_u64(in, &got) != c->want || got != (c->want ? c->value : 42))
            fail_msg("\"%s\": got %llu, want %llu", c->in, (unsigned long long)got,
                     (unsigned long long)c->value);
        test_copy_free(in);
    }
}

static const struct trim_case {
    const char *in, *want;
} trim_cases[] = {
    { "", "" },     { "a", "a" },     { "  a b \t", "a b" }, { " \t ", "" },
    { "a\r", "a" }, { "\ra", "\ra" }, { "a \r\r", "a" },     { "\ta\xc3", "a\xc3" },
};

static void test_trim(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(trim_cases); i++) {
        struct slice in = test_copy(slice_of(trim_cases[i].in));

        assert_slice(slice_trim(in), trim_cases[i].want, trim_cases[i].in);
        test_copy_free(in);
    }
}

static const struct cut_case {
    const char *in, *head, *rest; /* rest NULL: no separator, no change */
} cut_cases[] = {
    { "a=b=c", "a", "b=c" }, { "=", "", "" },     { "a=", "a", "" },
    { "=a", "", "a" },       { "abc", "", NULL }, { "", "", NULL },
};

static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cut_cases); i++) {
        const struct cut_case *c = &cut_cases[i];
        struct slice in = test_copy(slice_of(c->in)), rest = in, head = SLICE("");

        assert_int_equal(slice_cut(&rest, '=', &head), c->rest != NULL);
        assert_slice(head, c->head, c->in);
        assert_slice(rest, c->rest != NULL ? c->rest : c->in, c->in);
        test_copy_free(in);
    }
}

static void test_cut_last(void **state)
{
    struct slice rest = SLICE("a=b=c"), tail = SLICE("");

    (void)state;
    assert_true(slice_cut_last(&rest, '=', &tail));
    assert_slice(rest, "a=b", "rest");
    assert_slice(tail, "c", "tail");
    assert_false(slice_cut_last(&rest, 'x', &tail));
    assert_slice(rest, "a=b", "unchanged");
    rest = (struct slice){ NULL, 0 };
    assert_false(slice_cut_last(&rest, '=', &tail));
}

static const struct cut_at_case {
    const char *in, *sep, *head, *rest; /* rest NULL: no separator, no change */
} cut_at_cases[] = {
    { "key: value: more", ": ", "key", "value: more" },
    { "key: ", ": ", "key", "" },
    { "key:", ": ", "", NULL },
    { ":", "longer than all", "", NULL },
    { "", ": ", "", NULL },
};

static void test_cut_at(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cut_at_cases); i++) {
        const struct cut_at_case *c = &cut_at_cases[i];
        struct slice in = test_copy(slice_of(c->in)), rest = in, head = SLICE("");

        assert_int_equal(slice_cut_at(&rest, slice_of(c->sep), &head), c->rest != NULL);
        assert_slice(head, c->head, c->in);
        assert_slice(rest, c->rest != NULL ? c->rest : c->in, c->in);
        test_copy_free(in);
    }
}

static void test_compare(void **state)
{
    struct slice nothing = { NULL, 0 }, rest = SLICE("postfix/smtpd");

    (void)state;
    assert_true(slice_eq(nothing, SLICE("")));
    assert_false(slice_eq(SLICE("ab"), SLICE("abc")));
    assert_true(slice_eq_nocase(SLICE("MiXed-1"), SLICE("mIxED-1")));
    assert_false(slice_eq_nocase(SLICE("a"), SLICE("ab")));
    assert_true(slice_eq_nocase(nothing, SLICE("")));
    assert_true(slice_starts(rest, SLICE("postfix/")));
    assert_false(slice_starts(SLICE("post"), SLICE("postfix")));
    assert_true(slice_ends(rest, SLICE("smtpd")));
    assert_false(slice_ends(SLICE("d"), SLICE("smtpd")));
    assert_false(slice_skip(&rest, SLICE("dovecot")));
    assert_true(slice_skip(&rest, SLICE("postfix/")));
    assert_slice(rest, "smtpd", "skipped");
    assert_slice(slice_of(NULL), "", "NULL string");
    assert_slice(slice_head(rest, 99), "smtpd", "head of more");
}

static const struct utf8_case {
    const char *in;
    size_t n;
    const char *want;
} utf8_cases[] = {
    { "abc", 2, "ab" },
    { "abc", 3, "abc" },
    { "a\xc3\xa4z", 2, "a" },
    { "a\xc3\xa4z", 3, "a\xc3\xa4" },
    { "\xe2\x80\xa6", 2, "" },
    { "x\xf0\x9f\x98\x80", 4, "x" },
    { "\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80" }, /* no UTF-8: cut where asked */
    { "abc", 0, "" },
};

static void test_head_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(utf8_cases); i++) {
        struct slice in = test_copy(slice_of(utf8_cases[i].in));

        assert_slice(slice_head_utf8(in, utf8_cases[i].n), utf8_cases[i].want, utf8_cases[i].in);
        test_copy_free(in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number),    cmocka_unit_test(test_trim),
        cmocka_unit_test(test_cut),       cmocka_unit_test(test_cut_last),
        cmocka_unit_test(test_cut_at),    cmocka_unit_test(test_compare),
        cmocka_unit_test(test_head_utf8),
    };

    return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
