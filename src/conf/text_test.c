#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "conf/text.h"

#include "base/ban.h"

static const struct clean_case {
    const char *name, *in, *want;
    bool sound;
    uint32_t errors;
} clean_cases[] = {
    { "empty", "", "", true, 0 },
    { "plain", "a = b\n", "a = b\n", true, 0 },
    { "blanks", "a   =\t\tb  \r\n", "a = b \n", true, 0 },
    { "comments", "a # b\nc // d\ne /* f\n g */ h", "a \nc \ne \n h", true, 0 },
    { "signs in quotes", "\"# // /* {\" '} \"'", "\"# // /* {\" '} \"'", true, 0 },
    { "escapes", "\"a\\\"b\\\\\" 'c\\'d'", "\"a\\\"b\\\\\" 'c\\'d'", true, 0 },
    { "control characters", "a\x01 \"b\x01\"", "a_ \"b\x01\"", true, 1 },
    { "a slash", "/var/lib/a", "/var/lib/a", true, 0 },
    { "open quote", "a = \"b\nc = d", "a = \"b\"\nc = d", false, 1 },
    { "open comment", "a /*/ b", "a ", false, 1 },
    { "half an escape", "\"a\\", "\"a_\"", false, 2 },
    { "open brace", "a {", "a {", false, 1 },
    { "environment", "\"${A}\" '${B}' ${C} d", "\"_{A}\" '${B}' _ d", true, 2 },
    { "not UTF-8", "\xff", "\xef\xbf\xbd", true, 1 },
};

static void test_clean(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(clean_cases); i++) {
        const struct clean_case *c = &clean_cases[i];
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        CLEANUP(conf_text_done) struct conf_text text = { 0 };
        struct slice in = test_copy(slice_of(c->in));
        bool got = conf_text_make(&text, "t", in, &errors);
        struct slice clean = buf_slice(&text.clean);

        if (!slice_eq(clean, slice_of(c->want)) || got != c->sound || errors.n != c->errors)
            fail_msg("%s: got \"%.*s\", %d, %u errors, want \"%s\"", c->name, SLICE_ARG(clean), got,
                     errors.n, c->want);
        assert_int_equal(clean.p[clean.n], '\0');
        test_copy_free(in);
    }
}

static void test_long_words(void **state)
{
    enum { LONG = 10000000 };
    static const char before[] = { 'x', '"', ' ', '#' };
    char *p = malloc(LONG);

    (void)state;
    assert_non_null(p);
    for (size_t i = 0; i < COUNT(before); i++) {
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        CLEANUP(conf_text_done) struct conf_text text = { 0 };

        memset(p, before[i] == ' ' ? ' ' : 'x', LONG);
        p[0] = before[i];
        p[LONG - 1] = before[i];
        assert_true(conf_text_make(&text, "t", (struct slice){ p, LONG }, &errors));
        assert_int_equal(errors.n, i < 2 ? 1 : 0);
        assert_true(text.clean.n <= CONF_WORD_MAX + 2);
    }
    free(p);
}

static void test_too_large(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_text_done) struct conf_text text = { 0 };
    char *p = calloc(CONF_TEXT_MAX + 1, 1);

    (void)state;
    assert_non_null(p);
    assert_false(conf_text_make(&text, "t", (struct slice){ p, CONF_TEXT_MAX + 1 }, &errors));
    assert_string_equal(errors.all[0].text.p, "t: larger than 32 MB; these are no settings");
    free(p);
}

static void test_opening(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_text_done) struct conf_text text = { 0 };

    (void)state;
    assert_true(conf_text_make(
        &text, "t", SLICE("a {\n b {\n c = {\n d\n }\n }\n}\ne { f {\n} }\ng { }\n"), &errors));
    assert_int_equal(conf_text_opening(&text, 6, 1), 2);
    assert_int_equal(conf_text_opening(&text, 7, 0), 1);
    assert_int_equal(conf_text_opening(&text, 9, 1), 8);
    assert_int_equal(conf_text_opening(&text, 9, 0), 8);
    assert_int_equal(conf_text_opening(&text, 10, 0), 10);
    assert_int_equal(conf_text_opening(&text, 99, 0), 99);
}

static const struct drop_case {
    const char *name, *in;
    uint32_t line;
    const char *word, *want;
    bool dropped;
} drop_cases[] = {
    { "a line", "a\nb = 1\nc", 2, "b", "a\n     \nc", true },
    { "a section", "a {\n b\n}\nc", 1, "", "   \n  \n \nc", true },
    { "inside of a section", "a { b = 1 }", 1, "b", "a {       }", true },
    { "up to the end of the section", "a {\nb = 1 } c", 2, "b", "a {\n      } c", true },
    { "not inside of a word", "ab = b b = 1", 1, "b", "ab =        ", true },
    { "quoted braces", "b = \"}{\" \nc", 1, "b", "         \nc", true },
    { "no such word", "a = 1", 1, "zz", "     ", true },
    { "nothing", "a {\n}", 2, "", "a {\n}", false },
    { "no such line", "a\n", 7, "", "a\n", false },
};

static void test_drop(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(drop_cases); i++) {
        const struct drop_case *c = &drop_cases[i];
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        CLEANUP(conf_text_done) struct conf_text text = { 0 };
        bool got;

        assert_true(conf_text_make(&text, "t", slice_of(c->in), &errors));
        got = conf_text_drop(&text, c->line, slice_of(c->word));
        if (got != c->dropped || strcmp(text.clean.p, c->want) != 0 || text.whole == got)
            fail_msg("%s: got \"%s\", want \"%s\"", c->name, text.clean.p, c->want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),     cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_opening),
        cmocka_unit_test(test_drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
