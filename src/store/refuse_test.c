/* Files and folders that are refused: with a sentence, and as they were afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "store/fixture.h"

#include "base/ban.h"

enum { ITEMS = 300, CONTENT = 1 << 20, FLIPS = 250 };

/* A store with some of everything, closed. */
static struct fixture filled(void)
{
    struct fixture f = fixture_make();
    struct store_batch *state = store_batch_new(STORE_STATE);
    struct store_batch *pictures = store_batch_new(STORE_PICTURES);

    for (uint32_t i = 0; i < ITEMS; i++) {
        char text[64];

        (void)snprintf(text, sizeof text, "value %u of alice@example.test", i);
        store_put(state, STORE_INCIDENT, slice_of(text), slice_of(text));
        store_put_picture(pictures, i, slice_of(text));
    }
    fixture_open(&f, true);
    fixture_write(&f, state);
    fixture_write(&f, pictures);
    fixture_close(&f);
    return f;
}

static struct buf content(const struct fixture *f, const char *name)
{
    struct buf all = buf_make(CONTENT);
    char path[FIXTURE_PATH], block[4096];
    FILE *file;
    size_t n;

    fixture_path(f, name, path);
    file = fopen(path, "rb");
    while (file != NULL && (n = fread(block, 1, sizeof block, file)) > 0)
        buf_add(&all, (struct slice){ block, n });
    if (file != NULL)
        (void)fclose(file);
    assert_false(all.full);
    return all;
}

static void replace(const struct fixture *f, const char *name, struct slice with)
{
    char path[FIXTURE_PATH];
    FILE *file;

    fixture_path(f, name, path);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(with.n > 0 ? with.p : "", 1, with.n, file), with.n);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const struct fixture *f, const char *name)
{
    char path[FIXTURE_PATH];

    fixture_path(f, name, path);
    assert_int_equal(unlink(path), 0);
}

static void flip(const struct fixture *f, const char *name, size_t at)
{
    struct buf all = content(f, name);

    assert_true(at < all.n);
    all.p[at] = (char)(all.p[at] ^ 0x55);
    replace(f, name, buf_slice(&all));
    buf_done(&all);
}

static void damage_magic(struct fixture *f)
{
    flip(f, "state.db", 3);
}

static void damage_front(struct fixture *f)
{
    flip(f, "state.db", 17); /* the size of a page */
}

static void damage_front_of_pictures(struct fixture *f)
{
    flip(f, "pictures.db", 100); /* the root of the list of tables */
}

static void cut_in_half(struct fixture *f)
{
    struct buf all = content(f, "state.db");

    replace(f, "state.db", (struct slice){ all.p, all.n / 8192 * 4096 });
    buf_done(&all);
}

static void make_empty(struct fixture *f)
{
    replace(f, "state.db", SLICE(""));
}

static void make_text(struct fixture *f)
{
    replace(f, "pictures.db", SLICE("Nov 22 03:04:05 mail postfix/smtpd[1]: connect\n"));
}

static void make_newer(struct fixture *f)
{
    (void)fixture_sql(f, "state.db", "PRAGMA user_version=99");
}

static void make_other(struct fixture *f)
{
    (void)fixture_sql(f, "pictures.db", "PRAGMA application_id=7");
}

static void drop_table(struct fixture *f)
{
    (void)fixture_sql(f, "state.db", "DROP TABLE journal");
}

static void make_link(struct fixture *f)
{
    char path[FIXTURE_PATH];

    remove_file(f, "state.db");
    fixture_path(f, "state.db", path);
    assert_int_equal(symlink("/nonexistent/state.db", path), 0);
}

static void leave_log(struct fixture *f)
{
    remove_file(f, "state.db");
    replace(f, "state.db-wal", SLICE("of the database that is gone"));
}

