#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/hash.h"
#include "base/table.h"

#include "base/ban.h"

enum { ITEMS = 2000, STEPS = 200000 };

/* Hashes of little variety, so that entries collide in slot, in tag and in both. */
static uint64_t poor_hash(uint32_t item)
{
    uint64_t h = hash_u64(item);

    return (h & 0x3ff) | (h & 0x300000000U);
}

static bool holds(const struct table *t, uint64_t hash, uint32_t item)
{
    uint32_t index, times = 0;

    for (struct table_probe p = table_find(t, hash); table_at(t, &p, &index); table_step(t, &p))
        times += index == item;
    assert_in_range(times, 0, 1);
    return times == 1;
}

static void test_empty(void **state)
{
    struct table t = { 0 };

    (void)state;
    assert_false(holds(&t, 42, 0));
    table_clear(&t);
    table_done(&t);
    table_done(&t);
}

/* What it makes room for beforehand is what was in, and that it does not grow again. */
static void test_expected(void **state)
{
    static const uint32_t counts[] = { 0, 1, 48, 49, 1000, ITEMS };

    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct table t = { 0 };
        uint32_t mask;

        table_add(&t, poor_hash(ITEMS), ITEMS);
        table_expect(&t, counts[i] + 1);
        mask = t.mask;
        for (uint32_t item = 0; item < counts[i]; item++)
            table_add(&t, poor_hash(item), item);
        assert_int_equal(t.mask, mask);
        for (uint32_t item = 0; item < counts[i]; item++)
            assert_true(holds(&t, poor_hash(item), item));
        assert_true(holds(&t, poor_hash(ITEMS), ITEMS));
        table_expect(&t, 1); /* never less */
        assert_int_equal(t.mask, mask);
        table_done(&t);
    }
}

/* Random additions and removals, against an array that knows what is in. */
static void test_against_model(void **state)
{
    struct table t = { 0 };
    bool in[ITEMS] = { false };
    uint32_t count = 0;

    (void)state;
    for (uint64_t step = 0; step < STEPS; step++) {
        uint64_t random = hash_u64(step + 1);
        uint32_t item = (uint32_t)(random % ITEMS);

        if (!in[item] && random >> 60 < 9) {
            table_add(&t, poor_hash(item), item);
            in[item] = true;
            count++;
        } else if (in[item]) {
            assert_true(table_remove(&t, poor_hash(item), item));
            in[item] = false;
            count--;
        }
        assert_false(table_remove(&t, poor_hash(item), ITEMS + 1));
        assert_int_equal(t.count, count);
        assert_int_equal(holds(&t, poor_hash(item), item), in[item]);
        if (step % 5000 == 0)
            for (uint32_t i = 0; i < ITEMS; i++)
                assert_int_equal(holds(&t, poor_hash(i), i), in[i]);
    }
    table_done(&t);
}

/* The way the owner of an array uses it: the last item fills the gap that a removal leaves. */
static void test_move(void **state)
{
    struct table t = { 0 };
    uint32_t keys[ITEMS], n = ITEMS;

    (void)state;
    for (uint32_t i = 0; i < ITEMS; i++) {
        keys[i] = i;
        table_add(&t, poor_hash(i), i);
    }
    while (n > 0) {
        uint32_t gone = (uint32_t)(hash_u64(n) % n);

        assert_true(table_remove(&t, poor_hash(keys[gone]), gone));
        n--;
        if (gone != n)
            table_move(&t, poor_hash(keys[n]), n, gone);
        keys[gone] = keys[n];
        for (uint32_t i = 0; i < n; i += 97)
            assert_true(holds(&t, poor_hash(keys[i]), i));
    }
    assert_int_equal(t.count, 0);
    table_done(&t);
}

static void test_clear(void **state)
{
    struct table t = { 0 };
    uint32_t mask;

    (void)state;
    for (uint32_t i = 0; i < ITEMS; i++)
        table_add(&t, hash_u64(i), i);
    mask = t.mask;
    table_clear(&t);
    assert_int_equal(t.count, 0);
    assert_int_equal(t.mask, mask);
    assert_false(holds(&t, hash_u64(7), 7));
    table_add(&t, hash_u64(7), 7);
    assert_true(holds(&t, hash_u64(7), 7));
    table_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),         cmocka_unit_test(test_expected),
        cmocka_unit_test(test_against_model), cmocka_unit_test(test_move),
        cmocka_unit_test(test_clear),
    };

    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
