#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/test_copy.h"
#include "proto/dns_answer.h"

#include "base/ban.h"

/* The question "2.bl.test", and a pointer to it. */
#define ASKED                                                                                      \
    "\x01"                                                                                         \
    "2"                                                                                            \
    "\x02"                                                                                         \
    "bl"                                                                                           \
    "\x04"                                                                                         \
    "test"                                                                                         \
    "\0"                                                                                           \
    "\0\x01"                                                                                       \
    "\0\x01"
#define TO_IT "\xc0\x0c"
#define A_RECORD                                                                                   \
    TO_IT "\0\x01"                                                                                 \
          "\0\x01"                                                                                 \
          "\0\0\0\x3c"                                                                             \
          "\0\x04"
#define TXT_RECORD                                                                                 \
    TO_IT "\0\x10"                                                                                 \
          "\0\x01"                                                                                 \
          "\0\0\0\x0a"

static const struct answer_case {
    const char *name;
    struct slice in;
    unsigned code;
    size_t a_n;
    uint32_t first;
    uint32_t ttl_s;
    const char *text;
} answer_cases[] = {
    { "one address", SLICE_INIT("\1\2\x81\x80\0\1\0\1\0\0\0\0" ASKED A_RECORD "\x7f\0\0\2"),
      DNS_NOERROR, 1, 0x7f000002, 60, "" },
    { "two addresses",
      SLICE_INIT("\1\2\x81\x80\0\1\0\2\0\0\0\0" ASKED A_RECORD "\x7f\0\0\4" A_RECORD "\x7f\0\0\2"),
      DNS_NOERROR, 2, 0x7f000002, 60, "" },
    { "no such name", SLICE_INIT("\1\2\x81\x83\0\1\0\0\0\0\0\0" ASKED), DNS_NXDOMAIN, 0, 0, 0, "" },
    { "refused", SLICE_INIT("\1\2\x81\x85\0\0\0\0\0\0\0\0"), DNS_REFUSED, 0, 0, 0, "" },
    { "text in two parts",
      SLICE_INIT("\1\2\x81\x80\0\1\0\1\0\0\0\0" ASKED TXT_RECORD "\0\x07"
                 "\x03"
                 "see"
                 "\x02"
                 " x"),
      DNS_NOERROR, 0, 0, 10, "see x" },
    { "two texts",
      SLICE_INIT("\1\2\x81\x80\0\1\0\2\0\0\0\0" ASKED TXT_RECORD "\0\2"
                 "\1a" TXT_RECORD "\0\2"
                 "\1b"),
      DNS_NOERROR, 0, 0, 10, "a; b" },
    { "a text that is longer than its record",
      SLICE_INIT("\1\2\x81\x80\0\1\0\1\0\0\0\0" ASKED TXT_RECORD "\0\3"
                 "\x09"
                 "ab"),
      DNS_NOERROR, 0, 0, 10, "ab" },
    { "an address of five bytes, and an alias",
      SLICE_INIT("\1\2\x81\x80\0\1\0\2\0\0\0\0" ASKED TO_IT "\0\1\0\1\0\0\0\1\0\5"
                 "\x7f\0\0\2\2" TO_IT "\0\5\0\1\0\0\0\2\0\2"
                 "\xc0\x0c"),
      DNS_NOERROR, 0, 0, 1, "" },
    { "an address of another class",
      SLICE_INIT("\1\2\x81\x80\0\1\0\1\0\0\0\0" ASKED TO_IT "\0\1\0\3\0\0\0\1\0\4"
                 "\x7f\0\0\2"),
      DNS_NOERROR, 0, 0, 1, "" },
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answer_cases); i++) {
        const struct answer_case *c = &answer_cases[i];
        struct slice in = test_copy(c->in);
        struct dns_answer got;

        if (!dns_answer_parse(in, &got))
            fail_msg("%s: got nothing", c->name);
        assert_int_equal(got.code, c->code);
        assert_int_equal(got.a_n, c->a_n);
        if (c->a_n > 0)
            assert_int_equal(got.a[0], c->first);
        assert_int_equal(got.ttl_s, c->ttl_s);
        assert_true(slice_eq((struct slice){ got.text, got.text_n }, slice_of(c->text)));
        test_copy_free(in);
    }
}

/* A message that is cut anywhere is none. */
static void test_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answer_cases); i++) {
        for (size_t n = 0; n < answer_cases[i].in.n; n++) {
            struct slice in = test_copy(slice_head(answer_cases[i].in, n));
            struct dns_answer got;

            assert_false(dns_answer_parse(in, &got));
            test_copy_free(in);
        }
    }
}

static void test_a_question(void **state)
{
    struct dns_answer got;

    (void)state;
    assert_false(dns_answer_parse(SLICE("\1\2\1\0\0\1\0\0\0\0\0\0" ASKED), &got));
}

/* More than there is room for. */
static void test_many(void **state)
{
    static const struct slice head = SLICE_INIT("\1\2\x81\x80\0\0\0\x64\0\0\0\0");
    static const struct slice record = SLICE_INIT("\0"
                                                  "\0\x10\0\1\0\0\0\1\0\x21"
                                                  "\x20"
                                                  "0123456789abcdef0123456789abcdef");
    static const struct slice address = SLICE_INIT("\0"
                                                   "\0\1\0\1\0\0\0\1\0\4"
                                                   "\x7f\0\0\2");
    CLEANUP(buf_done) struct buf in = buf_make(100000);
    struct dns_answer got;

    (void)state;
    buf_add(&in, head);
    for (int i = 0; i < 50; i++) {
        buf_add(&in, record);
        buf_add(&in, address);
    }
    assert_true(dns_answer_parse(buf_slice(&in), &got));
    assert_int_equal(got.a_n, DNS_ADDRESSES_MAX);
    assert_int_equal(got.text_n, DNS_TEXT_MAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_a_question),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
