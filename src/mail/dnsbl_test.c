#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "mail/dnsbl.h"

#include "base/ban.h"

static const struct name_case {
    const char *subject, *zone, *want;
} name_cases[] = {
    { "192.0.2.99", "bl.test", "99.2.0.192.bl.test" },
    { "2001:db8:1:2:3:4:567:89ab", "ugly.example.com", /* the example of RFC 5782 section 2.4 */
      "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example.com" },
    { "Example.TEST.", "dbl.test", "example.test.dbl.test" },
    { "m\xc3\xbcnchen.example", "dbl.test", "xn--mnchen-3ya.example.dbl.test" },
    { "_dmarc.example.test", "dbl.test", "_dmarc.example.test.dbl.test" },
    { "a", "dbl.test", "a.dbl.test" },
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        struct slice text = test_copy(slice_of(c->subject));
        char room[DNSBL_NAME_MAX], got[DNSBL_NAME_MAX];
        struct dnsbl_subject subject;

        assert_null(dnsbl_subject_parse(text, room, &subject));
        test_copy_free(text);
        assert_true(dnsbl_name(&subject, c->zone, got));
        assert_string_equal(got, c->want);
    }
}

static void test_no_subjects(void **state)
{
    static const char *const wrong[] = {
        "",
        ".",
        "a..b",
        "192.0.2",
        "192.0.2.300",
        "a b",
        "alice@example.test",
        "-\n",
        "a\x01.b",
        "1",
        "a/b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    };
    char room[DNSBL_NAME_MAX];
    struct dnsbl_subject subject;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct slice text = test_copy(slice_of(wrong[i]));

        if (dnsbl_subject_parse(text, room, &subject) == NULL)
            fail_msg("\"%s\": got a subject", wrong[i]);
        test_copy_free(text);
    }
}

static void test_too_long_a_name(void **state)
{
    char domain[DNSBL_NAME_MAX], room[DNSBL_NAME_MAX], got[DNSBL_NAME_MAX];
    struct dnsbl_subject subject;

    (void)state;
    for (size_t i = 0; i < 248; i++)
        domain[i] = i % 2 == 0 ? 'a' : '.';
    domain[247] = 'a';
    domain[248] = '\0';
    domain[246] = 'b';
    assert_null(dnsbl_subject_parse(slice_of(domain), room, &subject));
    assert_false(dnsbl_name(&subject, "bl.test", got));
    assert_true(dnsbl_name(&subject, "test", got));
    assert_int_equal(strlen(got), 253);
}

static const struct dnsbl_code codes[] = {
    { 0x7f000002, 0x7f000002, 0, DNSBL_MEANS_LISTED, "spam" },
    { 0x7f000004, 0x7f000007, 0, DNSBL_MEANS_LISTED, "proxy" },
    { 0x7f00000a, 0x7f00000b, 0, DNSBL_MEANS_NOTE, "dial-up" },
    { 0x7f0001ff, 0x7f0001ff, 0, DNSBL_MEANS_ERROR, "an address was asked for" },
};
static const struct dnsbl_code bits[] = {
    { 0, 0, 1, DNSBL_MEANS_ERROR, "refused" },
    { 0, 0, 4, DNSBL_MEANS_NOTE, "grey" },
    { 0, 0, 8, DNSBL_MEANS_LISTED, "phishing" },
    { 0, 0, 16, DNSBL_MEANS_LISTED, "malware" },
};
static const struct dnsbl_list with_codes = { .codes = codes, .codes_n = COUNT(codes) };
static const struct dnsbl_list with_bits = { .codes = bits, .codes_n = COUNT(bits) };
static const struct dnsbl_list plain = { .codes = NULL };

