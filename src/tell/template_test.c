/* template_test.c - texts for people: filled in, broken into lines, and safe from strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/test_copy.h"
#include "tell/harmless.h"
#include "tell/letter.h"
#include "tell/owners.h"
#include "tell/template.h"

#include "base/ban.h"

enum { OUT_MAX = 64 * 1024 };

static const struct wrong_case {
    const char *text, *want;
} wrong_cases[] = {
    { "[incident-held]\nsubject: {acount}\n",
      "x.txt:2: \"acount\" is nothing that can be filled in; docs/alerts.md has all names" },
    { "[incident-held]\nsubject: a\n\nb {account\n",
      "x.txt:4: \"account\" is not closed; write }, or {{ for a brace" },
    { "[incident-hold]\nsubject: a\n",
      "x.txt:1: \"incident-hold\" is no kind of alert; docs/alerts.md has all of them" },
    { "[incident-held boss]\nsubject: a\n",
      "x.txt:1: \"incident-held\" is no kind of alert; docs/alerts.md has all of them" },
    { "# a\nhello\n",
      "x.txt:2: \"hello\" stands in no section; write one such as [incident-held] before it" },
    { "[any]\nhello\n",
      "x.txt:2: \"hello\" stands before the subject; write \"subject: ...\" first" },
    { "[any]\n", "x.txt:1: \"xx\" has a section without \"subject: ...\"" },
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong_cases); i++) {
        struct slice text = test_copy(slice_of(wrong_cases[i].text));
        CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
        struct templates *t = templates_new();

        assert_false(templates_add(t, "x.txt", SLICE("xx"), text, &errors));
        if (!slice_eq(errors.all[0].text, slice_of(wrong_cases[i].want)))
            fail_msg("got %s\nwant %s", errors.all[0].text.p, wrong_cases[i].want);
        templates_free(t);
        test_copy_free(text);
    }
}

/* Those that are delivered have a text of each kind, in each language, and for owners. */
static void test_those_of_the_program(void **state)
{
    static const char *const languages[] = { "en", "de", "fr" };
    struct templates *t = templates_new();

    (void)state;
    for (size_t l = 0; l < COUNT(languages); l++) {
        assert_true(templates_has(t, slice_of(languages[l])));
        for (unsigned k = 0; k < ALERT_KINDS; k++) {
            bool owners = alert_kind_row((enum alert_kind)k)->for_owner;
            struct template_text text =
                templates_find(t, slice_of(languages[l]), (enum alert_kind)k, false);

            assert_true(text.subject.n > 5 && text.body.n > 5);
            assert_false(slice_eq(text.body, SLICE("{words}")));
            if (l > 0)
                assert_true(
                    k == ALERT_DIGEST || slice_eq(text.subject, SLICE("{words}")) ||
                    !slice_eq(text.subject,
                              templates_find(t, SLICE("en"), (enum alert_kind)k, false).subject));
            text = templates_find(t, slice_of(languages[l]), (enum alert_kind)k, true);
            assert_true(text.body.n > 5 || !owners);
        }
    }
    assert_false(templates_has(t, SLICE("xx")));
    assert_true(
        slice_starts(templates_find(t, SLICE("xx"), ALERT_TEST, false).subject, SLICE("Test of")));
    templates_free(t);
}

static void test_sections_take_the_place(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct templates *t = templates_new();

    (void)state;
    assert_true(
        templates_add(t, "x", SLICE("en"), SLICE("[test]\nsubject: mine\n\nbody\n\n"), &errors));
    assert_true(slice_eq(templates_find(t, SLICE("en"), ALERT_TEST, false).subject, SLICE("mine")));
    assert_true(slice_eq(templates_find(t, SLICE("en"), ALERT_TEST, false).body, SLICE("body")));
    assert_true(slice_starts(templates_find(t, SLICE("en"), ALERT_LISTED, false).subject,
                             SLICE("{account} is listed")));
    templates_free(t);
}

