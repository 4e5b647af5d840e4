#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/latency.h"

#include "base/ban.h"

static void bounds_rise(void **state)
{
    (void)state;
    for (size_t i = 1; i < LATENCY_BOUNDS; i++)
        assert_true(latency_bound_ns(i) > latency_bound_ns(i - 1));
}

/* What is as long as a bound counts below it: Prometheus' "le". */
static void each_bound_counts_below_itself(void **state)
{
    struct latency l = { 0 };
    uint64_t sum = 0;

    (void)state;
    latency_add(&l, 0);
    for (size_t i = 0; i < LATENCY_BOUNDS; i++) {
        uint64_t bound = latency_bound_ns(i);

        latency_add(&l, bound);
        latency_add(&l, bound + 1);
        sum += 2 * bound + 1;
        assert_int_equal(l.counts[i], 2);
    }
    assert_int_equal(l.counts[LATENCY_BOUNDS], 1);
    assert_int_equal(l.sum_ns, sum);
    latency_add(&l, UINT64_MAX);
    assert_true(l.sum_ns == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_rise),
        cmocka_unit_test(each_bound_counts_below_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