static const struct refuse_case {
    const char *name;
    void (*damage)(struct fixture *f);
    const char *file, *want;
} refuse_cases[] = {
    { "magic", damage_magic, "state.db",
      "is not an SQLite database. Restore it from a backup, or" },
    { "front", damage_front, "state.db", "is not an SQLite database, or its front is damaged. " },
    { "list of tables", damage_front_of_pictures, "pictures.db", "is damaged. Restore" },
    { "half", cut_in_half, "state.db", "is damaged. Restore it from a backup, or move /tmp/" },
    { "empty", make_empty, "state.db", "is empty, which mailfuse never leaves behind. Restore" },
    { "text", make_text, "pictures.db", "is not an SQLite database. Restore it" },
    { "newer", make_newer, "state.db",
      "was written by a newer mailfuse (version 99 of the file; this one knows 1). Install" },
    { "of another program", make_other, "pictures.db", "but not one of mailfuse's. Restore it" },
    { "table is gone", drop_table, "state.db", "has not the tables that mailfuse made. Rest" },
    { "symbolic link", make_link, "state.db", "cannot be opened for writing: Too many levels" },
    { "log alone", leave_log, "state.db", "is missing, but its write-ahead log /tmp/" },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refuse_cases); i++) {
        const struct refuse_case *c = &refuse_cases[i];
        struct fixture f = filled();
        struct buf before, after;
        const char *got;
        char path[FIXTURE_PATH];

        c->damage(&f);
        before = content(&f, c->file);
        got = fixture_refused(&f);
        fixture_path(&f, c->file, path);
        if (!holds(got, path) || !holds(got, c->want))
            fail_msg("%s: got \"%s\", want \"%s\"", c->name, got, c->want);
        after = content(&f, c->file);
        assert_true(slice_eq(buf_slice(&before), buf_slice(&after)));
        buf_done(&before);
        buf_done(&after);
        fixture_done(&f);
    }
}

/* What to do is in the sentence, too, and works. */
static void test_moved_away(void **state)
{
    struct fixture f = filled();
    struct buf text = buf_make(CONTENT);

    (void)state;
    replace(&f, "pictures.db", SLICE("?"));
    assert_true(holds(fixture_refused(&f), "-shm away: mailfuse then starts with nothing learnt"));
    remove_file(&f, "pictures.db");
    fixture_open(&f, false);
    fixture_pictures(&f, &text);
    assert_string_equal(text.p, "");
    buf_clear(&text);
    fixture_items(&f, STORE_INCIDENT, &text);
    assert_true(holds(text.p, "value 299 of alice@example.test"));
    buf_done(&text);
    fixture_done(&f);
}

/* What `sqlite3 state.db .backup` makes may be in another mode: it becomes ours again. */
static void test_restored(void **state)
{
    struct fixture f = filled();

    (void)state;
    (void)fixture_sql(&f, "state.db", "PRAGMA journal_mode=DELETE");
    fixture_open(&f, true);
    fixture_write(&f, store_batch_new(STORE_STATE));
    fixture_close(&f);
    assert_int_equal(fixture_sql(&f, "state.db",
                                 "SELECT count(*) FROM pragma_journal_mode"
                                 " WHERE journal_mode='wal'"),
                     1);
    fixture_done(&f);
}

struct reading {
    uint64_t sum;
    uint32_t n;
};

static bool sum_item(void *ctx, struct slice key, struct slice value)
{
    struct reading *r = ctx;

    r->sum += hash_slice(value, hash_slice(key, 0));
    r->n++;
    return true;
}

static bool sum_picture(void *ctx, uint32_t id, struct slice value)
{
    return sum_item(ctx, (struct slice){ (const char *)&id, sizeof id }, value);
}

/* True when all was read. */
static bool read_all(struct fixture *f, struct reading *r)
{
    struct buf error = buf_make(4096);
    bool good;

    *r = (struct reading){ 0 };
    f->store = store_open(f->folder, &error);
    good = f->store != NULL &&
           store_each_item(f->store, STORE_INCIDENT, sum_item, r, &error) == 0 &&
           store_each_picture(f->store, sum_picture, r, &error) == 0;
    assert_int_equal(good, error.n == 0);
    (void)store_close(f->store, 0);
    f->store = NULL;
    buf_done(&error);
    return good;
}

