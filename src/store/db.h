/* db.h - one SQLite file: opened or created, checked, brought up to date, and what its errors mean.
 * A connection is used by one thread at a time; the owner sees to that. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>

#include "store/schema.h"

struct db {
    const struct schema *schema;
    char *path;      /* owned */
    sqlite3 *sqlite; /* owned; NULL when closed */
};

/* Open `folder`/`schema->name`, or create it as a whole under another name and move it there.
 * 0, or -EIO with a sentence in `error`; then the files are as they were. Either way the caller
 * calls db_done. */
NODISCARD int db_open(struct db *db, const char *folder, const struct schema *schema,
                      struct buf *error);

/* Close the connection; nothing of the write-ahead log is moved unless db_settle was called. */
void db_done(struct db *db);

/* From now on closing moves the write-ahead log into the file: all was read and understood. */
void db_settle(struct db *db);

/* A connection of its own to the same file that only reads. SQLITE_OK or another code. */
NODISCARD int db_open_reader(const char *path, sqlite3 **out);

/* Run SQL that gives no rows. A code of SQLite. */
int db_exec(sqlite3 *sqlite, const char *sql);

/* The first column of the first row of a PRAGMA, as a number. A code of SQLite. */
NODISCARD int db_number(sqlite3 *sqlite, const char *sql, int64_t *out);

/* True when the file at its path is another one, or none, by now. */
bool db_moved(const struct db *db);

/* What a code (extended) and the errno behind it mean, to follow "PATH: ". */
void db_words(struct buf *out, int code, int system_errno);

/* The same for the last error of `db`, and for the damage that `code` may mean how to go on. */
void db_explain(struct buf *out, const struct db *db, int code);

/* "PATH: WHAT. To go on ...": what to do with a file that mailfuse refuses. */
void db_refuse(struct buf *out, const struct db *db, const char *what);

#endif
