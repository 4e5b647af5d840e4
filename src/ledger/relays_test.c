#include "ledger/relays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"

#include "base/ban.h"

static struct ip ip_of(const char *text)
{
    struct ip ip;

    assert_true(ip_parse(slice_of(text), &ip));
    return ip;
}

static struct ip client_number(unsigned n)
{
    char text[IP_TEXT_MAX];

    snprintf(text, sizeof text, "198.51.%u.%u", n >> 8, n & 255);
    return ip_of(text);
}

static int setup(void **state)
{
    *state = memory_new(1, sizeof(struct relays));
    return 0;
}

static int teardown(void **state)
{
    relays_done(*state);
    free(*state);
    return 0;
}

static void domains_of_ours(void **state)
{
    struct relays *r = *state;

    assert_false(relays_is_own(r, SLICE("example.test")));
    relays_own(r, SLICE("example.test"));
    relays_own(r, SLICE("example.test"));
    relays_own(r, SLICE("")); /* an account without a domain says nothing */
    assert_true(relays_is_own(r, SLICE("example.test")));
    assert_false(relays_is_own(r, SLICE("sub.example.test")));
    assert_true(relays_is_own(r, SLICE(""))); /* "root": local */
    assert_int_equal(r->own_n, 1);
}

static void too_many_domains_are_left_out(void **state)
{
    struct relays *r = *state;
    char domain[32];

    for (unsigned i = 0; i <= OWN_DOMAINS_MAX; i++) {
        snprintf(domain, sizeof domain, "d%u.test", i);
        relays_own(r, slice_of(domain));
    }
    assert_int_equal(r->own_n, OWN_DOMAINS_MAX);
    assert_true(relays_is_own(r, SLICE("d0.test")));
    assert_false(relays_is_own(r, slice_of(domain)));
}

/* relay_domains: mail for one domain comes from everywhere. */
static void a_gateway_s_domain_becomes_ours(void **state)
{
    struct relays *r = *state;
    struct ip client;
    unsigned n = 0;

    do
        client = client_number(256 * n++);
    while (relays_passed_on(r, &client, SLICE("customer.test")) && n < 40);
    assert_in_range(n, GATEWAY_NETWORKS, 2 * GATEWAY_NETWORKS); /* some networks share a bit */
    assert_true(relays_is_own(r, SLICE("customer.test")));
}

static void one_client_to_many_domains_is_a_relay(void **state)
{
    struct relays *r = *state;
    struct ip client = ip_of("198.51.100.9");
    char domain[32];

    for (unsigned i = 0; i < 1000; i++) {
        snprintf(domain, sizeof domain, "out%u.test", i);
        assert_true(relays_passed_on(r, &client, slice_of(domain)));
        assert_false(relays_is_own(r, slice_of(domain)));
    }
}

/* A network behind one prefix is one network, and a neighbour needs no proof. */
static void many_clients_of_one_network_are_no_crowd(void **state)
{
    struct relays *r = *state;
    struct ip near = ip_of("10.0.0.5");

    for (unsigned i = 1; i < 200; i++) {
        struct ip client = client_number(i);

        assert_true(relays_passed_on(r, &client, SLICE("customer.test")));
    }
    for (unsigned i = 0; i < 40; i++) {
        struct ip client = client_number(256 * i);

        (void)relays_passed_on(r, &client, SLICE("other.test"));
    }
    assert_true(relays_passed_on(r, &near, SLICE("other.test")));
}

static void relay_clients_are_found_again(void **state)
{
    struct relays *r = *state;
    struct ip client = client_number(0);

    assert_int_equal(relays_find(r, &client), UINT32_MAX);
    for (unsigned i = 0; i <= RELAYS_MAX; i++) {
        client = i < RELAYS_MAX ? client_number(i) : ip_of("2001:db8::1");
        relays_add(r, &client, i + 7);
    }
    assert_int_equal(relays_find(r, &client), UINT32_MAX); /* beyond the limit */
    client = client_number(300);
    assert_int_equal(relays_find(r, &client), 307);
    assert_int_equal(r->all_n, RELAYS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(domains_of_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_domains_are_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gateway_s_domain_becomes_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(one_client_to_many_domains_is_a_relay, setup, teardown),
        cmocka_unit_test_setup_teardown(many_clients_of_one_network_are_no_crowd, setup, teardown),
        cmocka_unit_test_setup_teardown(relay_clients_are_found_again, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
