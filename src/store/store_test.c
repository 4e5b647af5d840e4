/* What is written is there again; in order, replaced, removed, as a whole. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "store/fixture.h"

#include "base/ban.h"

enum { TEXT = 1 << 16 };

static void expect_items(struct fixture *f, enum store_kind kind, const char *want)
{
    struct buf got = buf_make(TEXT);

    fixture_items(f, kind, &got);
    assert_string_equal(got.p, want);
    buf_done(&got);
}

static void expect_pictures(struct fixture *f, const char *want)
{
    struct buf got = buf_make(TEXT);

    fixture_pictures(f, &got);
    assert_string_equal(got.p, want);
    buf_done(&got);
}

/* From blocks of their exact size, which are gone before the batch is written. */
static void put(struct store_batch *b, enum store_kind kind, const char *key, const char *value)
{
    struct slice k = test_copy(slice_of(key)), v = test_copy(slice_of(value));

    store_put(b, kind, k, v);
    test_copy_free(k);
    test_copy_free(v);
}

static void test_empty(void **state)
{
    struct fixture f = fixture_make();
    struct buf text = buf_make(TEXT);

    (void)state;
    fixture_open(&f, false);
    expect_items(&f, STORE_INCIDENT, "");
    expect_pictures(&f, "");
    assert_int_equal(store_meta(f.store, STORE_STATE, SLICE("node"), &text, &text), -ENOENT);
    assert_int_equal(store_start(f.store), 0);
    assert_false(store_trouble(f.store, &text));
    assert_int_equal(text.n, 0);
    fixture_close(&f);
    assert_int_equal(store_close(NULL, 0), 0);
    fixture_done(&f);
}

static void test_items(void **state)
{
    struct fixture f = fixture_make();
    struct store_batch *b = store_batch_new(STORE_STATE);

    (void)state;
    put(b, STORE_INCIDENT, "2", "two");
    put(b, STORE_INCIDENT, "1", "one");
    put(b, STORE_LOCK, "1", "another kind");
    put(b, STORE_INCIDENT, "3", "");
    put(b, STORE_TRUST, "", "an empty key");
    fixture_open(&f, true);
    fixture_write(&f, b);
    b = store_batch_new(STORE_STATE);
    put(b, STORE_INCIDENT, "2", "replaced");
    store_delete(b, STORE_INCIDENT, SLICE("1"));
    store_delete(b, STORE_INCIDENT, SLICE("there is none"));
    put(b, STORE_BLOCK, "x", "put and removed");
    store_delete(b, STORE_BLOCK, SLICE("x"));
    store_delete(b, STORE_HELD, SLICE("y"));
    put(b, STORE_HELD, "y", "removed and put");
    assert_int_equal(store_batch_changes(b), 7);
    fixture_write(&f, b);
    fixture_reopen(&f);
    expect_items(&f, STORE_INCIDENT, "2=replaced 3=");
    expect_items(&f, STORE_LOCK, "1=another kind");
    expect_items(&f, STORE_TRUST, "=an empty key");
    expect_items(&f, STORE_BLOCK, "");
    expect_items(&f, STORE_HELD, "y=removed and put");
    fixture_done(&f);
}

static void test_meta(void **state)
{
    struct fixture f = fixture_make();
    struct buf value = buf_make(TEXT), error = buf_make(TEXT);

    (void)state;
    fixture_open(&f, true);
    for (int file = STORE_STATE; file <= STORE_PICTURES; file++) {
        struct store_batch *b = store_batch_new((enum store_file)file);

        store_put_meta(b, SLICE("a"), SLICE("first"));
        store_put_meta(b, SLICE("a"), file == STORE_STATE ? SLICE("s\0s") : SLICE("p"));
        fixture_write(&f, b);
    }
    fixture_reopen(&f);
    assert_int_equal(store_meta(f.store, STORE_STATE, SLICE("a"), &value, &error), 0);
    assert_true(slice_eq(buf_slice(&value), SLICE("s\0s")));
    buf_clear(&value);
    assert_int_equal(store_meta(f.store, STORE_PICTURES, SLICE("a"), &value, &error), 0);
    assert_true(slice_eq(buf_slice(&value), SLICE("p")));
    buf_done(&value);
    fixture_done(&f);
}

static void test_pictures(void **state)
{
    struct fixture f = fixture_make();
    struct store_batch *b = store_batch_new(STORE_PICTURES);

    (void)state;
    fixture_open(&f, true);
    store_put_picture(b, 10, SLICE("ten"));
    store_put_picture(b, 2, SLICE("old"));
    store_put_picture(b, UINT32_MAX, SLICE("last"));
    store_put_picture(b, 2, SLICE("older"));
    store_put_picture(b, 2, SLICE("two"));
    store_put_picture(b, 0, SLICE(""));
    store_put(b, STORE_POSITION, SLICE("mail.log"), SLICE("77"));
    fixture_write(&f, b);
    fixture_reopen(&f);
    expect_pictures(&f, "0= 2=two 10=ten 4294967295=last");
    expect_items(&f, STORE_POSITION, "mail.log=77");
    assert_int_equal(store_start(f.store), 0);
    b = store_batch_new(STORE_PICTURES);
    store_put_picture(b, 4, SLICE("cleared with the rest"));
    store_clear_pictures(b);
    store_put_picture(b, 5, SLICE("five"));
    fixture_write(&f, b);
    fixture_reopen(&f);
    expect_pictures(&f, "5=five");
    fixture_done(&f);
}

