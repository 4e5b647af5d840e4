#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arena.h"

#include "base/ban.h"

static void test_empty(void **state)
{
    struct arena a = { 0 };

    (void)state;
    arena_done(&a);
    arena_done(&a);
    assert_int_equal(a.total, 0);
}

/* Blocks of all sizes do not overlap, are aligned and zeroed. */
static void test_take(void **state)
{
    enum { N = 3000 };
    struct arena a = { 0 };
    unsigned char *blocks[N];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        blocks[i] = arena_take(&a, i);
        assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(blocks[i][k], 0);
        memset(blocks[i], (int)(i % 255) + 1, i);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_equal(blocks[i][k], i % 255 + 1);
    assert_true(a.total > (size_t)N * (N - 1) / 2);
    arena_done(&a);
    assert_int_equal(a.total, 0);
}

/* Larger than a block, then small again. */
static void test_large(void **state)
{
    enum { LARGE = 1 << 20 };
    struct arena a = { 0 };
    char *large;

    (void)state;
    arena_take(&a, 1);
    large = arena_take(&a, LARGE);
    memset(large, 'x', LARGE);
    memset(arena_take(&a, 100), 'y', 100);
    assert_int_equal(large[LARGE - 1], 'x');
    assert_true(a.total >= LARGE);
    arena_done(&a);
}

static void test_copy_text(void **state)
{
    struct arena a = { 0 };
    char text[] = "alice@example.test";
    struct slice copy = arena_copy(&a, slice_of(text)), empty = arena_copy(&a, SLICE(""));

    (void)state;
    memset(text, 'x', sizeof text);
    assert_string_equal(copy.p, "alice@example.test");
    assert_int_equal(copy.n, 18);
    assert_int_equal(empty.n, 0);
    assert_string_equal(empty.p, "");
    assert_int_equal(arena_copy(&a, (struct slice){ NULL, 0 }).n, 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_copy_text),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