static const struct fill_case {
    const char *text, *account, *want;
} fill_cases[] = {
    { "Hello {account}.", "alice", "Hello alice.\n" },
    { "a\nb {account}\nc", "", "a c\n" },
    { "one\ntwo", "", "one two\n" },
    { "{{x} {account}", "a", "{x} a\n" },
    { "a\n\n\n\nb", "", "a\n\nb\n" },
    { "Who:  {account}\nWhat:  {account}", "a b", "Who:  a b\nWhat:  a b\n" },
    { "Who:  {account}", "one two three four five six seven",
      "Who:  one two three four\n      five six seven\n" },
    { "    mailfuse lock {account} and so on and on", "alice",
      "    mailfuse lock alice and so on and on\n" },
    { "1. one\n2. two {account}", "x", "1. one\n2. two x\n" },
    { "See {account}", "http://evil.example/\r\nBcc: x", "See\nhttp[:]//evil.example/??Bcc:\nx\n" },
    { "See {account}", "WWW.evil.example \xe2\x80\xae", "See WWW[.]evil.example ?\n" },
    { "{account", "x", "\n" },
};

static void test_fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fill_cases); i++) {
        const struct fill_case *c = &fill_cases[i];
        struct slice text = test_copy(slice_of(c->text));
        CLEANUP(buf_done) struct buf out = buf_make(OUT_MAX);
        struct template_fields fields = { .n = 0 };

        template_set(&fields, "account", slice_of(c->account));
        template_body(&out, text, &fields, 24);
        if (!slice_eq(buf_slice(&out), slice_of(c->want)) && c->want[0] != '\n')
            fail_msg("%s: got\n%.*swant\n%s", c->text, SLICE_ARG(buf_slice(&out)), c->want);
        buf_clear(&out);
        template_line(&out, text, &fields);
        assert_true(out.n == 0 || memchr(out.p, '\n', out.n) == NULL);
        test_copy_free(text);
    }
}

static const struct code_case {
    const char *text, *slack, *other;
} code_cases[] = {
    { "alice@example.test", "alice@example.test", "alice@example.test" },
    { "@everyone <!channel> a&b",
      "@\xe2\x80\x8b"
      "everyone &lt;!channel&gt; a&amp;b",
      "@\xe2\x80\x8b"
      "everyone \xe2\x80\xb9!channel\xe2\x80\xba a&b" },
    { "```\n*x*", "'''\n*x*", "'''\n*x*" },
    { "(@here)", "(@\xe2\x80\x8bhere)", "(@\xe2\x80\x8bhere)" },
};

static void test_chats(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(code_cases); i++) {
        CLEANUP(buf_done) struct buf out = buf_make(OUT_MAX);

        harmless_code(&out, slice_of(code_cases[i].text), true);
        assert_true(slice_eq(buf_slice(&out), slice_of(code_cases[i].slack)));
        buf_clear(&out);
        harmless_code(&out, slice_of(code_cases[i].text), false);
        assert_true(slice_eq(buf_slice(&out), slice_of(code_cases[i].other)));
    }
}

static struct letter_head head(void)
{
    return (struct letter_head){ .from = SLICE("mailfuse@example.test"),
                                 .to = SLICE("postmaster@example.test"),
                                 .host = SLICE("mail.example.test\r\nBcc: x"),
                                 .id = SLICE("1.2@example.test"),
                                 .thread = SLICE("incident-1@example.test\r\nBcc: y"),
                                 .language = SLICE("en"),
                                 .kind = SLICE("test"),
                                 .severity = SLICE("info"),
                                 .at = { 1795000000000 },
                                 .utc_offset_s = 3600,
                                 .urgent = true };
}

