#include "store/writer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum { IN_STATE = 1 << STORE_STATE, IN_PICTURES = 1 << STORE_PICTURES };

static const struct statement {
    unsigned files; /* in which it makes sense */
    const char *sql;
} statements[WRITE_STATEMENTS] = {
    [WRITE_PUT] = { IN_STATE | IN_PICTURES,
                    "INSERT INTO items(kind, key, value, sum) VALUES(?1, ?2, ?3, ?4)"
                    " ON CONFLICT(kind, key) DO UPDATE SET value=excluded.value, "
                    "sum=excluded.sum" },
    [WRITE_DELETE] = { IN_STATE | IN_PICTURES, "DELETE FROM items WHERE kind=?1 AND key=?2" },
    [WRITE_META] = { IN_STATE | IN_PICTURES,
                     "INSERT INTO meta(key, value) VALUES(?1, ?2)"
                     " ON CONFLICT(key) DO UPDATE SET value=excluded.value" },
    [WRITE_JOURNAL] = { IN_STATE, "INSERT INTO journal(at, incident, who, subject, what, detail)"
                                  " VALUES(?1, ?2, ?3, ?4, ?5, ?6)" },
    [WRITE_FORGET] = { IN_STATE, "DELETE FROM journal WHERE id IN"
                                 " (SELECT id FROM journal WHERE at < ?1 ORDER BY at LIMIT 1000)" },
    [WRITE_PICTURE] = { IN_PICTURES, "REPLACE INTO pictures(id, value, sum) VALUES(?1, ?2, ?3)" },
    [WRITE_CLEAR] = { IN_PICTURES, "DELETE FROM pictures" },
};

static int committed(void *ctx, sqlite3 *sqlite, const char *name, int pages)
{
    struct writer *w = ctx;

    (void)sqlite;
    (void)name;
    w->log_pages = (uint32_t)pages;
    return SQLITE_OK;
}

int writer_init(struct writer *w, struct db *db, struct buf *error)
{
    unsigned file = db->schema == schema_of(STORE_STATE) ? IN_STATE : IN_PICTURES;

    *w = (struct writer){ .db = db };
    for (int i = 0; i < WRITE_STATEMENTS; i++) {
        int rc = SQLITE_OK;

        if ((statements[i].files & file) != 0)
            rc = sqlite3_prepare_v3(db->sqlite, statements[i].sql, -1, SQLITE_PREPARE_PERSISTENT,
                                    &w->statements[i], NULL);
        if (rc != SQLITE_OK) {
            db_explain(error, db, rc);
            return -EIO;
        }
    }
    (void)sqlite3_wal_hook(db->sqlite, committed, w);
    return 0;
}

void writer_done(struct writer *w)
{
    for (int i = 0; i < WRITE_STATEMENTS; i++) {
        (void)sqlite3_finalize(w->statements[i]);
        w->statements[i] = NULL;
    }
}

/* Values live until `run` has reset the statement. A length of SQLite is an int; what is longer
 * than its limit is refused by it. */
static void bind_blob(sqlite3_stmt *s, int at, struct slice value)
{
    (void)sqlite3_bind_blob64(s, at, value.n > 0 ? value.p : "", value.n, SQLITE_STATIC);
}

static void bind_text(sqlite3_stmt *s, int at, struct slice value)
{
    (void)sqlite3_bind_text64(s, at, value.n > 0 ? value.p : "", value.n, SQLITE_STATIC,
                              SQLITE_UTF8);
}

static void bind_number(sqlite3_stmt *s, int at, int64_t value)
{
    (void)sqlite3_bind_int64(s, at, value);
}

