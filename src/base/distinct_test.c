#include "base/distinct.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/hash.h"

#include "base/ban.h"

static const struct distinct_case {
    const char *name;
    uint32_t different, times; /* keys; how often each is added */
    double error;              /* relative; 0: exact */
} distinct_cases[] = {
    { "empty", 0, 1, 0 },
    { "one, often", 1, 1000, 0 },
    { "as many as fit the first table", 512, 2, 0 },
    { "one more", 513, 2, 0 },
    { "the last exact count", DISTINCT_EXACT, 2, 0 },
    { "the first estimate", DISTINCT_EXACT + 1, 2, 0.03 },
    { "a million", 1000000, 1, 0.03 },
};

static void counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(distinct_cases); i++) {
        const struct distinct_case *c = &distinct_cases[i];
        struct distinct d = { 0 };
        double got;

        for (uint32_t t = 0; t < c->times; t++)
            for (uint32_t k = 0; k < c->different; k++)
                distinct_add(&d, hash_u64(k + 1));
        got = (double)distinct_count(&d);
        if (fabs(got - c->different) > c->error * c->different)
            fail_msg("%s: got %.0f, want %u", c->name, got, c->different);
        distinct_done(&d);
    }
}

/* 0 marks an empty slot inside; as a key it counts like any other. */
static void zero_is_a_key(void **state)
{
    struct distinct d = { 0 };

    (void)state;
    distinct_add(&d, 0);
    distinct_add(&d, 0);
    assert_int_equal(distinct_count(&d), 1);
    distinct_add(&d, UINT64_MAX);
    assert_int_equal(distinct_count(&d), 2);
    distinct_done(&d);
    distinct_done(&d); /* an empty counter may be freed again */
}

static void the_order_does_not_matter(void **state)
{
    enum { KEYS = 100000 };
    struct distinct up = { 0 }, down = { 0 };

    (void)state;
    for (uint32_t k = 1; k <= KEYS; k++) {
        distinct_add(&up, hash_u64(k));
        distinct_add(&down, hash_u64(KEYS + 1 - k));
    }
    assert_true(distinct_count(&up) == distinct_count(&down));
    distinct_done(&up);
    distinct_done(&down);
}

static void memory_is_bounded(void **state)
{
    struct distinct d = { 0 };

    (void)state;
    for (uint32_t k = 0; k < DISTINCT_EXACT; k++)
        distinct_add(&d, hash_u64(k + 1));
    assert_true(d.mask < 4 * DISTINCT_EXACT);
    distinct_add(&d, hash_u64(DISTINCT_EXACT + 1));
    assert_true(distinct_count(&d) > 0);
    assert_null(d.keys);
    assert_non_null(d.registers);
    distinct_done(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(zero_is_a_key),
        cmocka_unit_test(the_order_does_not_matter),
        cmocka_unit_test(memory_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
