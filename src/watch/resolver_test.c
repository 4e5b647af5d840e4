#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "watch/resolver.h"

#include "base/ban.h"

static void test_servers(void **state)
{
    static const struct {
        const char *text, *address;
        uint16_t port;
    } cases[] = {
        { "192.0.2.53", "192.0.2.53", 53 },
        { "127.0.0.1@5353", "127.0.0.1", 5353 },
        { "2001:db8::1@53", "2001:db8::1", 53 },
        { "", NULL, 0 },
        { "192.0.2.53@", NULL, 0 },
        { "192.0.2.53@0", NULL, 0 },
        { "192.0.2.53@65536", NULL, 0 },
        { "ns.example.test", NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice text = test_copy(slice_of(cases[i].text));
        struct dnsbl_server got;
        char address[IP_TEXT_MAX];

        assert_int_equal(dnsbl_server_parse(text, &got), cases[i].address != NULL);
        if (cases[i].address != NULL) {
            assert_string_equal(ip_text(&got.ip, address), cases[i].address);
            assert_int_equal(got.port, cases[i].port);
        }
        test_copy_free(text);
    }
}

static void test_resolv_conf(void **state)
{
    struct slice text = test_copy(SLICE("# nameserver 192.0.2.1\n"
                                        "search example.test\n"
                                        "nameserver 192.0.2.2\r\n"
                                        "  nameserver\t2001:db8::53\n"
                                        "nameserver fe80::1%eth0\n"
                                        "nameserver here\n"
                                        "nameservers 192.0.2.9\n"
                                        "nameserver 192.0.2.3"));
    struct dnsbl_server got[DNSBL_SERVERS_MAX];
    char address[IP_TEXT_MAX];

    (void)state;
    assert_int_equal(resolver_read_conf(text, got), 4);
    assert_string_equal(ip_text(&got[0].ip, address), "192.0.2.2");
    assert_string_equal(ip_text(&got[1].ip, address), "2001:db8::53");
    assert_string_equal(ip_text(&got[2].ip, address), "fe80::1");
    assert_string_equal(ip_text(&got[3].ip, address), "192.0.2.3");
    test_copy_free(text);
}

struct waiting {
    struct event_base *base;
    unsigned called;
    enum resolver_end end;
};

static void on_done(void *ctx, enum resolver_end end, const struct dns_answer *answer)
{
    struct waiting *w = ctx;

    assert_true((end == RESOLVER_ANSWER) == (answer != NULL));
    w->called++;
    w->end = end;
    (void)event_base_loopbreak(w->base);
}

/* Nobody listens at that port: the deadline ends it, once; what is under way at the end is let go.
 */
static void test_nobody_answers(void **state)
{
    CLEANUP(buf_done) struct buf why = buf_make(100);
    struct waiting w = { .base = event_base_new() };
    struct dnsbl_server server = { .port = 9 };
    struct resolver *r;

    (void)state;
    assert_true(ip_parse(SLICE("127.0.0.1"), &server.ip));
    r = resolver_new(w.base, &server, 1, &why);
    assert_non_null(r);
    resolver_ask(r, "2.0.0.127.bl.test", DNS_A, 50, on_done, &w);
    assert_int_equal(w.called, 0);
    (void)event_base_dispatch(w.base);
    assert_int_equal(w.called, 1);
    if (w.end == RESOLVER_FAILED)
        fail_msg("got a failure, want a timeout or SERVFAIL");
    resolver_ask(r, "3.0.0.127.bl.test", DNS_A, 60000, on_done, &w);
    resolver_ask(r, "a..b", DNS_A, 60000, on_done, &w); /* no name */
    (void)event_base_dispatch(w.base);
    assert_int_equal(w.called, 2);
    resolver_free(r);
    assert_int_equal(w.called, 2);
    event_base_free(w.base);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_resolv_conf),
        cmocka_unit_test(test_nobody_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
