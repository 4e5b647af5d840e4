/* What is read at the start, before the threads run. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "store/private.h"

#include "base/ban.h"

static struct slice column(sqlite3_stmt *s, int at)
{
    const char *p = sqlite3_column_blob(s, at);

    return (struct slice){ p, (size_t)sqlite3_column_bytes(s, at) };
}

/* How a reading that ended with `rc` of SQLite went. */
static int ended(sqlite3_stmt *s, const struct db *db, int rc, struct buf *error)
{
    if (rc != SQLITE_DONE)
        db_explain(error, db, rc);
    (void)sqlite3_finalize(s);
    return rc != SQLITE_DONE ? -EIO : 0;
}

/* A row whose value is not what was put, or means nothing to the caller. */
static int refused(sqlite3_stmt *s, const struct db *db, const char *what, long long number,
                   const char *why, struct buf *error)
{
    char sentence[128];

    (void)snprintf(sentence, sizeof sentence, "is damaged: %s %lld %s", what, number, why);
    db_refuse(error, db, sentence);
    (void)sqlite3_finalize(s);
    return -EIO;
}

int store_each_item(struct store *s, enum store_kind kind, store_item_row *row, void *ctx,
                    struct buf *error)
{
    const struct db *db = &s->lanes[kind < STORE_POSITION ? STORE_STATE : STORE_PICTURES].db;
    sqlite3_stmt *query = NULL;
    long long n = 0;
    int rc = sqlite3_prepare_v2(db->sqlite,
                                "SELECT key, value, sum FROM items WHERE kind=?1 ORDER BY key", -1,
                                &query, NULL);

    assert(!s->started);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int(query, 1, (int)kind);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        struct slice key, value;

        rc = sqlite3_step(query);
        if (rc != SQLITE_ROW)
            break;
        n++;
        key = column(query, 0);
        value = column(query, 1);
        if (sqlite3_column_int64(query, 2) != schema_sum(kind, key, value))
            return refused(query, db, "item", n, "has a wrong checksum", error);
        if (!row(ctx, key, value))
            return refused(query, db, "item", n, "means nothing", error);
    }
    return ended(query, db, rc, error);
}

int store_each_picture(struct store *s, store_picture_row *row, void *ctx, struct buf *error)
{
    const struct db *db = &s->lanes[STORE_PICTURES].db;
    sqlite3_stmt *query = NULL;
    int rc = sqlite3_prepare_v2(db->sqlite, "SELECT id, value, sum FROM pictures ORDER BY id", -1,
                                &query, NULL);

    assert(!s->started);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        struct slice value;
        int64_t id;

        rc = sqlite3_step(query);
        if (rc != SQLITE_ROW)
            break;
        id = sqlite3_column_int64(query, 0);
        value = column(query, 1);
        if (id < 0 || id > UINT32_MAX ||
            sqlite3_column_int64(query, 2) != schema_sum((uint64_t)id, (struct slice){ 0 }, value))
            return refused(query, db, "picture", id, "has a wrong checksum", error);
        if (!row(ctx, (uint32_t)id, value))
            return refused(query, db, "picture", id, "means nothing", error);
    }
    rc = ended(query, db, rc, error);
    (void)sqlite3_db_release_memory(db->sqlite);
    return rc;
}

int store_meta(struct store *s, enum store_file file, struct slice key, struct buf *value,
               struct buf *error)
{
    const struct db *db = &s->lanes[file].db;
    sqlite3_stmt *query = NULL;
    bool found = false;
    int rc =
        sqlite3_prepare_v2(db->sqlite, "SELECT value FROM meta WHERE key=?1", -1, &query, NULL);

    assert(!s->started);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text64(query, 1, key.n > 0 ? key.p : "", key.n, SQLITE_STATIC,
                                 SQLITE_UTF8);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(query);
    if (rc == SQLITE_ROW) {
        buf_add(value, column(query, 0));
        found = true;
        rc = SQLITE_DONE;
    }
    rc = ended(query, db, rc, error);
    return rc == 0 && !found ? -ENOENT : rc;
}
