#include "store/db.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/db_file.h"

#include "base/ban.h"

enum { BUSY_MS = 250 }; /* wait that long for an administrator's sqlite3 */

int db_exec(sqlite3 *sqlite, const char *sql)
{
    return sqlite3_exec(sqlite, sql, NULL, NULL, NULL);
}

int db_number(sqlite3 *sqlite, const char *sql, int64_t *out)
{
    sqlite3_stmt *query = NULL;
    int rc = sqlite3_prepare_v2(sqlite, sql, -1, &query, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(query);
        if (rc == SQLITE_ROW)
            *out = sqlite3_column_int64(query, 0);
        rc = rc == SQLITE_ROW ? SQLITE_OK : rc == SQLITE_DONE ? SQLITE_ERROR : rc;
    }
    (void)sqlite3_finalize(query);
    return rc;
}

static int connect_to(const char *path, int flags, sqlite3 **out)
{
    int rc = sqlite3_open_v2(path, out, flags | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc != SQLITE_OK)
        return rc;
    (void)sqlite3_extended_result_codes(*out, 1);
    (void)sqlite3_busy_timeout(*out, BUSY_MS);
    (void)sqlite3_db_config(*out, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    (void)sqlite3_db_config(*out, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(*out, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return db_exec(*out, "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;");
}

int db_open_reader(const char *path, sqlite3 **out)
{
    return connect_to(path, SQLITE_OPEN_READONLY, out);
}

/* Steps `from`.. of the schema and the number of the version, in one transaction. */
static int migrate(sqlite3 *sqlite, const struct schema *schema, uint32_t from)
{
    char *version = sqlite3_mprintf("PRAGMA application_id=%u; PRAGMA user_version=%u;",
                                    schema->application_id, schema->version);
    int rc = version != NULL ? db_exec(sqlite, "BEGIN IMMEDIATE") : SQLITE_NOMEM;

    for (uint32_t i = from; i < schema->version && rc == SQLITE_OK; i++)
        rc = db_exec(sqlite, schema->steps[i]);
    if (rc == SQLITE_OK)
        rc = db_exec(sqlite, version);
    if (rc == SQLITE_OK)
        rc = db_exec(sqlite, "COMMIT");
    sqlite3_free(version);
    return rc;
}

/* Fill the empty file at `path`. On the way there it is no mailfuse's: a kill leaves rubbish under
 * a name that nobody opens. */
static int fill(struct db *fresh, const char *path)
{
    char *size =
        sqlite3_mprintf("PRAGMA page_size=%u; PRAGMA journal_mode=WAL;", fresh->schema->page_size);
    int rc = connect_to(path, SQLITE_OPEN_READWRITE, &fresh->sqlite);

    if (rc == SQLITE_OK)
        rc = size != NULL ? db_exec(fresh->sqlite, size) : SQLITE_NOMEM;
    if (rc == SQLITE_OK)
        rc = migrate(fresh->sqlite, fresh->schema, 0);
    if (rc == SQLITE_OK) /* the log goes away with the connection */
        rc = sqlite3_wal_checkpoint_v2(fresh->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_free(size);
    return rc;
}

static int create(struct db *db, struct buf *error)
{
    CLEANUP(db_done)
    struct db fresh = { .schema = db->schema, .path = db_file_beside(db->path, ".new") };
    int rc = db_file_create(fresh.path), code;

    if (rc == 0 && (code = fill(&fresh, fresh.path)) != SQLITE_OK) {
        buf_printf(error, "%s: cannot be created: ", db->path);
        db_words(error, code, sqlite3_system_errno(fresh.sqlite));
        (void)unlink(fresh.path);
        return -EIO;
    }
    if (rc == 0) {
        db_settle(&fresh);
        if (sqlite3_close(fresh.sqlite) == SQLITE_OK)
            fresh.sqlite = NULL;
        rc = db_file_rename(fresh.path, db->path);
    }
    if (rc != 0)
        buf_printf(error, "%s: cannot be created: %s", db->path, strerror(-rc));
    return rc != 0 ? -EIO : 0;
}

/* SQLITE_OK when there is no damage, or the file is too large to look for it. */
static int check(sqlite3 *sqlite, uint32_t pages_max)
{
    sqlite3_stmt *query = NULL;
    int64_t pages = 0;
    int rc = db_number(sqlite, "PRAGMA page_count", &pages);

    if (rc != SQLITE_OK || pages > pages_max)
        return rc;
    rc = sqlite3_prepare_v2(sqlite, "PRAGMA quick_check(1)", -1, &query, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(query);
        if (rc == SQLITE_ROW)
            rc = slice_eq(slice_of((const char *)sqlite3_column_text(query, 0)), SLICE("ok"))
                     ? SQLITE_OK
                     : SQLITE_CORRUPT;
    }
    (void)sqlite3_finalize(query);
    return rc;
}

/* Whose file it is, and of which version. */
static int identify(struct db *db, int64_t *version, struct buf *error)
{
    int64_t id = 0;
    int rc = db_number(db->sqlite, "PRAGMA application_id", &id);

    if (rc == SQLITE_OK)
        rc = db_number(db->sqlite, "PRAGMA user_version", version);
    if (rc != SQLITE_OK) {
        db_explain(error, db, rc);
        return -EIO;
    }
    if (id != db->schema->application_id || *version < 1) {
        db_refuse(error, db, "is a database, but not one of mailfuse's");
        return -EIO;
    }
    if (*version > db->schema->version) {
        buf_printf(error,
                   "%s: was written by a newer mailfuse (version %lld of the file; this one "
                   "knows %u). Install that one again, or ",
                   db->path, (long long)*version, db->schema->version);
        db_file_remedy(error, db->path, db->schema->without);
        return -EIO;
    }
    return 0;
}

/* A file that was restored from a backup may have another mode. Where shared memory does not work,
 * as on some network file systems, SQLite stays in that mode and says so by its name only. */
static int use_log(sqlite3 *sqlite)
{
    sqlite3_stmt *query = NULL;
    int rc = sqlite3_prepare_v2(sqlite, "PRAGMA journal_mode=WAL", -1, &query, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(query);
        if (rc == SQLITE_ROW)
            rc = slice_eq(slice_of((const char *)sqlite3_column_text(query, 0)), SLICE("wal"))
                     ? SQLITE_OK
                     : SQLITE_NOLFS;
    }
    (void)sqlite3_finalize(query);
    return rc == SQLITE_OK ? db_exec(sqlite, "PRAGMA wal_autocheckpoint=0") : rc;
}

int db_open(struct db *db, const char *folder, const struct schema *schema, struct buf *error)
{
    int64_t version = 0;
    int rc;

    *db = (struct db){ .schema = schema, .path = db_file_path(folder, schema->name) };
    rc = db_file_look(db, error);
    if (rc == -ENOENT)
        rc = create(db, error);
    if (rc != 0)
        return rc;
    rc = connect_to(db->path, SQLITE_OPEN_READWRITE, &db->sqlite);
    if (rc == SQLITE_OK && sqlite3_db_readonly(db->sqlite, "main") == 1)
        rc = SQLITE_READONLY;
    if (rc == SQLITE_OK && identify(db, &version, error) != 0)
        return -EIO;
    if (rc == SQLITE_OK)
        rc = check(db->sqlite, schema->check_pages);
    if (rc == SQLITE_OK)
        rc = use_log(db->sqlite);
    if (rc == SQLITE_OK)
        rc = db_exec(db->sqlite, schema->pragmas);
    if (rc == SQLITE_OK && version < schema->version)
        rc = migrate(db->sqlite, schema, (uint32_t)version);
    if (rc != SQLITE_OK)
        db_explain(error, db, rc);
    return rc == SQLITE_OK ? 0 : -EIO;
}

void db_settle(struct db *db)
{
    (void)sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}

void db_done(struct db *db)
{
    if (db->sqlite != NULL)
        (void)sqlite3_close(db->sqlite);
    free(db->path);
    *db = (struct db){ 0 };
}
