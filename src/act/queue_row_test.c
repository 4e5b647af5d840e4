#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "act/queue_row.h"
#include "base/test_copy.h"

#include "base/ban.h"

static const struct queue_row sample = {
    .queue = SLICE_INIT("hold"),
    .id = SLICE_INIT("B596FA729EC"),
    .arrival = { INT64_C(1795317677735) },
    .size = 538,
    .rcpts_n = 3,
    .todo_n = 2,
    .sender = SLICE_INIT("bob@example.test"),
    .login = SLICE_INIT("alice@example.test"),
    .client = SLICE_INIT("192.0.2.7"),
    .rcpts = SLICE_INIT("one@d1.test\0two@d1.test\0"),
};

static void assert_same(const struct queue_row *got, const struct queue_row *want)
{
    assert_true(slice_eq(got->queue, want->queue));
    assert_true(slice_eq(got->id, want->id));
    assert_true(got->arrival.ms == want->arrival.ms);
    assert_true(got->size == want->size && got->rcpts_n == want->rcpts_n &&
                got->todo_n == want->todo_n);
    assert_true(slice_eq(got->sender, want->sender));
    assert_true(slice_eq(got->login, want->login));
    assert_true(slice_eq(got->client, want->client));
    assert_true(slice_eq(got->rcpts, want->rcpts));
}

static void test_there_and_back(void **state)
{
    const struct queue_row empty = { .id = SLICE("012345") };
    CLEANUP(buf_done) struct buf b = buf_make(1 << 20);
    struct queue_row got;
    struct slice rest;

    (void)state;
    queue_row_add(&b, &sample);
    queue_row_add(&b, &empty);
    rest = buf_slice(&b);
    assert_int_equal(queue_row_take(&rest, &got), 1);
    assert_same(&got, &sample);
    assert_int_equal(queue_row_take(&rest, &got), 1);
    assert_same(&got, &empty);
    assert_int_equal(rest.n, 0);
    assert_int_equal(queue_row_take(&rest, &got), 0);
}

static void test_every_prefix(void **state)
{
    CLEANUP(buf_done) struct buf b = buf_make(1 << 20);
    struct queue_row got;

    (void)state;
    queue_row_add(&b, &sample);
    for (size_t n = 0; n < b.n; n++) {
        struct slice copy = test_copy((struct slice){ b.p, n }), rest = copy;

        assert_int_equal(queue_row_take(&rest, &got), 0);
        assert_true(rest.p == copy.p && rest.n == copy.n);
        test_copy_free(copy);
    }
}

/* Whatever byte is wrong: a row, no row, but nothing outside of the bytes. */
static void test_wrong_bytes(void **state)
{
    CLEANUP(buf_done) struct buf b = buf_make(1 << 20);

    (void)state;
    queue_row_add(&b, &sample);
    for (size_t i = 0; i < b.n; i++) {
        struct slice copy = test_copy(buf_slice(&b)), rest = copy;
        char *bytes = (char *)(uintptr_t)copy.p;
        struct queue_row got = { 0 };
        int status;

        bytes[i] = (char)(bytes[i] ^ 0x55);
        status = queue_row_take(&rest, &got);
        assert_true(status == 0 || status == 1 || status == -EBADMSG);
        if (status == 1)
            assert_true(got.rcpts.n == 0 || got.rcpts.p + got.rcpts.n <= copy.p + copy.n);
        test_copy_free(copy);
    }
}

static void test_many_recipients(void **state)
{
    CLEANUP(buf_done) struct buf b = buf_make(1 << 20);
    struct queue_row row = sample, got;
    struct slice rest;
    char rcpts[QUEUE_ROW_MAX] = { 0 };

    (void)state;
    row.rcpts = (struct slice){ rcpts, sizeof rcpts };
    queue_row_add(&b, &row);
    rest = buf_slice(&b);
    assert_int_equal(queue_row_take(&rest, &got), 1);
    row.rcpts.n = 0;
    assert_same(&got, &row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_wrong_bytes),
        cmocka_unit_test(test_many_recipients),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
