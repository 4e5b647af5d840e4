#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/fixture.h"
#include "report/html.h"
#include "report/page_css.h"

#include "base/ban.h"

static const struct {
    const char *name;
    void (*make)(struct report *r);
} fixtures[] = {
    { "company", fixture_company },
    { "hostile", fixture_hostile },
    { "calm", fixture_calm },
    { "empty", fixture_empty },
};

static struct buf write_page(const struct report *r)
{
    struct html_options options = { .version = "0.0.0" };
    struct buf page = buf_make(HTML_PAGE_MAX);

    html_write(r, &options, &page);
    assert_false(page.full);
    return page;
}

static size_t count(struct slice page, struct slice what)
{
    struct slice head;
    size_t n = 0;

    while (slice_cut_at(&page, what, &head))
        n++;
    return n;
}

static bool has(struct slice page, const char *what)
{
    return count(page, slice_of(what)) > 0;
}

/* What follows the head: the style sheet is not what these tests are about. */
static struct slice body_of(struct slice page)
{
    struct slice head;

    assert_true(slice_cut_at(&page, SLICE("</head>"), &head));
    return page;
}

/* Each element that is opened is closed, in order; each attribute is quoted. `what` for messages.
 */
static void check_nesting(const char *what, struct slice rest)
{
    struct slice open[64], text, tag, name;
    size_t depth = 0;

    while (slice_cut(&rest, '<', &text) && slice_cut(&rest, '>', &tag)) {
        if (memchr(text.p, '>', text.n) != NULL)
            fail_msg("%s: a '>' in text: %.*s", what, SLICE_ARG(text));
        if (slice_skip(&tag, SLICE("/"))) {
            if (depth == 0 || !slice_eq(open[--depth], tag))
                fail_msg("%s: </%.*s> closes nothing", what, SLICE_ARG(tag));
        } else if (!slice_ends(tag, SLICE("/"))) {
            name = tag;
            slice_cut(&tag, ' ', &name);
            assert_true(depth < 64);
            open[depth++] = name;
        }
        if (count(tag, SLICE("\"")) % 2 != 0)
            fail_msg("%s: quotes in <%.*s>", what, SLICE_ARG(tag));
    }
}

static void test_structure(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        struct report r;
        struct buf page;
        struct slice text, body;

        fixtures[i].make(&r);
        page = write_page(&r);
        text = buf_slice(&page);
        assert_true(slice_starts(text, SLICE("<!DOCTYPE html>\n<html lang=\"en\">")));
        assert_int_equal(count(text, SLICE("<style>")), 1);
        assert_true(has(text, page_css_hash));
        assert_true(has(text, "default-src 'none'; style-src 'sha256-"));
        body = body_of(text);
        assert_true(slice_skip(&body, SLICE("\n<body>")));
        assert_int_equal(count(body, SLICE("<h1>")), 1);
        assert_true(slice_cut_at(&body, SLICE("</body>"), &text));
        check_nesting(fixtures[i].name, text);
        buf_done(&page);
        report_done(&r);
    }
}

/* Nothing runs, nothing is fetched, no style escapes the sheet: whatever the log says. */
static void test_harmless(void **state)
{
    static const char *const never[] = { "<script", "<img",  "<iframe", "<object", "<link",
                                         " style=", " src=", " on",     "@import", "url(" };

    (void)state;
    for (size_t i = 0; i < COUNT(fixtures); i++) {
        struct report r;
        struct buf page;
        struct slice rest, text, tag;

        fixtures[i].make(&r);
        page = write_page(&r);
        for (size_t at = 0; at < page.n; at++)
            if ((unsigned char)page.p[at] < ' ' && page.p[at] != '\n')
                fail_msg("%s: control character %d", fixtures[i].name, page.p[at]);
        assert_false(has(buf_slice(&page), "\xE2\x80\xAE")); /* right-to-left override */
        rest = body_of(buf_slice(&page));
        while (slice_cut(&rest, '<', &text) && slice_cut(&rest, '>', &tag)) {
            struct slice whole = { tag.p - 1, tag.n + 1 };

            for (size_t k = 0; k < COUNT(never); k++)
                if (has(whole, never[k]) && !has(whole, "aria-label"))
                    fail_msg("%s: <%.*s>", fixtures[i].name, SLICE_ARG(tag));
            if (has(whole, "href=") && !has(whole, "href=\"#fuse-"))
                fail_msg("%s: a link that leaves the page: <%.*s>", fixtures[i].name,
                         SLICE_ARG(tag));
        }
        buf_done(&page);
        report_done(&r);
    }
}