static int run(sqlite3_stmt *s)
{
    int rc = sqlite3_step(s);

    (void)sqlite3_reset(s);
    (void)sqlite3_clear_bindings(s);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int write_entry(sqlite3_stmt *s, const struct store_entry *e)
{
    bind_number(s, 1, e->at.ms);
    if (e->incident != 0)
        bind_number(s, 2, (int64_t)e->incident);
    bind_text(s, 3, e->who);
    bind_text(s, 4, e->subject);
    bind_text(s, 5, e->what);
    bind_text(s, 6, e->detail);
    return run(s);
}

static int write_change(struct writer *w, const struct change *c)
{
    sqlite3_stmt *s = NULL;

    switch (c->type) {
    case CHANGE_PUT:
        s = w->statements[WRITE_PUT];
        bind_blob(s, 3, c->value);
        bind_number(s, 4, schema_sum(c->kind, c->key, c->value));
        break;
    case CHANGE_DELETE:
        s = w->statements[WRITE_DELETE];
        break;
    case CHANGE_META:
        s = w->statements[WRITE_META];
        bind_text(s, 1, c->key);
        bind_blob(s, 2, c->value);
        return run(s);
    case CHANGE_JOURNAL:
        return write_entry(w->statements[WRITE_JOURNAL], &c->entry);
    case CHANGE_FORGET:
        s = w->statements[WRITE_FORGET];
        bind_number(s, 1, c->entry.at.ms);
        return run(s);
    }
    bind_number(s, 1, c->kind);
    bind_blob(s, 2, c->key);
    return run(s);
}

/* Of one number the later put stands first in the list of a batch, and stays first: addresses say
 * nothing of the order, so places in the list do. */
struct place {
    const struct picture_put *put;
    uint32_t id, place; /* the id of the put: to compare must not bring it from far memory */
};

static int by_number(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* In the order of their numbers, so that each page of the file is touched once. */
static int write_pictures(struct writer *w, const struct store_batch *b)
{
    struct place *places = memory_new(b->pictures_n, sizeof *places);
    sqlite3_stmt *s = w->statements[WRITE_PICTURE];
    uint32_t n = 0;
    int rc = SQLITE_OK;

    for (const struct picture_put *p = b->pictures; p != NULL; p = p->next, n++)
        places[n] = (struct place){ p, p->id, n };
    qsort(places, n, sizeof *places, by_number);
    for (uint32_t i = 0; i < n && rc == SQLITE_OK; i++) {
        const struct picture_put *p = places[i].put;

        if (i > 0 && places[i - 1].id == p->id)
            continue;
        bind_number(s, 1, p->id);
        bind_blob(s, 2, p->value);
        bind_number(s, 3, schema_sum(p->id, (struct slice){ 0 }, p->value));
        rc = run(s);
    }
    free(places);
    return rc;
}

static int write_batch(struct writer *w, const struct store_batch *b)
{
    int rc = b->clear_pictures ? run(w->statements[WRITE_CLEAR]) : SQLITE_OK;

    if (rc == SQLITE_OK && b->pictures_n > 0)
        rc = write_pictures(w, b);
    for (const struct change *c = b->first; c != NULL && rc == SQLITE_OK; c = c->next)
        rc = write_change(w, c);
    return rc;
}

int writer_write(struct writer *w, const struct store_batch *first, uint32_t n, int *system_errno)
{
    const struct store_batch *b = first;
    int rc = db_moved(w->db) ? SQLITE_READONLY_DBMOVED : SQLITE_OK;

    *system_errno = errno = 0; /* SQLite forgets that of the log */
    if (rc == SQLITE_OK)
        rc = db_exec(w->db->sqlite, "BEGIN IMMEDIATE");
    for (uint32_t i = 0; i < n && rc == SQLITE_OK; i++, b = b->next)
        rc = write_batch(w, b);
    if (rc == SQLITE_OK)
        rc = db_exec(w->db->sqlite, "COMMIT");
    if (rc == SQLITE_OK)
        return rc;
    *system_errno = errno;
    if (sqlite3_get_autocommit(w->db->sqlite) == 0)
        (void)db_exec(w->db->sqlite, "ROLLBACK");
    return rc;
}

void writer_checkpoint(struct writer *w)
{
    int in_log = -1, moved = -1;
    int rc = sqlite3_wal_checkpoint_v2(w->db->sqlite, "main", SQLITE_CHECKPOINT_PASSIVE, &in_log,
                                       &moved);

    if (rc == SQLITE_OK && in_log >= 0)
        w->log_pages = (uint32_t)(in_log - moved);
}
