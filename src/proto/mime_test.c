#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "proto/mime.h"

#include "base/ban.h"

static void expect(const char *name, struct slice got, const char *want)
{
    if (!slice_eq(got, slice_of(want)))
        fail_msg("%s: got '%.*s', want '%s'", name, SLICE_ARG(got), want);
}

static const struct type_case {
    const char *in, *type, *boundary;
} type_cases[] = {
    { "Content-Type: multipart/report; boundary=b\n", "multipart/report", "b" },
    { "content-type:Multipart/Mixed ;\r\n\tcharset=x;\r\n boundary=\"a b;=\"\r\n",
      "Multipart/Mixed", "a b;=" },
    { "Content-Type: multipart/x; report-type=\"y\"; boundary=\"==z==\" (remark)\n", "multipart/x",
      "==z==" },
    { "Content-Type: (c) multipart/x (boundary=no); boundary (x) = (y) ==b==\n", "multipart/x",
      "==b==" },
    { "Content-Type: multipart/x; boundary\n", "multipart/x", "" },
    { "Content-Type: multipart/x; boundary=\"open\n", "multipart/x", "open" },
    { "Content-Type: multipart/x; boundary=a; boundary=b\n", "multipart/x", "a" },
    { "Content-Type:\n", "", "" },
    { "Subject: x\n", "", "" },
    { "", "", "" },
};

static void test_types(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(type_cases); i++) {
        struct slice in = test_copy(slice_of(type_cases[i].in));
        struct mime_type type = mime_type_of(in);

        expect(type_cases[i].in, type.type, type_cases[i].type);
        expect(type_cases[i].in, type.boundary, type_cases[i].boundary);
        test_copy_free(in);
    }
}

/* The parts, each in brackets; '!' at the end when the closing delimiter is missing. */
static const struct part_case {
    const char *in, *want;
} part_cases[] = {
    { "--b\none\n--b\ntwo\n--b--\nend", "[one][two]" },
    { "before\n--b\r\none\r\n--b--\r\n", "[one]" },
    { "--b\rone\r\r--b--\r", "[one\r]" },
    { "--b\n--b\n\n--b--", "[][]" },
    { "--b \none\n--b-- \n", "[one]" },
    { "--b\none\n--bc\n--b-x\n -- b\n--b--\n", "[one\n--bc\n--b-x\n -- b]" },
    { "--b\none\n", "[one]!" },
    { "--b\none", "[one]!" },
    { "--b", "[]!" },
    { "--b--\none\n--b\n", "" },
    { "one\ntwo", "!" },
    { "", "!" },
};

static void test_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(part_cases); i++) {
        struct slice in = test_copy(slice_of(part_cases[i].in)), part;
        struct mime_parts parts = mime_parts(in, SLICE("b"));
        char got[200] = "";
        size_t n = 0;

        while (mime_next_part(&parts, &part))
            n += (size_t)snprintf(got + n, sizeof got - n, "[%.*s]", SLICE_ARG(part));
        snprintf(got + n, sizeof got - n, "%s", parts.cut ? "!" : "");
        expect(part_cases[i].in, slice_of(got), part_cases[i].want);
        test_copy_free(in);
    }
}

static const struct decode_case {
    const char *coding, *in, *want;
} decode_cases[] = {
    { "base64", "aGVs\r\nbG8=\r\n", "hello" },
    { "BASE64 (x)", "aGVsbG8", "hello" },
    { "base64", "a", "" },
    { "base64", "aGVs!!bG8=ignored", "hello" },
    { "quoted-printable", "a=3Db=\r\nc= \n=3", "a=bc=3" },
    { "quoted-printable", "=", "" },
    { "quoted-printable", "=zz", "=zz" },
    { "7bit", "a=3Db", "a=3Db" },
    { "x-unknown", "a", "a" },
};

static void test_decode(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(decode_cases); i++) {
        const struct decode_case *c = &decode_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct arena room = { 0 };
        char header[100];

        snprintf(header, sizeof header, "Content-Transfer-Encoding: %s\n", c->coding);
        expect(c->in, mime_decode(slice_of(header), in, 100, &room), c->want);
        arena_done(&room);
        test_copy_free(in);
    }
}

static void test_fields(void **state)
{
    struct slice in = test_copy(SLICE("no field\nA : 1\n more\nBad Name: 2\n\tfold\nB:\n\nC: 3"));
    struct mime_entity e = mime_split(in);

    (void)state;
    expect("header", e.header, "no field\nA : 1\n more\nBad Name: 2\n\tfold\nB:\n");
    expect("body", e.body, "C: 3");
    expect("A", mime_field(e.header, SLICE("a")), "1\n more");
    expect("B", mime_field(e.header, SLICE("B")), "");
    expect("none", mime_field(e.header, SLICE("Bad Name")), "");
    test_copy_free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
