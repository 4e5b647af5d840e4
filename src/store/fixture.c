#include "store/fixture.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/ban.h"

enum { PATIENCE_MS = 10000, TEXT = 1 << 16 };

struct fixture fixture_make(void)
{
    struct fixture f = { .folder = "/tmp/mailfuse-store-XXXXXX" };

    assert_non_null(mkdtemp(f.folder));
    return f;
}

void fixture_path(const struct fixture *f, const char *name, char out[FIXTURE_PATH])
{
    (void)snprintf(out, FIXTURE_PATH, "%s/%s", f->folder, name);
}

void fixture_done(struct fixture *f)
{
    DIR *folder;
    struct dirent *entry;
    char path[FIXTURE_PATH];

    (void)store_close(f->store, PATIENCE_MS);
    folder = opendir(f->folder);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        fixture_path(f, entry->d_name, path);
        (void)unlink(path);
    }
    (void)closedir(folder);
    (void)rmdir(f->folder);
}

static void keep_error(struct fixture *f, const struct buf *error)
{
    (void)snprintf(f->error, sizeof f->error, "%.*s", SLICE_ARG(buf_slice(error)));
}

static void open_it(struct fixture *f)
{
    struct buf error = buf_make(4096);

    f->store = store_open(f->folder, &error);
    keep_error(f, &error);
    buf_done(&error);
}

void fixture_open(struct fixture *f, bool start)
{
    open_it(f);
    if (f->store == NULL)
        fail_msg("refused: %s", f->error);
    if (start)
        assert_int_equal(store_start(f->store), 0);
}

const char *fixture_refused(struct fixture *f)
{
    open_it(f);
    assert_null(f->store);
    return f->error;
}

void fixture_close(struct fixture *f)
{
    assert_int_equal(store_close(f->store, PATIENCE_MS), 0);
    f->store = NULL;
}

void fixture_reopen(struct fixture *f)
{
    fixture_close(f);
    fixture_open(f, false);
}

void outcome_add(void *ctx, enum store_outcome outcome)
{
    struct outcome *o = ctx;

    o->times[outcome]++;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void fixture_until(struct fixture *f, const uint32_t *count, uint32_t want)
{
    int64_t until = now_ms() + PATIENCE_MS;

    while (*count < want) {
        struct pollfd readable = { .fd = store_fd(f->store), .events = POLLIN };

        if (now_ms() > until)
            fail_msg("waited for %u, got %u", want, *count);
        (void)poll(&readable, 1, 100);
        if ((readable.revents & POLLIN) != 0)
            store_dispatch(f->store);
    }
}

void fixture_write(struct fixture *f, struct store_batch *b)
{
    struct outcome o = { 0 };

    store_submit(f->store, b, outcome_add, &o);
    fixture_until(f, &o.times[STORE_WRITTEN], 1);
    assert_int_equal(o.times[STORE_LOST], 0);
}

static bool add_item(void *ctx, struct slice key, struct slice value)
{
    struct buf *out = ctx;

    buf_printf(out, "%s%.*s=%.*s", out->n > 0 ? " " : "", SLICE_ARG(key), SLICE_ARG(value));
    return true;
}

static bool add_picture(void *ctx, uint32_t id, struct slice value)
{
    struct buf *out = ctx;

    buf_printf(out, "%s%u=%.*s", out->n > 0 ? " " : "", id, SLICE_ARG(value));
    return true;
}

static void read_well(struct fixture *f, int rc, struct buf *out, struct buf *error)
{
    keep_error(f, error);
    if (rc != 0)
        fail_msg("cannot be read: %s", f->error);
    buf_add_char(out, '\0');
    buf_done(error);
}

void fixture_items(struct fixture *f, enum store_kind kind, struct buf *out)
{
    struct buf error = buf_make(4096);

    read_well(f, store_each_item(f->store, kind, add_item, out, &error), out, &error);
}

void fixture_pictures(struct fixture *f, struct buf *out)
{
    struct buf error = buf_make(4096);

    read_well(f, store_each_picture(f->store, add_picture, out, &error), out, &error);
}

int64_t fixture_sql(const struct fixture *f, const char *file, const char *sql)
{
    sqlite3 *sqlite = NULL;
    sqlite3_stmt *query = NULL;
    int64_t number = -1;
    char path[FIXTURE_PATH];

    fixture_path(f, file, path);
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(sqlite, sql, -1, &query, NULL), SQLITE_OK);
    if (sqlite3_step(query) == SQLITE_ROW)
        number = sqlite3_column_int64(query, 0);
    assert_int_equal(sqlite3_finalize(query), SQLITE_OK);
    (void)sqlite3_close(sqlite);
    return number;
}

void fixture_trouble(const struct fixture *f, const char *want, const char *also)
{
    struct buf text = buf_make(TEXT);

    assert_true(store_trouble(f->store, &text));
    buf_add_char(&text, '\0');
    if (!holds(text.p, f->folder) || !holds(text.p, want) || !holds(text.p, also))
        fail_msg("got \"%s\", want \"%s\" and \"%s\"", text.p, want, also);
    buf_done(&text);
}

void fixture_peace(const struct fixture *f)
{
    struct buf text = buf_make(TEXT);

    if (store_trouble(f->store, &text))
        fail_msg("trouble: %.*s", SLICE_ARG(buf_slice(&text)));
    buf_done(&text);
}

bool holds(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}
