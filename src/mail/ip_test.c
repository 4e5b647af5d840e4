#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "mail/ip.h"

#include "base/ban.h"

static const struct parse_case {
    const char *in, *want; /* the text of the address; NULL: none */
} parse_cases[] = {
    { "192.0.2.1", "192.0.2.1" },
    { "0.0.0.0", "0.0.0.0" },
    { "255.255.255.255", "255.255.255.255" },
    { "2001:db8::1", "2001:db8::1" },
    { "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
    { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, /* RFC 5952: one 0 stays */
    { "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
    { "::1", "::1" },
    { "::", "" },
    { "::ffff:192.0.2.1", "192.0.2.1" },
    { "::ffff:c000:201", "192.0.2.1" },
    { "IPv6:2001:db8::1", "2001:db8::1" },
    { "ipv6:2001:db8::1", "2001:db8::1" },
    { "2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:6666" },
    { "", NULL },
    { "1", NULL },
    { "192.0.2", NULL },
    { "192.0.2.", NULL },
    { "192.0.2.1.", NULL },
    { "192.0.2.1.1", NULL },
    { ".192.0.2.1", NULL },
    { "192..2.1", NULL },
    { "192.0.2.256", NULL },
    { "192.0.2.1000", NULL },
    { "192.0.2.010", NULL },
    { "192.0.2.00", NULL },
    { "192.0.2.-1", NULL },
    { "192.0.2.1 ", NULL },
    { " 192.0.2.1", NULL },
    { "192.0.2.1:25", NULL },
    { "[192.0.2.1]", NULL },
    { "[2001:db8::1]", NULL },
    { "fe80::1%eth0", NULL },
    { "IPv6:", NULL },
    { "IPv6:192.0.2.1", NULL },
    { "2001:db8::1::2", NULL },
    { "2001:db8:1", NULL },
    { "12345::1", NULL },
    { "2001:db8:1111:2222:3333:4444:5555:6666:7777", NULL },
    { "0000:0000:0000:0000:0000:ffff:255.255.255.2555", NULL },
    { "mail.example.test", NULL },
    { "unknown", NULL },
};

static void test_parse(void **state)
{
    char text[IP_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(parse_cases); i++) {
        const struct parse_case *c = &parse_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct ip got = { { 42 } };
        bool ok = ip_parse(in, &got);

        if (ok != (c->want != NULL))
            fail_msg("\"%s\": got %d", c->in, ok);
        if (ok)
            assert_string_equal(ip_text(&got, text), c->want);
        else
            assert_memory_equal(&got, &(struct ip){ { 42 } }, sizeof got);
        test_copy_free(in);
    }
}

static void test_parse_nul(void **state)
{
    struct ip got;

    (void)state;
    assert_false(ip_parse(SLICE("192.0.2.1\0"), &got));
    assert_false(ip_parse(SLICE("2001:db8::1\0x"), &got));
    assert_false(ip_parse((struct slice){ NULL, 0 }, &got));
}

/* Every number in every place of a dotted address. */
static void test_parse_every_octet(void **state)
{
    char text[16], back[IP_TEXT_MAX];

    (void)state;
    for (int place = 0; place < 4; place++) {
        for (int value = 0; value < 256; value++) {
            int n[4] = { 1, 22, 133, 0 };
            struct ip got;

            n[place] = value;
            (void)snprintf(text, sizeof text, "%d.%d.%d.%d", n[0], n[1], n[2], n[3]);
            assert_true(ip_parse(slice_of(text), &got));
            assert_string_equal(ip_text(&got, back), text);
        }
    }
}

/* Numbers of every width in every place, and what is nearly an address, as inet_pton() reads it:
 * that one takes no leading zeroes either. */
static void test_parse_every_width(void **state)
{
    static const char *const parts[] = { "0", "7",  "10", "99",  "100", "255",  "256",
                                         "",  "01", "00", "300", "999", "1000", "1x" };
    struct in_addr want;
    char text[40];

    (void)state;
    for (size_t i = 0; i < COUNT(parts) * COUNT(parts) * COUNT(parts) * COUNT(parts); i++) {
        size_t n = COUNT(parts);
        struct slice in;
        struct ip got;
        bool ok;

        (void)snprintf(text, sizeof text, "%s.%s.%s.%s", parts[i % n], parts[i / n % n],
                       parts[i / n / n % n], parts[i / n / n / n]);
        in = test_copy(slice_of(text));
        ok = ip_parse(in, &got);
        if (ok != (inet_pton(AF_INET, text, &want) == 1))
            fail_msg("%s: got %d", text, ok);
        if (ok)
            assert_memory_equal(got.b + 12, &want, sizeof want);
        test_copy_free(in);
    }
}

static const struct prefix_case {
    const char *in, *net; /* NULL: none */
    unsigned bits;
    const char *inside, *outside;
} prefix_cases[] = {
    { "192.0.2.0/24", "192.0.2.0", 120, "192.0.2.255", "192.0.3.0" },
    { "192.0.2.77/24", "192.0.2.0", 120, "192.0.2.1", "192.0.1.255" },
    { "192.0.2.1", "192.0.2.1", 128, "192.0.2.1", "192.0.2.2" },
    { "198.51.100.128/25", "198.51.100.128", 121, "198.51.100.200", "198.51.100.127" },
    { "0.0.0.0/0", "0.0.0.0", 96, "203.0.113.9", "2001:db8::1" },
    { "2001:db8::/32", "2001:db8::", 32, "2001:db8:ffff::1", "2001:db9::" },
    { "2001:db8::1", "2001:db8::1", 128, "2001:db8::1", "2001:db8::2" },
    { "::/0", "", 0, "192.0.2.1", NULL },
    { "::ffff:192.0.2.0/120", "192.0.2.0", 120, "192.0.2.9", "192.0.3.0" },
    { "192.0.2.0/33", NULL, 0, NULL, NULL },
    { "192.0.2.0/", NULL, 0, NULL, NULL },
    { "192.0.2.0/-1", NULL, 0, NULL, NULL },
    { "192.0.2.0/2x", NULL, 0, NULL, NULL },
    { "192.0.2.0/24/8", NULL, 0, NULL, NULL },
    { "192.0.2.0/0024", NULL, 0, NULL, NULL },
    { "2001:db8::/129", NULL, 0, NULL, NULL },
    { "/24", NULL, 0, NULL, NULL },
    { "", NULL, 0, NULL, NULL },
};

static void assert_inside(const struct ip_prefix *prefix, const char *text, bool want)
{
    struct ip ip;

    if (text == NULL)
        return;
    assert_true(ip_parse(slice_of(text), &ip));
    if (ip_in(&ip, prefix) != want)
        fail_msg("%s: want %s", text, want ? "inside" : "outside");
}

static void test_prefix(void **state)
{
    char text[IP_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(prefix_cases); i++) {
        const struct prefix_case *c = &prefix_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct ip_prefix got = { .bits = 42 };

        if (ip_prefix_parse(in, &got) != (c->net != NULL))
            fail_msg("\"%s\": want %s", c->in, c->net != NULL ? c->net : "nothing");
        if (c->net != NULL) {
            assert_string_equal(ip_text(&got.net, text), c->net);
            assert_int_equal(got.bits, c->bits);
            assert_inside(&got, c->inside, true);
            assert_inside(&got, c->outside, false);
        } else {
            assert_int_equal(got.bits, 42);
        }
        test_copy_free(in);
    }
}

static void test_masked(void **state)
{
    struct ip ones, got;

    (void)state;
    memset(&ones, 0xff, sizeof ones);
    for (unsigned bits = 0; bits <= 128; bits++) {
        got = ip_masked(&ones, bits);
        for (unsigned i = 0; i < 128; i++)
            assert_int_equal(got.b[i / 8] >> (7 - i % 8) & 1, i < bits);
    }
}

static const struct kind_case {
    const char *in;
    bool is_private, loopback, v4;
    const char *network;
} kind_cases[] = {
    { "127.0.0.1", true, true, true, "127.0.0.0" },
    { "127.255.0.1", true, true, true, "127.255.0.0" },
    { "::1", true, true, false, "" },
    { "::2", false, false, false, "" },
    { "10.1.2.3", true, false, true, "10.1.2.0" },
    { "11.1.2.3", false, false, true, "11.1.2.0" },
    { "172.15.0.1", false, false, true, "172.15.0.0" },
    { "172.16.0.1", true, false, true, "172.16.0.0" },
    { "172.31.0.1", true, false, true, "172.31.0.0" },
    { "172.32.0.1", false, false, true, "172.32.0.0" },
    { "192.168.9.9", true, false, true, "192.168.9.0" },
    { "192.169.9.9", false, false, true, "192.169.9.0" },
    { "100.63.0.1", false, false, true, "100.63.0.0" },
    { "100.64.0.1", true, false, true, "100.64.0.0" },
    { "100.127.0.1", true, false, true, "100.127.0.0" },
    { "100.128.0.1", false, false, true, "100.128.0.0" },
    { "169.254.1.1", true, false, true, "169.254.1.0" },
    { "0.0.0.0", true, false, true, "0.0.0.0" },
    { "240.0.0.1", false, false, true, "240.0.0.0" },
    { "203.0.113.7", false, false, true, "203.0.113.0" },
    { "fe80::1", true, false, false, "fe80::" },
    { "febf::1", true, false, false, "febf::" },
    { "fec0::1", false, false, false, "fec0::" },
    { "fc00::1", true, false, false, "fc00::" },
    { "fd12:3456:789a:1::1", true, false, false, "fd12:3456:789a::" },
    { "2001:db8:1:2::3", false, false, false, "2001:db8:1::" },
    { "::", true, false, false, "" },
};

static void test_kinds(void **state)
{
    char text[IP_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(kind_cases); i++) {
        const struct kind_case *c = &kind_cases[i];
        struct ip ip, network;

        assert_true(ip_parse(slice_of(c->in), &ip));
        network = ip_network(&ip);
        if (ip_is_private(&ip) != c->is_private || ip_is_loopback(&ip) != c->loopback ||
            ip_is_v4(&ip) != c->v4 || strcmp(ip_text(&network, text), c->network) != 0)
            fail_msg("%s: got private %d, loopback %d, v4 %d, network %s", c->in,
                     ip_is_private(&ip), ip_is_loopback(&ip), ip_is_v4(&ip), text);
    }
}

static void test_hash(void **state)
{
    struct ip a, b;

    (void)state;
    assert_true(ip_parse(SLICE("192.0.2.1"), &a) && ip_parse(SLICE("::ffff:192.0.2.1"), &b));
    assert_true(ip_eq(&a, &b));
    assert_true(ip_hash(&a, 7) == ip_hash(&b, 7));
    assert_true(ip_hash(&a, 7) != ip_hash(&a, 8));
    assert_true(ip_none(&(struct ip){ 0 }));
    assert_false(ip_none(&a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_nul),
        cmocka_unit_test(test_parse_every_octet),
        cmocka_unit_test(test_parse_every_width),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_masked),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_hash),
    };

    return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
