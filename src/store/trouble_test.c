/* The disk is full, another program has the lock, the file is gone: nothing is lost, and it is
 * said. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/fixture.h"

#include "base/ban.h"

enum { TEXT = 1 << 16, MEGABYTE = 1 << 20, BIG = 300 * 1024 };

/* Puts `value` under a key of its own and of all, and writes about it into the journal. */
static struct store_batch *change(const char *key, const char *value)
{
    struct store_batch *b = store_batch_new(STORE_STATE);
    const struct store_entry entry = { .who = SLICE("admin"), .what = slice_of(value) };

    store_put(b, STORE_LOCK, slice_of(key), slice_of(value));
    store_put(b, STORE_LOCK, SLICE("last"), slice_of(value));
    store_add_journal(b, &entry);
    return b;
}

static void expect_locks(struct fixture *f, const char *want)
{
    struct buf got = buf_make(TEXT);

    fixture_reopen(f);
    fixture_items(f, STORE_LOCK, &got);
    assert_string_equal(got.p, want);
    buf_done(&got);
}

/* One kind of trouble, from its begin to its end. */
struct plight {
    struct fixture f;
    sqlite3 *other;
    char filler[FIXTURE_PATH];
    struct rlimit limit;
};

static void fill_disk(struct plight *p)
{
    static const char zeroes[4096];
    int fd;

    fixture_path(&p->f, "filler", p->filler);
    fd = open(p->filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    while (write(fd, zeroes, sizeof zeroes) > 0)
        ;
    assert_int_equal(errno, ENOSPC);
    (void)close(fd);
}

static void free_disk(struct plight *p)
{
    assert_int_equal(unlink(p->filler), 0);
}

static void limit_files(struct plight *p)
{
    struct rlimit small;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &p->limit), 0);
    small = p->limit;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
}

static void no_limit(struct plight *p)
{
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &p->limit), 0);
}

