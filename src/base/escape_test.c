#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/escape.h"
#include "base/test_copy.h"

#include "base/ban.h"

#define FFFD "\xef\xbf\xbd"

static const struct escape_case {
    const char *name, *in, *terminal, *utf8;
    size_t columns;
} escape_cases[] = {
    { "nothing", "", "", "", 0 },
    { "ASCII", "alice@example.test ~", "alice@example.test ~", "alice@example.test ~", 20 },
    { "umlaut", "M\xc3\xbcller", "M\xc3\xbcller", "M\xc3\xbcller", 6 },
    { "terminal escape", "\x1b[31mred\x1b[0m", "?[31mred?[0m", "\x1b[31mred\x1b[0m", 12 },
    { "C0 and DEL", "a\tb\r\nc\x7f", "a?b??c?", "a\tb\r\nc\x7f", 7 },
    { "C1: U+009B is CSI",
      "\xc2\x9b"
      "31m",
      "?31m",
      "\xc2\x9b"
      "31m",
      4 },
    { "right-to-left override",
      "a\xe2\x80\xae"
      "b",
      "a?b",
      "a\xe2\x80\xae"
      "b",
      3 },
    { "isolates", "\xe2\x81\xa6x\xe2\x81\xa9", "?x?", "\xe2\x81\xa6x\xe2\x81\xa9", 3 },
    { "zero width space", "a\xe2\x80\x8bz", "a?z", "a\xe2\x80\x8bz", 3 },
    { "byte order mark", "\xef\xbb\xbfx", "?x", "\xef\xbb\xbfx", 2 },
    { "line separator", "a\xe2\x80\xa8z", "a?z", "a\xe2\x80\xa8z", 3 },
    { "paragraph separator", "a\xe2\x80\xa9z", "a?z", "a\xe2\x80\xa9z", 3 },
    { "Hangul filler", "a\xe3\x85\xa4z", "a?z", "a\xe3\x85\xa4z", 3 },
    { "combining", "e\xcc\x81", "e\xcc\x81", "e\xcc\x81", 1 },
    { "wide", "\xe6\xbc\xa2\xe5\xad\x97", "\xe6\xbc\xa2\xe5\xad\x97", "\xe6\xbc\xa2\xe5\xad\x97",
      4 },
    { "fullwidth", "\xef\xbc\xa1", "\xef\xbc\xa1", "\xef\xbc\xa1", 2 },
    { "emoji", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", 2 },
    { "Latin-1", "M\xfcller", "M?ller", "M" FFFD "ller", 6 },
    { "overlong '/'", "\xc0\xaf", "??", FFFD FFFD, 2 },
    { "overlong, three bytes", "\xe0\x80\xaf", "???", FFFD FFFD FFFD, 3 },
    { "overlong, four bytes", "\xf0\x80\x80\xaf", "????", FFFD FFFD FFFD FFFD, 4 },
    { "surrogate", "\xed\xa0\x80", "???", FFFD FFFD FFFD, 3 },
    { "above U+10FFFF", "\xf4\x90\x80\x80", "????", FFFD FFFD FFFD FFFD, 4 },
    { "cut", "a\xe2\x80", "a??", "a" FFFD FFFD, 3 },
    { "continuation alone", "\x80\xbf", "??", FFFD FFFD, 2 },
    { "bytes that never occur", "\xfe\xff\xf5", "???", FFFD FFFD FFFD, 3 },
};

static void assert_text(struct buf *b, const char *want, const char *name, const char *way)
{
    struct slice got = buf_slice(b);

    if (!slice_eq(got, slice_of(want)))
        fail_msg("%s, %s: got \"%.*s\", want \"%s\"", name, way, SLICE_ARG(got), want);
    buf_clear(b);
}

static void test_cases(void **state)
{
    struct buf out = buf_make(1000);

    (void)state;
    for (size_t i = 0; i < COUNT(escape_cases); i++) {
        const struct escape_case *c = &escape_cases[i];
        struct slice in = test_copy(slice_of(c->in));

        escape_terminal(&out, in);
        assert_text(&out, c->terminal, c->name, "terminal");
        escape_html(&out, in);
        assert_text(&out, c->terminal, c->name, "html");
        escape_utf8(&out, in);
        assert_text(&out, c->utf8, c->name, "utf8");
        if (escape_columns(in) != c->columns)
            fail_msg("%s: got %zu columns, want %zu", c->name, escape_columns(in), c->columns);
        test_copy_free(in);
    }
    buf_done(&out);
}

static void test_nul(void **state)
{
    struct buf out = buf_make(100);

    (void)state;
    escape_terminal(&out, SLICE("a\0b"));
    assert_text(&out, "a?b", "NUL", "terminal");
    escape_utf8(&out, SLICE("a\0b"));
    assert_text(&out, "a" FFFD "b", "NUL", "utf8");
    buf_done(&out);
}

static void test_html(void **state)
{
    struct buf out = buf_make(200);

    (void)state;
    escape_html(&out, SLICE("<script>alert(\"1\" & '2')</script>"));
    assert_text(&out, "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;", "tags",
                "html");
    buf_done(&out);
}

/* The bytes of a code point, whether that is a character or not. */
static struct slice encode(uint32_t code, char bytes[4])
{
    if (code < 0x80) {
        bytes[0] = (char)code;
        return (struct slice){ bytes, 1 };
    }
    if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3f));
        return (struct slice){ bytes, 2 };
    }
    if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code & 0x3f));
        return (struct slice){ bytes, 3 };
    }
    bytes[0] = (char)(0xf0 | code >> 18);
    bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (code & 0x3f));
    return (struct slice){ bytes, 4 };
}

/* Every code point that UTF-8 can write passes escape_utf8, and nothing above U+10FFFF does. */
static void test_every_code_point(void **state)
{
    struct buf out = buf_make(100);
    char bytes[4];

    (void)state;
    for (uint32_t code = 1; code < 0x1fffff; code += code < 0x20000 ? 1 : 61) {
        struct slice s = encode(code, bytes);
        bool valid = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

        escape_utf8(&out, s);
        if (slice_eq(buf_slice(&out), s) != valid)
            fail_msg("U+%04X: want %s", code, valid ? "unchanged" : "replaced");
        buf_clear(&out);
    }
    buf_done(&out);
}

static void test_limit(void **state)
{
    struct buf out = buf_make(10);

    (void)state;
    escape_html(&out, SLICE("<<<<<<"));
    assert_true(out.full);
    assert_text(&out, "&lt;&lt;", "limit", "html");
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases), cmocka_unit_test(test_nul),
        cmocka_unit_test(test_html),  cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