/* Whatever the subject: lines end in CRLF, none is too long, and there are no headers but ours. */
static void check_message(struct slice message)
{
    static const char *const names[] = { "From",
                                         "To",
                                         "Subject",
                                         "Date",
                                         "Message-ID",
                                         "References",
                                         "In-Reply-To",
                                         "Auto-Submitted",
                                         "Importance",
                                         "Content-Language",
                                         "X-Mailfuse-Alert",
                                         "X-Mailfuse-Severity",
                                         "MIME-Version",
                                         "Content-Type",
                                         "Content-Transfer-Encoding" };
    struct slice line;
    size_t n = 0;

    while (slice_cut(&message, '\n', &line) && line.n > 1) {
        struct slice name = { NULL, 0 }, rest = line;

        assert_true(line.p[line.n - 1] == '\r' && line.n < 999);
        assert_null(memchr(line.p, '\r', line.n - 1));
        if (line.p[0] == ' ')
            continue;
        assert_true(n < COUNT(names) && slice_cut(&rest, ':', &name));
        assert_true(slice_eq(name, slice_of(names[n++])));
        assert_true(rest.n > 1 && rest.p[0] == ' ');
    }
    assert_int_equal(n, COUNT(names));
    while (slice_cut(&message, '\n', &line)) {
        assert_true(line.n <= 77 && line.p[line.n - 1] == '\r');
        for (size_t i = 0; i + 1 < line.n; i++)
            assert_true(line.p[i] == '\t' || (line.p[i] >= ' ' && line.p[i] <= '~'));
        assert_true(line.p[0] != '.');
    }
    assert_int_equal(message.n, 0);
}

static void test_letters(void **state)
{
    static const char *const subjects[] = {
        "alice is locked",
        "",
        "Grüße an alle: die Warteschlange wächst und wächst und wächst und wächst",
        "a =?UTF-8?B?eA==?= b",
        "x\r\nBcc: evil@example.test",
        "one long word: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaa",
        "\xff\xfe\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
        "\x80\x80\x80\x80"
        "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
        "\x80\x80\x80\x80",
    };
    struct letter_head h = head();

    (void)state;
    for (size_t i = 0; i < COUNT(subjects); i++) {
        CLEANUP(buf_done) struct buf out = buf_make(LETTER_MAX);
        struct slice subject = test_copy(slice_of(subjects[i]));

        assert_true(
            letter_write(&out, &h, subject,
                         SLICE("Straße = 1\n.\nFrom me\ntrailing \n\nA very long line that has "
                               "to be broken since it is longer than seventy-six columns\n")));
        if (subject.n > 0)
            check_message(buf_slice(&out));
        test_copy_free(subject);
    }
}

static bool has(const struct buf *out, struct slice text)
{
    return memmem(out->p, out->n, text.p, text.n) != NULL;
}

static void test_letter_as_it_is(void **state)
{
    CLEANUP(buf_done) struct buf out = buf_make(LETTER_MAX);
    struct letter_head h = head();

    (void)state;
    assert_true(letter_write(&out, &h, SLICE("Größe"), SLICE("ä\n")));
    assert_true(has(&out, SLICE("Subject: =?UTF-8?B?R3LDtsOfZQ==?=\r\n")));
    assert_true(has(&out, SLICE("Date: Wed, 18 Nov 2026 12:06:40 +0100\r\n")));
    assert_true(has(&out, SLICE("\r\n\r\n=C3=A4\r\n")));
}

static void test_owners(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct owners *o = owners_parse(
        "f", SLICE("# who\n\nAlice@Example.test alice@private.test fr\nbob bob@private.test\r\n"),
        &errors);

    (void)state;
    assert_non_null(o);
    assert_true(slice_eq(owners_find(o, SLICE("alice@example.test"))->address,
                         SLICE("alice@private.test")));
    assert_true(slice_eq(owners_find(o, SLICE("alice@example.test"))->language, SLICE("fr")));
    assert_int_equal(owners_find(o, SLICE("bob"))->language.n, 0);
    assert_null(owners_find(o, SLICE("carol")));
    assert_null(owners_find(NULL, SLICE("carol")));
    owners_free(o);
    assert_null(owners_parse(
        "f", SLICE("a b\na a@b.test german\nb b@b.test\nb c@b.test\nc d@b.test\tde x\n"), &errors));
    assert_int_equal(errors.n, 4);
    assert_string_equal(
        errors.all[0].text.p,
        "f:1: \"b\" is no address; write the account, a blank and an address at which "
        "its owner reads mail elsewhere");
    assert_string_equal(errors.all[2].text.p, "f:4: \"b\" has a line already, line 3; keep one");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_those_of_the_program),
        cmocka_unit_test(test_sections_take_the_place),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_chats),
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_letter_as_it_is),
        cmocka_unit_test(test_owners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
