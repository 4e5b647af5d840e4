/* The journal: written, asked for, forgotten; answered in steps, and always. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/fixture.h"

#include "base/ban.h"

enum { ENTRIES = 2500, STEP = 256 };

struct answers {
    struct buf ids; /* "3 4 5" */
    uint32_t rows, ends, errors;
    char error[256];
};

static void take_row(void *ctx, const struct store_entry *e)
{
    struct answers *a = ctx;

    buf_printf(&a->ids, "%s%lld", a->rows > 0 ? " " : "", (long long)e->id);
    a->rows++;
}

static void take_end(void *ctx, const char *error)
{
    struct answers *a = ctx;

    a->ends++;
    a->errors += error != NULL;
    (void)snprintf(a->error, sizeof a->error, "%s", error != NULL ? error : "");
}

static void add(struct store_batch *b, int64_t at, uint64_t incident, const char *subject)
{
    const struct store_entry e = { .at = { at },
                                   .incident = incident,
                                   .who = SLICE("root"),
                                   .subject = slice_of(subject),
                                   .what = SLICE("lock"),
                                   .detail = SLICE("--reason 'guessed'") };

    store_add_journal(b, &e);
}

static const struct filter_case {
    const char *name;
    struct store_filter filter;
    const char *want;
} filter_cases[] = {
    { "all", { .limit = 100 }, "1 2 3 4 5 6" },
    { "the newest", { .limit = 2 }, "5 6" },
    { "an incident", { .incident = 7, .limit = 100 }, "2 4 5" },
    { "the newest of it", { .incident = 7, .limit = 2 }, "4 5" },
    { "a subject", { .subject = SLICE_INIT("bob@example.test"), .limit = 9 }, "3 4" },
    { "both", { .incident = 7, .subject = SLICE_INIT("bob@example.test"), .limit = 9 }, "4" },
    { "since", { .since = { 4000 }, .limit = 100 }, "4 6" },
    { "since, the newest", { .since = { 2000 }, .limit = 1 }, "6" },
    { "since of an incident", { .incident = 7, .since = { 4000 }, .limit = 5 }, "4" },
    { "before", { .before_id = 3, .limit = 100 }, "1 2" },
    { "before, since", { .before_id = 5, .since = { 2000 }, .limit = 100 }, "2 3 4" },
    { "nobody", { .subject = SLICE_INIT("mallory@example.test"), .limit = 9 }, "" },
    { "none", { .limit = 0 }, "" },
};

static void test_filters(void **state)
{
    struct fixture f = fixture_make();
    struct store_batch *b = store_batch_new(STORE_STATE);

    (void)state;
    add(b, 1000, 0, "alice@example.test");
    add(b, 2000, 7, "alice@example.test");
    add(b, 3000, 0, "bob@example.test");
    add(b, 4000, 7, "bob@example.test");
    add(b, 3500, 7, "alice@example.test"); /* the clock stepped back */
    add(b, 6000, 8, "");
    fixture_open(&f, true);
    fixture_write(&f, b);
    for (size_t i = 0; i < COUNT(filter_cases); i++) {
        struct answers a = { .ids = buf_make(4096) };

        store_query_journal(f.store, &filter_cases[i].filter, take_row, take_end, &a);
        fixture_until(&f, &a.ends, 1);
        buf_add_char(&a.ids, '\0');
        if (strcmp(a.ids.p, filter_cases[i].want) != 0 || a.errors > 0)
            fail_msg("%s: got \"%s\" %s, want \"%s\"", filter_cases[i].name, a.ids.p, a.error,
                     filter_cases[i].want);
        buf_done(&a.ids);
    }
    assert_int_equal(fixture_sql(&f, "state.db", "SELECT count(*) FROM journal WHERE incident=7"),
                     3);
    assert_int_equal(
        fixture_sql(&f, "state.db", "SELECT count(*) FROM journal WHERE incident IS NULL"), 2);
    fixture_done(&f);
}

static void take_whole(void *ctx, const struct store_entry *e)
{
    struct answers *a = ctx;

    assert_true(slice_eq(e->who, SLICE("root")));
    assert_true(slice_eq(e->subject, SLICE("alice@example.test")));
    assert_true(slice_eq(e->what, SLICE("lock")));
    assert_true(slice_eq(e->detail, SLICE("--reason 'guessed'")));
    assert_int_equal(e->at.ms, 1000 + a->rows);
    assert_int_equal(e->incident, 1 + a->rows);
    a->rows++;
}

