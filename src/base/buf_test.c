#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"

#include "base/ban.h"

static void assert_text(const struct buf *b, const char *want)
{
    struct slice got = buf_slice(b);

    if (!slice_eq(got, slice_of(want)))
        fail_msg("got \"%.*s\", want \"%s\"", SLICE_ARG(got), want);
}

static void test_add(void **state)
{
    struct buf b = buf_make(1000);

    (void)state;
    assert_text(&b, "");
    buf_add(&b, SLICE("one"));
    buf_add(&b, (struct slice){ NULL, 0 });
    buf_add_char(&b, ' ');
    buf_printf(&b, "%s %d", "two", 3);
    buf_printf(&b, "%s", "");
    assert_text(&b, "one two 3");
    assert_false(b.full);
    buf_clear(&b);
    assert_text(&b, "");
    buf_done(&b);
    buf_add(&b, SLICE("again"));
    assert_text(&b, "again");
    buf_done(&b);
}

/* Every limit around the length of what is added: what fits is kept whole, what does not is left
 * out whole, and `full` tells. */
static void test_limit(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < 20; limit++) {
        struct buf b = buf_make(limit);

        buf_add(&b, SLICE("12345"));
        buf_printf(&b, "%s", "67890");
        buf_add_char(&b, 'x');
        assert_true(b.n <= limit);
        assert_int_equal(b.full, limit < 11);
        assert_text(&b, limit < 1     ? ""
                        : limit < 5   ? "x"
                        : limit == 5  ? "12345"
                        : limit < 10  ? "12345x"
                        : limit == 10 ? "1234567890"
                                      : "1234567890x");
        buf_clear(&b);
        assert_false(b.full);
        buf_done(&b);
    }
}

static void test_growth(void **state)
{
    enum { N = 100000 };
    struct buf b = buf_make(N);

    (void)state;
    for (int i = 0; i < N; i++)
        buf_add_char(&b, (char)('a' + i % 26));
    assert_int_equal(b.n, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(b.p[i], 'a' + i % 26);
    assert_false(b.full);
    buf_add_char(&b, 'x');
    assert_true(b.full);
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_growth),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