/* One byte is wrong somewhere: the file is refused, or the byte meant nothing. */
static void test_flips(void **state)
{
    static const char *const names[] = { "state.db", "pictures.db" };
    struct fixture f = filled();
    struct reading all, got;
    uint32_t refused = 0;

    (void)state;
    assert_true(read_all(&f, &all));
    for (uint32_t i = 0; i < FLIPS; i++) {
        const char *name = names[i % 2];
        struct buf good = content(&f, name), bad = content(&f, name);
        size_t at = hash_u64(i + 1) % good.n;

        bad.p[at] = (char)(bad.p[at] ^ (1 + (int)(hash_u64(i) % 255)));
        replace(&f, name, buf_slice(&bad));
        if (!read_all(&f, &got)) {
            struct buf after = content(&f, name);

            assert_true(slice_eq(buf_slice(&bad), buf_slice(&after)));
            buf_done(&after);
            refused++;
        } else if (got.n != all.n || got.sum != all.sum) {
            fail_msg("%s: byte %zu is wrong, and nobody saw it", name, at);
        }
        replace(&f, name, buf_slice(&good));
        buf_done(&good);
        buf_done(&bad);
    }
    assert_in_range(refused, FLIPS / 4, FLIPS);
    fixture_done(&f);
}

static void test_in_use(void **state)
{
    struct fixture f = fixture_make(), other;
    int status;
    pid_t child;

    (void)state;
    fixture_open(&f, false);
    other = f;
    assert_true(holds(fixture_refused(&other), "is in use by another mailfuse (process "));
    child = fork();
    if (child == 0)
        _exit(holds(fixture_refused(&other), "is in use by another mailfuse (process ") ? 7 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 7);
    fixture_close(&f);
    fixture_open(&f, false); /* the file `lock` that is left does not matter */
    fixture_done(&f);
}

static void test_no_folder(void **state)
{
    struct fixture f = { .folder = "/nonexistent/mailfuse" };

    (void)state;
    assert_true(holds(fixture_refused(&f), "/nonexistent/mailfuse: is no folder; make it with: "
                                           "install -d -o root -g mailfuse -m 1771 /nonexistent"));
    f = (struct fixture){ .folder = "/etc/passwd" };
    assert_true(holds(fixture_refused(&f), "/etc/passwd: "));
}

/* As somebody who may not write there; root may everywhere. */
static bool refused_for(uid_t uid, const struct fixture *f, const char *want)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct fixture mine = *f;

        if (geteuid() == 0 && setresuid(uid, uid, uid) < 0)
            _exit(2);
        _exit(holds(fixture_refused(&mine), want) ? 7 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status) == 7;
}

static void test_not_allowed(void **state)
{
    enum { NOBODY = 65534 };
    struct fixture f = filled();
    char path[FIXTURE_PATH];

    (void)state;
    assert_int_equal(chmod(f.folder, 0555), 0);
    assert_true(refused_for(NOBODY, &f, "cannot be written: Permission denied"));
    assert_int_equal(chmod(f.folder, 0777), 0);
    fixture_path(&f, "lock", path);
    assert_int_equal(chmod(path, 0666), 0);
    fixture_path(&f, "state.db", path);
    assert_int_equal(chmod(path, 0444), 0);
    assert_true(
        refused_for(NOBODY, &f, "state.db: cannot be opened for writing: Permission denied"));
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_moved_away),
        cmocka_unit_test(test_restored),    cmocka_unit_test(test_flips),
        cmocka_unit_test(test_in_use),      cmocka_unit_test(test_no_folder),
        cmocka_unit_test(test_not_allowed),
    };

    return cmocka_run_group_tests_name("refuse", tests, NULL, NULL);
}