/* Many batches at once, each replacing what the one before put: the last one counts, and `done`
 * comes in order. */
struct order {
    uint32_t next, wrong, done;
};

struct turn {
    struct order *order;
    uint32_t number;
};

static void note_turn(void *ctx, enum store_outcome outcome)
{
    struct turn *t = ctx;

    t->order->wrong += outcome != STORE_WRITTEN || t->number != t->order->next;
    t->order->next++;
    t->order->done++;
    free(t);
}

static void test_order(void **state)
{
    enum { BATCHES = 2000 };
    struct fixture f = fixture_make();
    struct order order = { 0 };
    struct store_figures figures;

    (void)state;
    fixture_open(&f, false); /* so that all of them wait when it begins to write */
    for (uint32_t i = 0; i < BATCHES; i++) {
        struct store_batch *b = store_batch_new(STORE_STATE);
        struct turn *turn = malloc(sizeof *turn);
        char text[16];

        assert_non_null(turn);
        *turn = (struct turn){ &order, i };
        (void)snprintf(text, sizeof text, "%u", i);
        put(b, STORE_INCIDENT, "the same", text);
        store_submit(f.store, b, note_turn, turn);
    }
    assert_int_equal(store_start(f.store), 0);
    fixture_until(&f, &order.done, BATCHES);
    assert_int_equal(order.wrong, 0);
    figures = store_figures(f.store, STORE_STATE);
    assert_int_equal(figures.changes, BATCHES);
    assert_in_range(figures.commits, 1, BATCHES / 2); /* they shared transactions */
    assert_int_equal(figures.waiting, 0);
    assert_int_equal(figures.waiting_bytes, 0);
    fixture_reopen(&f);
    expect_items(&f, STORE_INCIDENT, "the same=1999");
    fixture_done(&f);
}

/* What was handed over right before the end, or before the start, is written; everybody is told. */
static void test_close_writes(void **state)
{
    struct fixture f = fixture_make();
    struct store_batch *b = store_batch_new(STORE_STATE);
    struct outcome o = { 0 };

    (void)state;
    fixture_open(&f, false);
    put(b, STORE_LOCK, "alice@example.test", "before the start");
    store_submit(f.store, b, outcome_add, &o);
    assert_int_equal(store_start(f.store), 0);
    b = store_batch_new(STORE_STATE);
    put(b, STORE_LOCK, "bob@example.test", "before the end");
    store_submit(f.store, b, outcome_add, &o);
    store_submit(f.store, store_batch_new(STORE_PICTURES), outcome_add, &o); /* of nothing */
    store_submit(f.store, store_batch_new(STORE_PICTURES), NULL, NULL);
    fixture_reopen(&f);
    assert_int_equal(o.times[STORE_WRITTEN], 3);
    expect_items(&f, STORE_LOCK,
                 "alice@example.test=before the start bob@example.test=before the end");
    fixture_done(&f);
}

/* Without threads nothing can be written, and nobody is left without an answer. */
static void test_never_started(void **state)
{
    struct fixture f = fixture_make();
    struct store_batch *b = store_batch_new(STORE_STATE);
    struct outcome o = { 0 };

    (void)state;
    fixture_open(&f, false);
    put(b, STORE_LOCK, "alice@example.test", "");
    store_submit(f.store, b, outcome_add, &o);
    assert_int_equal(store_close(f.store, 0), -ETIMEDOUT);
    f.store = NULL;
    assert_int_equal(o.times[STORE_LOST], 1);
    store_batch_free(store_batch_new(STORE_STATE));
    store_batch_free(NULL);
    fixture_done(&f);
}

static bool understand_nothing(void *ctx, struct slice key, struct slice value)
{
    (void)ctx;
    (void)key;
    (void)value;
    return false;
}

static void test_not_understood(void **state)
{
    struct fixture f = fixture_make();
    struct store_batch *b = store_batch_new(STORE_STATE);
    struct buf error = buf_make(TEXT);

    (void)state;
    fixture_open(&f, true);
    put(b, STORE_LOCK, "alice@example.test", "?");
    fixture_write(&f, b);
    fixture_reopen(&f);
    assert_int_equal(store_each_item(f.store, STORE_LOCK, understand_nothing, NULL, &error), -EIO);
    buf_add_char(&error, '\0');
    assert_true(holds(error.p, "state.db: is damaged: item 1 means nothing. Restore it"));
    buf_done(&error);
    fixture_done(&f);
}

/* Others must not read who writes to whom; an administrator's group may. */
static void test_permissions(void **state)
{
    static const char *const names[] = { "state.db", "pictures.db", "state.db-wal", "lock" };
    struct fixture f = fixture_make();
    struct store_batch *b = store_batch_new(STORE_STATE);

    (void)state;
    fixture_open(&f, true);
    put(b, STORE_LOCK, "alice@example.test", "");
    fixture_write(&f, b);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct stat st;
        char path[FIXTURE_PATH];

        fixture_path(&f, names[i], path);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777 & ~0640U, 0);
    }
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),         cmocka_unit_test(test_items),
        cmocka_unit_test(test_meta),          cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_close_writes),
        cmocka_unit_test(test_never_started), cmocka_unit_test(test_not_understood),
        cmocka_unit_test(test_permissions),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