/* A long answer comes in steps, so that the loop does other things in between. */
static void test_steps(void **state)
{
    struct fixture f = fixture_make();
    struct store_batch *b = store_batch_new(STORE_STATE);
    struct answers a = { .ids = buf_make(1) };
    uint32_t before = 0;

    (void)state;
    for (uint32_t i = 0; i < ENTRIES; i++)
        add(b, 1000 + i, 1 + i, "alice@example.test");
    fixture_open(&f, true);
    fixture_write(&f, b);
    store_query_journal(f.store, &(struct store_filter){ .limit = STORE_QUERY_MAX * 2 }, take_whole,
                        take_end, &a);
    fixture_until(&f, &a.rows, 1);
    for (before = 0; a.ends == 0; before = a.rows) {
        store_dispatch(f.store);
        assert_in_range(a.rows - before, 0, STEP * 2);
    }
    assert_int_equal(a.rows, ENTRIES);
    assert_int_equal(a.errors, 0);
    fixture_done(&f);
}

static void test_forget(void **state)
{
    struct fixture f = fixture_make();
    struct store_batch *b = store_batch_new(STORE_STATE);

    (void)state;
    for (uint32_t i = 0; i < ENTRIES; i++)
        add(b, i, 0, "alice@example.test");
    store_forget_journal(b, (struct wall){ 1500 });
    fixture_open(&f, true);
    fixture_write(&f, b);
    assert_int_equal(fixture_sql(&f, "state.db", "SELECT min(at) FROM journal"), 1000);
    for (uint32_t i = 0; i < 3; i++) {
        b = store_batch_new(STORE_STATE);
        store_forget_journal(b, (struct wall){ 1500 });
        fixture_write(&f, b);
    }
    assert_int_equal(fixture_sql(&f, "state.db", "SELECT min(at) FROM journal"), 1500);
    assert_int_equal(fixture_sql(&f, "state.db", "SELECT count(*) FROM journal"), 1000);
    fixture_done(&f);
}

/* Nobody is left without an answer. */
static void test_too_many(void **state)
{
    enum { QUESTIONS = STORE_QUERIES_MAX * 3 };
    struct fixture f = fixture_make();
    struct answers a = { .ids = buf_make(1) };

    (void)state;
    fixture_open(&f, false);
    for (uint32_t i = 0; i < QUESTIONS; i++)
        store_query_journal(f.store, &(struct store_filter){ .limit = 1 }, take_row, take_end, &a);
    fixture_until(&f, &a.errors, QUESTIONS - STORE_QUERIES_MAX);
    assert_true(holds(a.error, "/state.db: too many questions at a time; try again"));
    assert_int_equal(store_start(f.store), 0);
    fixture_until(&f, &a.ends, QUESTIONS);
    assert_int_equal(a.errors, QUESTIONS - STORE_QUERIES_MAX);
    fixture_close(&f);
    fixture_open(&f, false);
    store_query_journal(f.store, &(struct store_filter){ .limit = 1 }, take_row, take_end, &a);
    fixture_close(&f);
    assert_int_equal(a.ends, QUESTIONS + 1);
    assert_true(holds(a.error, "mailfuse is about to end"));
    fixture_done(&f);
}

static void test_unreadable(void **state)
{
    struct fixture f = fixture_make();
    struct answers a = { .ids = buf_make(1) };
    char path[FIXTURE_PATH];

    (void)state;
    fixture_open(&f, true);
    fixture_path(&f, "state.db", path);
    assert_int_equal(unlink(path), 0);
    store_query_journal(f.store, &(struct store_filter){ .limit = 1 }, take_row, take_end, &a);
    fixture_until(&f, &a.ends, 1);
    assert_true(holds(a.error, "/state.db: cannot be opened: No such file or directory"));
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),    cmocka_unit_test(test_steps),
        cmocka_unit_test(test_forget),     cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_unreadable),
    };

    return cmocka_run_group_tests_name("question", tests, NULL, NULL);
}
