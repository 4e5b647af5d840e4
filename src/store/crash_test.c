/* kill -9 at any moment: what was acknowledged is there afterwards, and everything as a whole. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "store/fixture.h"

#include "base/ban.h"

enum { ROUNDS = 40, BIRTHS = 20, AHEAD = 8, SNAPSHOT = 200, PATIENCE_S = 20 };

/* What a child tells its parent. */
struct receipt {
    enum store_file file;
    uint32_t number;
};

struct writing {
    struct store *store;
    int pipe;
    uint32_t next[2], done[2]; /* of each file */
};

struct turn {
    struct writing *w;
    struct receipt receipt;
};

static void acknowledge(void *ctx, enum store_outcome outcome)
{
    struct turn *t = ctx;

    if (outcome != STORE_WRITTEN ||
        write(t->w->pipe, &t->receipt, sizeof t->receipt) != sizeof t->receipt)
        _exit(3);
    t->w->done[t->receipt.file]++;
    free(t);
}

/* Batch `n` of a file: each part says `n`. */
static struct store_batch *batch_of(enum store_file file, uint32_t n)
{
    struct store_batch *b = store_batch_new(file);
    struct slice value = { (const char *)&n, sizeof n };
    const struct store_entry entry = { .incident = n + 1, .who = SLICE("mailfuse") };

    if (file == STORE_STATE) {
        store_put(b, STORE_INCIDENT, value, value);
        store_add_journal(b, &entry);
        store_put(b, STORE_ACTION, value, value);
    } else {
        for (uint32_t i = 0; i < SNAPSHOT; i++)
            store_put_picture(b, i * 40, value);
        store_put(b, STORE_POSITION, SLICE("mail.log"), value);
    }
    return b;
}

static void submit(struct writing *w, enum store_file file)
{
    struct turn *t = malloc(sizeof *t);

    if (t == NULL)
        _exit(3);
    *t = (struct turn){ w, { file, w->next[file] } };
    store_submit(w->store, batch_of(file, w->next[file]++), acknowledge, t);
}

/* Write until somebody kills us. */
static void write_for_ever(const char *folder, int pipe, const uint32_t first[2])
{
    struct buf error = buf_make(1024);
    struct writing w = { .pipe = pipe, .next = { first[0], first[1] } };

    (void)alarm(PATIENCE_S);
    w.store = store_open(folder, &error);
    if (w.store == NULL || store_start(w.store) != 0)
        _exit(3);
    for (;;) {
        struct pollfd readable = { .fd = store_fd(w.store), .events = POLLIN };

        for (int file = 0; file < 2; file++)
            while (w.next[file] - first[file] < w.done[file] + AHEAD)
                submit(&w, (enum store_file)file);
        (void)poll(&readable, 1, 1000);
        store_dispatch(w.store);
    }
}

/* Start a child that goes on with the batches `next`, kill it after some receipts, and bring `next`
 * up to what was acknowledged. */
static void write_and_die(const struct fixture *f, uint32_t next[2], uint32_t receipts)
{
    struct receipt got;
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0)
        write_for_ever(f->folder, ends[1], next);
    (void)close(ends[1]);
    for (uint32_t n = 0; read(ends[0], &got, sizeof got) == sizeof got; n++) {
        assert_int_equal(got.number, next[got.file]);
        next[got.file]++;
        if (n == receipts)
            (void)kill(child, SIGKILL);
    }
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

struct found {
    uint32_t n, wrong, last;
};

static bool look_at_item(void *ctx, struct slice key, struct slice value)
{
    struct found *found = ctx;

    found->wrong += !slice_eq(key, value);
    found->n++;
    return true;
}

static bool look_at_picture(void *ctx, uint32_t id, struct slice value)
{
    struct found *found = ctx;
    uint32_t n;

    memcpy(&n, value.p, sizeof n);
    found->wrong += found->n > 0 && n != found->last;
    found->last = n;
    found->n++;
    return id % 40 == 0;
}

static bool look_at_position(void *ctx, struct slice key, struct slice value)
{
    (void)key;
    memcpy(ctx, value.p, sizeof(uint32_t));
    return true;
}

static void expect_whole(struct fixture *f, uint32_t next[2])
{
    struct found incidents = { 0 }, actions = { 0 }, pictures = { 0 };
    struct buf error = buf_make(1024);
    uint32_t position = 0;

    fixture_open(f, false);
    assert_int_equal(store_each_item(f->store, STORE_INCIDENT, look_at_item, &incidents, &error),
                     0);
    assert_int_equal(store_each_item(f->store, STORE_ACTION, look_at_item, &actions, &error), 0);
    assert_int_equal(store_each_picture(f->store, look_at_picture, &pictures, &error), 0);
    assert_int_equal(store_each_item(f->store, STORE_POSITION, look_at_position, &position, &error),
                     0);
    fixture_close(f);
    assert_int_equal(incidents.wrong + actions.wrong + pictures.wrong, 0);
    assert_int_equal(actions.n, incidents.n);
    assert_int_equal(fixture_sql(f, "state.db", "SELECT count(DISTINCT incident) FROM journal"),
                     incidents.n);
    assert_in_range(incidents.n, next[STORE_STATE], next[STORE_STATE] + AHEAD);
    next[STORE_STATE] = incidents.n;
    if (pictures.n == 0)
        return;
    assert_int_equal(pictures.n, SNAPSHOT);
    assert_int_equal(pictures.last, position);
    assert_in_range(position + 1, next[STORE_PICTURES], next[STORE_PICTURES] + AHEAD);
    next[STORE_PICTURES] = position + 1;
}

static void test_kill(void **state)
{
    struct fixture f = fixture_make();
    uint32_t next[2] = { 0 };

    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        write_and_die(&f, next, (uint32_t)(hash_u64(round + 1) % 60));
        expect_whole(&f, next);
    }
    assert_true(next[STORE_STATE] > ROUNDS && next[STORE_PICTURES] > ROUNDS);
    fixture_done(&f);
}

/* While the files are made, too. */
static void test_kill_at_birth(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < BIRTHS; round++) {
        struct fixture f = fixture_make();
        uint32_t next[2] = { 0 };
        pid_t child = fork();
        int status;

        if (child == 0)
            write_for_ever(f.folder, open("/dev/null", O_WRONLY | O_CLOEXEC), next);
        (void)usleep(round * 1000); /* some time in between */
        (void)kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        fixture_open(&f, false);
        fixture_done(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_kill_at_birth),
    };

    return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