static void test_company(void **state)
{
    static const char *const wanted[] = {
        "anna.berger@example.test",
        "612 logins failed from 143 addresses",
        "would have been held from <time datetime=\"2026-11-19T02:14:07+01:00\">",
        "locked <time datetime=\"2026-11-19T02:16:31+01:00\">",
        "In doubt, 9 messages to 180 recipients would have been let go as canaries, and nothing "
        "after them. Their results decided 2 min 24 s later.",
        "Held when the log ends",
        "36 messages to 36 recipients got out. 8 messages to 8 recipients would be held when the "
        "log ends.",
        "Holds that ended by themselves",
        "56 of 61,224 messages of those who were never locked would have been late (915 per "
        "million), the longest by 45 min.",
        "2 smaller findings",
        "Rede Exemplo de Telecomunica\xC3\xA7\xC3\xB5",
        "and 182 more addresses",
        "5 messages on ",
        "User unknown",
        "<pre tabindex=\"0\"><code>",
        "class=\"mark held\"",
        "class=\"mark locked\"",
        "href=\"#fuse-4\"",
        "Worth watching",
        "Guessing passwords",
        "Who is refusing our mail",
        "Who wrote there",
        "Not understood, by kind",
    };
    struct report r;
    struct buf page;

    (void)state;
    fixture_company(&r);
    page = write_page(&r);
    for (size_t i = 0; i < COUNT(wanted); i++)
        if (!has(buf_slice(&page), wanted[i]))
            fail_msg("the page does not say \"%s\"", wanted[i]);
    assert_int_equal(count(buf_slice(&page), SLICE("<article ")), r.fuses_n);
    buf_done(&page);
    report_done(&r);
}

/* `n` copies of the first item of a list, in the report's arena. */
static void *repeat(struct report *r, const void *item, size_t size, size_t n)
{
    char *list = arena_take(&r->arena, size * n);

    for (size_t i = 0; i < n; i++)
        memcpy(list + i * size, item, size);
    return list;
}

static void test_bounded(void **state)
{
    enum { MANY = 5000 };
    struct report r;
    struct buf page;

    (void)state;
    fixture_hostile(&r);
    r.fuses = repeat(&r, &r.fuses[1], sizeof *r.fuses, MANY);
    r.accounts = repeat(&r, &r.accounts[0], sizeof *r.accounts, MANY);
    r.brutes = repeat(&r, &r.brutes[0], sizeof *r.brutes, MANY);
    r.watch = repeat(&r, &r.watch[0], sizeof *r.watch, MANY);
    r.fuses_n = r.accounts_n = r.brutes_n = r.watch_n = MANY;
    page = write_page(&r);
    assert_int_equal(count(buf_slice(&page), SLICE("<article ")), HTML_CARDS_MAX);
    assert_true(has(buf_slice(&page), "and 4,800 more accounts"));
    assert_true(has(buf_slice(&page), "and 4,800 more fuses"));
    if (page.n > HTML_PAGE_MAX / 4)
        fail_msg("the page has %zu bytes", page.n);
    buf_done(&page);
    report_done(&r);
}

/* A buf that is too small gets a part of the page and says so; nothing else happens. */
static void test_too_small(void **state)
{
    struct html_options options = { .version = "0.0.0" };
    struct buf page = buf_make(1000);
    struct report r;

    (void)state;
    fixture_company(&r);
    html_write(&r, &options, &page);
    assert_true(page.full);
    assert_true(page.n <= 1000);
    buf_done(&page);
    report_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure), cmocka_unit_test(test_harmless),
        cmocka_unit_test(test_company),   cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_too_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