static const struct judge_case {
    const struct dnsbl_list *list;
    uint32_t answers[3];
    enum dnsbl_finding want;
    size_t n;
    const char *words;
} judge_cases[] = {
    { &with_codes, { 0 }, DNSBL_CLEAN, 0, "" },
    { &with_codes, { 0x7f000002 }, DNSBL_LISTED, 1, "spam" },
    { &with_codes, { 0x7f000002, 0x7f000005 }, DNSBL_LISTED, 2, "spam; proxy" },
    { &with_codes, { 0x7f00000a }, DNSBL_NOTED, 1, "dial-up" },
    { &with_codes, { 0x7f00000b, 0x7f000004 }, DNSBL_LISTED, 2, "dial-up; proxy" },
    { &with_codes, { 0x7f000004, 0x7f00000b }, DNSBL_LISTED, 2, "proxy; dial-up" },
    { &with_codes, { 0x7f000063 }, DNSBL_LISTED, 1, "127.0.0.99: a code that is not in its table" },
    { &with_codes, { 0x7f0001ff }, DNSBL_REFUSED, 1, "an address was asked for" },
    { &with_codes,
      { 0x7f000002, 0x7ffffffe },
      DNSBL_REFUSED,
      2,
      "spam; 127.255.255.254: it refuses questions of public resolvers, and of hosts without a "
      "name of their own in reverse DNS" },
    { &with_codes,
      { 0x7ffffffc },
      DNSBL_REFUSED,
      1,
      "127.255.255.252: the name of the list is mistyped" },
    { &with_codes, { 0x7fffffff }, DNSBL_REFUSED, 1, "127.255.255.255: it was asked too often" },
    { &with_codes, { 0x7fffff07 }, DNSBL_REFUSED, 1, "127.255.255.7: it refuses the question" },
    { &with_codes,
      { 0x7f000001 },
      DNSBL_FOREIGN,
      1,
      "127.0.0.1: must never be an answer (RFC 5782)" },
    { &with_codes,
      { 0xcb007101 },
      DNSBL_FOREIGN,
      1,
      "203.0.113.1: no answer of a list; somebody on the way has changed it" },
    { &with_bits, { 0x7f000018 }, DNSBL_LISTED, 1, "phishing; malware" },
    { &with_bits, { 0x7f00000c }, DNSBL_LISTED, 1, "grey; phishing" },
    { &with_bits, { 0x7f000004 }, DNSBL_NOTED, 1, "grey" },
    { &with_bits, { 0x7f000001 }, DNSBL_REFUSED, 1, "refused" },
    { &with_bits, { 0x7f0000ff }, DNSBL_REFUSED, 1, "refused" },
    { &with_bits, { 0x7f000040 }, DNSBL_LISTED, 1, "127.0.0.64: a code that is not in its table" },
    { &plain, { 0x7f000009 }, DNSBL_LISTED, 1, "127.0.0.9" },
};

static void test_judge(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(judge_cases); i++) {
        const struct judge_case *c = &judge_cases[i];
        CLEANUP(buf_done) struct buf words = buf_make(1000);
        enum dnsbl_finding got = dnsbl_judge(c->list, c->answers, c->n, &words);

        buf_add_char(&words, '\0');
        if (got != c->want || strcmp(words.p, c->words) != 0)
            fail_msg("case %zu: got %d \"%s\", want %d \"%s\"", i, got, words.p, c->want, c->words);
    }
}

/* No answer, whatever it is, is a listing when it is not in 127.0.0.0/8, or in 127.255.255.0/24. */
static void test_every_network(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 0x10000; i++) {
        CLEANUP(buf_done) struct buf words = buf_make(1000);
        uint32_t answer = i << 16u | 0xff02;
        enum dnsbl_finding got = dnsbl_judge(&with_codes, &answer, 1, &words);
        enum dnsbl_finding want = i >> 8u != 127 ? DNSBL_FOREIGN
                                  : i == 0x7fff  ? DNSBL_REFUSED
                                                 : DNSBL_LISTED;

        assert_int_equal(got, want);
    }
}

static void test_page(void **state)
{
    const struct dnsbl_list list = { .page = "https://bl.test/?a=%a&b=%a" };
    struct dnsbl_subject subject;
    char room[DNSBL_NAME_MAX];
    CLEANUP(buf_done) struct buf out = buf_make(200);

    (void)state;
    assert_null(dnsbl_subject_parse(SLICE("2001:DB8::1"), room, &subject));
    dnsbl_page(&list, &subject, &out);
    buf_add_char(&out, '\0');
    assert_string_equal(out.p, "https://bl.test/?a=2001:db8::1&b=2001:db8::1");
}

static void test_public_resolvers(void **state)
{
    static const struct {
        const char *address, *want;
    } cases[] = {
        { "8.8.8.8", "Google" },     { "2001:4860:4860::8844", "Google" },
        { "1.1.1.1", "Cloudflare" }, { "9.9.9.9", "Quad9" },
        { "2620:fe::9", "Quad9" },   { "127.0.0.1", NULL },
        { "192.0.2.53", NULL },      { "::1", NULL },
    };
    struct ip ip;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *got;

        assert_true(ip_parse(slice_of(cases[i].address), &ip));
        got = dnsbl_public_resolver(&ip);
        if (cases[i].want == NULL)
            assert_null(got);
        else
            assert_string_equal(got, cases[i].want);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_subjects),
        cmocka_unit_test(test_too_long_a_name),
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_every_network),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_public_resolvers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
