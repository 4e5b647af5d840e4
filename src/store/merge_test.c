/* Batches made one: against a model that applies them one after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hash.h"
#include "store/fixture.h"
#include "store/merge.h"

#include "base/ban.h"

enum { KEYS = 8, TABLES = 3, STEPS = 400, ROUNDS = 50, ABSENT = -1 };

/* The values under each key of two kinds and of meta; and a hash of the journal, in order. */
struct model {
    int values[TABLES][KEYS];
    uint64_t journal;
    uint32_t entries;
    int64_t forgotten;
};

static void model_clear(struct model *m)
{
    *m = (struct model){ 0 };
    for (int i = 0; i < TABLES * KEYS; i++)
        m->values[i / KEYS][i % KEYS] = ABSENT;
}

static void apply(struct model *m, const struct change *c)
{
    int table = c->type == CHANGE_META ? 2 : c->kind == STORE_LOCK;
    int key = c->key.n > 0 ? c->key.p[0] - 'a' : 0;
    int value = c->value.n > 0 ? c->value.p[0] : 0;

    switch (c->type) {
    case CHANGE_PUT:
    case CHANGE_META:
        m->values[table][key] = value;
        break;
    case CHANGE_DELETE:
        m->values[table][key] = ABSENT;
        break;
    case CHANGE_JOURNAL:
        m->journal = hash_slice(c->entry.what, m->journal);
        m->entries++;
        break;
    case CHANGE_FORGET:
        m->forgotten = c->entry.at.ms;
        break;
    }
}

static void apply_all(struct model *m, const struct batches *list)
{
    model_clear(m);
    for (const struct store_batch *b = list->first; b != NULL; b = b->next)
        for (const struct change *c = b->first; c != NULL; c = c->next)
            apply(m, c);
}

static void add_random(struct store_batch *b, uint64_t random)
{
    char key = (char)('a' + random % KEYS), value = (char)('0' + random / 64 % 64);
    struct slice k = { &key, 1 }, v = { &value, 1 };
    enum store_kind kind = random / 8 % 2 == 0 ? STORE_LOCK : STORE_TRUST;
    const struct store_entry entry = { .what = v };

    switch (random >> 60) {
    case 0:
    case 1:
        store_put_meta(b, k, v);
        break;
    case 2:
    case 3:
    case 4:
        store_delete(b, kind, k);
        break;
    case 5:
    case 6:
        store_add_journal(b, &entry);
        break;
    case 7:
        store_forget_journal(b, (struct wall){ (int64_t)(random % 1000) });
        break;
    default:
        store_put(b, kind, k, v);
    }
}

static struct batches random_batches(uint64_t seed)
{
    struct batches list = { 0 };

    for (uint64_t i = 0; i < STEPS; i++) {
        uint64_t random = hash_u64(seed * STEPS + i + 1);

        if (list.last == NULL || random / 512 % 8 == 0)
            batches_add(&list, store_batch_new(STORE_STATE));
        add_random(list.last, hash_u64(random));
    }
    return list;
}

static void test_same_effect(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct batches list = random_batches(round);
        struct model want, got;

        apply_all(&want, &list);
        assert_int_equal(batches_merge(&list, SIZE_MAX), 0);
        apply_all(&got, &list);
        assert_int_equal(list.n, 1);
        assert_memory_equal(&got, &want, sizeof got);
        assert_in_range(store_batch_changes(list.first), 1,
                        TABLES * KEYS + want.entries + STEPS / 8);
        store_batch_free(batches_take(&list));
    }
}

static void count(void *ctx, enum store_outcome outcome)
{
    (void)outcome;
    ++*(uint32_t *)ctx;
}

/* Everybody who waited for one of them waits for the one that is left. */
static void test_waiters(void **state)
{
    struct batches list = random_batches(1);
    uint32_t told = 0, n = list.n;

    (void)state;
    for (struct store_batch *b = list.first; b != NULL; b = b->next)
        batch_wait(b, count, &told);
    assert_int_equal(batches_merge(&list, SIZE_MAX), 0);
    for (const struct waiter *w = list.first->waiters; w != NULL; w = w->next)
        w->done(w->ctx, STORE_WRITTEN);
    assert_int_equal(told, n);
    assert_true(list.first->told);
    store_batch_free(batches_take(&list));
}

/* Above the limit the oldest entries go; the items never do. */
static void test_journal_bounded(void **state)
{
    enum { ENTRIES = 1000, LIMIT = 100 * 1024 };
    struct batches list = { 0 };
    uint64_t dropped;
    uint32_t left = 0;
    int64_t expected;

    (void)state;
    for (int64_t i = 0; i < ENTRIES; i++) {
        const struct store_entry e = { .at = { i }, .detail = SLICE("0123456789") };

        batches_add(&list, store_batch_new(STORE_STATE));
        store_put(list.last, STORE_HELD, (struct slice){ (const char *)&i, sizeof i }, SLICE("v"));
        store_add_journal(list.last, &e);
    }
    dropped = batches_merge(&list, LIMIT);
    assert_in_range(dropped, 1, ENTRIES - 1);
    expected = (int64_t)dropped;
    for (const struct change *c = list.first->first; c != NULL; c = c->next)
        if (c->type == CHANGE_JOURNAL) {
            assert_int_equal(c->entry.at.ms, expected++);
            left++;
        }
    assert_int_equal(left + dropped, ENTRIES);
    assert_int_equal(store_batch_changes(list.first), ENTRIES + left);
    store_batch_free(batches_take(&list));
}

static void test_nothing_to_do(void **state)
{
    struct batches none = { 0 };

    (void)state;
    assert_int_equal(batches_merge(&none, 100), 0);
    assert_null(none.first);
    batches_add(&none, store_batch_new(STORE_STATE));
    assert_int_equal(batches_merge(&none, 100), 0);
    assert_int_equal(none.n, 1);
    store_batch_free(batches_take(&none));
    assert_null(batches_take(&none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_effect),
        cmocka_unit_test(test_waiters),
        cmocka_unit_test(test_journal_bounded),
        cmocka_unit_test(test_nothing_to_do),
    };

    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
