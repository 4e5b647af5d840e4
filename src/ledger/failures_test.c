#include "ledger/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/hash.h"

#include "base/ban.h"

static struct ip address(uint32_t n)
{
    struct ip ip = { { [10] = 0xff,
                       [11] = 0xff,
                       [12] = (uint8_t)(n >> 24),
                       [13] = (uint8_t)(n >> 16),
                       [14] = (uint8_t)(n >> 8),
                       [15] = (uint8_t)n } };

    return ip;
}

static void one_address(void **state)
{
    struct failures f = { 0 };
    struct ip ip = address(0x0a000001), other = address(0x0a000002);
    struct failure *got;

    (void)state;
    failures_success(&f, &ip); /* nothing failed there yet: not noted */
    assert_int_equal(f.used, 0);
    failures_add(&f, &ip, 0, 1, (struct wall){ 1000 });
    failures_success(&f, &ip);
    got = failures_add(&f, &ip, 0, 3, (struct wall){ 5000 });
    assert_int_equal(got->failures, 4);
    assert_int_equal(got->successes, 1);
    assert_int_equal(got->first.ms, 1000);
    assert_int_equal(got->last.ms, 5000);
    assert_int_equal(failure_names(got), 0); /* the names were not known */
    got = failures_add(&f, &other, 0, 1, (struct wall){ 6000 });
    assert_int_equal(got->failures, 1);
    assert_int_equal(f.used, 2);
    failures_done(&f);
}

static void counters_stop_at_their_maximum(void **state)
{
    struct failures f = { 0 };
    struct ip ip = address(1);

    (void)state;
    failures_add(&f, &ip, 0, UINT32_MAX, (struct wall){ 0 });
    assert_int_equal(failures_add(&f, &ip, 0, 2, (struct wall){ 0 })->failures, UINT32_MAX);
    failures_done(&f);
}

static const struct names_case {
    unsigned names, least, most;
} names_cases[] = {
    { 1, 1, 1 }, { 4, 3, 5 }, { 30, 18, 42 }, { 100, 60, 160 }, { 100000, 267, 267 }
};

static void names_are_estimated(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names_cases); i++) {
        const struct names_case *c = &names_cases[i];
        struct failures f = { 0 };
        struct ip ip = address(1);
        unsigned got;

        for (unsigned n = 0; n < c->names; n++)
            failures_add(&f, &ip, hash_u64(n + 1), 1, (struct wall){ 0 });
        got = failure_names(&f.all[0]);
        if (got < c->least || got > c->most)
            fail_msg("%u names: got %u, want %u to %u", c->names, got, c->least, c->most);
        failures_done(&f);
    }
}

/* A flood of addresses with one failure each does not push out the one that really guesses. */
static void flood(struct failures *f)
{
    struct ip guesser = address(0xc6336401);

    failures_add(f, &guesser, 0, 500, (struct wall){ 0 });
    for (uint32_t i = 0; i < 3 * FAILURES_MAX; i++) {
        struct ip ip = address(i);

        failures_add(f, &ip, 0, 1, (struct wall){ i });
    }
}

static void a_flood_of_addresses_is_bounded(void **state)
{
    struct failures f = { 0 }, again = { 0 };
    struct ip guesser = address(0xc6336401);

    (void)state;
    flood(&f);
    assert_int_equal(f.used, FAILURES_MAX);
    assert_int_equal(f.by_ip.count, FAILURES_MAX);
    assert_int_equal(f.forgotten, 2 * FAILURES_MAX + 1);
    assert_int_equal(failures_add(&f, &guesser, 0, 1, (struct wall){ 0 })->failures, 501);
    flood(&again); /* the same ones leave */
    failures_add(&again, &guesser, 0, 1, (struct wall){ 0 });
    assert_int_equal(again.used, f.used);
    for (uint32_t i = 0; i < f.used; i++)
        assert_true(ip_eq(&f.all[i].ip, &again.all[i].ip));
    failures_done(&f);
    failures_done(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address),
        cmocka_unit_test(counters_stop_at_their_maximum),
        cmocka_unit_test(names_are_estimated),
        cmocka_unit_test(a_flood_of_addresses_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