static void lock_file(struct plight *p)
{
    char path[FIXTURE_PATH];

    fixture_path(&p->f, "state.db", path);
    assert_int_equal(sqlite3_open(path, &p->other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(p->other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
}

static void unlock_file(struct plight *p)
{
    assert_int_equal(sqlite3_exec(p->other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(p->other), SQLITE_OK);
}

static void swap(const struct plight *p, const char *from, const char *to)
{
    char a[FIXTURE_PATH], b[FIXTURE_PATH];

    fixture_path(&p->f, from, a);
    fixture_path(&p->f, to, b);
    assert_int_equal(rename(a, b), 0);
}

static void move_away(struct plight *p)
{
    swap(p, "state.db", "elsewhere");
}

static void move_back(struct plight *p)
{
    swap(p, "elsewhere", "state.db");
}

static const struct trouble_case {
    const char *name, *want;
    void (*begin)(struct plight *p);
    void (*end)(struct plight *p);
} trouble_cases[] = {
    { "full", "/state.db: the disk is full since ", fill_disk, free_disk },
    { "file limit", "/state.db: cannot be read or written: File too large since ", limit_files,
      no_limit },
    { "locked", "/state.db: another program has locked it since ", lock_file, unlock_file },
    { "moved", "/state.db: was moved or removed while in use; restart mailfuse", move_away,
      move_back },
};

/* The folder becomes a file system of two megabytes that nobody else sees and that ends with us. */
static bool own_disk(const struct fixture *f)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", f->folder, "tmpfs", 0, "size=2m") == 0;
}

static void test_trouble(const struct trouble_case *c, bool small_disk)
{
    struct plight p = { .f = fixture_make() };
    struct outcome first = { 0 }, second = { 0 };

    if (small_disk && !own_disk(&p.f)) {
        fixture_done(&p.f);
        print_message("%s: not tried, only root may mount\n", c->name);
        return;
    }
    fixture_open(&p.f, true);
    fixture_write(&p.f, change("before", "0"));
    fixture_peace(&p.f);
    c->begin(&p);
    store_submit(p.f.store, change("first", "1"), outcome_add, &first);
    fixture_until(&p.f, &first.times[STORE_WAITS], 1);
    fixture_trouble(&p.f, c->want, "; 3 changes wait");
    store_submit(p.f.store, change("second", "2"), outcome_add, &second);
    fixture_until(&p.f, &second.times[STORE_WAITS], 1);
    assert_int_equal(first.times[STORE_WRITTEN] + second.times[STORE_WRITTEN], 0);
    c->end(&p);
    fixture_until(&p.f, &second.times[STORE_WRITTEN], 1);
    assert_int_equal(first.times[STORE_WRITTEN], 1);
    assert_int_equal(first.times[STORE_WAITS] + second.times[STORE_WAITS], 2);
    fixture_peace(&p.f);
    assert_true(store_figures(p.f.store, STORE_STATE).failures >= 1);
    expect_locks(&p.f, "before=0 first=1 last=2 second=2");
    assert_int_equal(fixture_sql(&p.f, "state.db", "SELECT count(*) FROM journal"), 3);
    if (small_disk) {
        fixture_close(&p.f);
        assert_int_equal(umount2(p.f.folder, MNT_DETACH), 0);
    }
    fixture_done(&p.f);
}

static void test_troubles(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(trouble_cases); i++)
        test_trouble(&trouble_cases[i], trouble_cases[i].begin == fill_disk);
}

/* A worker that was killed while the disk is full can start again and decides on; one that starts
 * for the first time says what is wrong. */
static void test_start_on_full_disk(void **state)
{
    struct plight p = { .f = fixture_make() };
    struct outcome o = { 0 };
    int status;
    pid_t child;

    (void)state;
    if (!own_disk(&p.f)) {
        fixture_done(&p.f);
        skip();
    }
    child = fork();
    if (child == 0) {
        fixture_open(&p.f, true);
        fixture_write(&p.f, change("before", "0"));
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    fill_disk(&p);
    fixture_open(&p.f, true);
    store_submit(p.f.store, change("first", "1"), outcome_add, &o);
    fixture_until(&p.f, &o.times[STORE_WAITS], 1);
    fixture_trouble(&p.f, "/state.db: the disk is full since ", "; 3 changes wait");
    free_disk(&p);
    fixture_until(&p.f, &o.times[STORE_WRITTEN], 1);
    expect_locks(&p.f, "before=0 first=1 last=1");
    fixture_close(&p.f);
    fixture_open(&p.f, true);
    fixture_close(&p.f); /* in order, so that the write-ahead log goes away */
    fill_disk(&p);
    assert_true(holds(fixture_refused(&p.f), "/state.db: "));
    assert_true(holds(p.f.error, "disk is full") || holds(p.f.error, "No space left on device"));
    assert_int_equal(umount2(p.f.folder, MNT_DETACH), 0);
    fixture_done(&p.f);
}

/* A lock that waits while an administrator's sqlite3 keeps the file locked, and the daemon ends. */
static void test_end_in_trouble(void **state)
{
    struct plight p = { .f = fixture_make() };
    struct outcome o = { 0 };

    (void)state;
    fixture_open(&p.f, true);
    fixture_write(&p.f, change("before", "0"));
    lock_file(&p);
    store_submit(p.f.store, change("never", "1"), outcome_add, &o);
    fixture_until(&p.f, &o.times[STORE_WAITS], 1);
    assert_int_equal(store_close(p.f.store, 50), -ETIMEDOUT);
    p.f.store = NULL;
    assert_int_equal(o.times[STORE_LOST], 1);
    unlock_file(&p);
    fixture_open(&p.f, false);
    expect_locks(&p.f, "before=0 last=0");
    fixture_done(&p.f);
}

/* What waits is bounded: snapshots are refused as a whole, until the file can be written again. */
static void test_pictures_bounded(void **state)
{
    enum { BATCHES = 90 };
    struct plight p = { .f = fixture_make() };
    struct outcome o = { 0 };
    struct slice megabyte = { calloc(MEGABYTE, 1), MEGABYTE };
    char path[FIXTURE_PATH];

    (void)state;
    assert_non_null(megabyte.p);
    fixture_open(&p.f, true);
    fixture_path(&p.f, "pictures.db", path);
    assert_int_equal(sqlite3_open(path, &p.other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(p.other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (uint32_t i = 0; i < BATCHES; i++) {
        struct store_batch *b = store_batch_new(STORE_PICTURES);

        store_put_picture(b, i, megabyte);
        store_submit(p.f.store, b, outcome_add, &o);
    }
    fixture_until(&p.f, &o.times[STORE_LOST], BATCHES - 63);
    fixture_until(&p.f, &o.times[STORE_WAITS], 50);
    assert_in_range(store_figures(p.f.store, STORE_PICTURES).waiting_bytes, 50 * MEGABYTE,
                    64 * MEGABYTE);
    unlock_file(&p);
    fixture_until(&p.f, &o.times[STORE_WRITTEN], BATCHES - o.times[STORE_LOST]);
    fixture_peace(&p.f);
    free((void *)(uintptr_t)megabyte.p);
    fixture_done(&p.f);
}

/* Of the same keys over and over the last values wait, in little memory, with all of the journal.
 */
static void test_state_merged(void **state)
{
    enum { BATCHES = 3000 };
    struct plight p = { .f = fixture_make() };
    struct outcome o = { 0 };

    (void)state;
    fixture_open(&p.f, true);
    lock_file(&p);
    for (uint32_t i = 0; i < BATCHES; i++) {
        char key[8], value[16];

        (void)snprintf(key, sizeof key, "%u", i % 3);
        (void)snprintf(value, sizeof value, "%u", i);
        store_submit(p.f.store, change(key, value), outcome_add, &o);
        if (i % 64 == 0)
            fixture_until(&p.f, &o.times[STORE_WAITS], i + 1);
    }
    fixture_until(&p.f, &o.times[STORE_WAITS], BATCHES);
    assert_in_range(store_figures(p.f.store, STORE_STATE).waiting_bytes, 1, 12 * MEGABYTE);
    unlock_file(&p);
    fixture_until(&p.f, &o.times[STORE_WRITTEN], BATCHES);
    assert_int_equal(o.times[STORE_WAITS], BATCHES);
    expect_locks(&p.f, "0=2997 1=2998 2=2999 last=2999");
    assert_int_equal(fixture_sql(&p.f, "state.db", "SELECT count(*) FROM journal"), BATCHES);
    fixture_done(&p.f);
}

/* Somebody reads for ever: the write-ahead log grows, and that is said. */
static void test_log_grows(void **state)
{
    struct plight p = { .f = fixture_make() };
    char *big = calloc(BIG, 1);

    (void)state;
    assert_non_null(big);
    fixture_open(&p.f, true);
    fixture_write(&p.f, change("before", "0"));
    lock_file(&p);
    assert_int_equal(
        sqlite3_exec(p.other, "ROLLBACK; BEGIN; SELECT count(*) FROM items", NULL, NULL, NULL),
        SQLITE_OK);
    for (uint32_t i = 0; i < 240; i++) {
        struct store_batch *b = store_batch_new(STORE_STATE);

        big[0] = (char)i;
        store_put(b, STORE_OTHER, SLICE("big"), (struct slice){ big, BIG });
        fixture_write(&p.f, b);
    }
    fixture_trouble(&p.f, "another program reads it for so long that its write-ahead log has ",
                    " MB");
    unlock_file(&p);
    for (uint32_t i = 0; i < 2; i++)
        fixture_write(&p.f, change("after", "1"));
    free(big);
    fixture_done(&p.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_troubles),           cmocka_unit_test(test_end_in_trouble),
        cmocka_unit_test(test_start_on_full_disk), cmocka_unit_test(test_pictures_bounded),
        cmocka_unit_test(test_state_merged),       cmocka_unit_test(test_log_grows),
    };

    return cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
}
