#include "store/db.h"
#include "store/db_file.h"

#include "base/ban.h"

static const struct meaning {
    const char *words;
    int code;    /* an extended one stands before its primary one */
    bool system; /* errno says more */
} meanings[] = {
    { "the disk is full", SQLITE_FULL, false },
    { "another program has locked it", SQLITE_BUSY, false },
    { "was moved or removed while in use; restart mailfuse", SQLITE_READONLY_DBMOVED, false },
    { "may not be written", SQLITE_READONLY, false },
    { "is damaged; restart mailfuse to see how to go on", SQLITE_CORRUPT, false },
    { "is not an SQLite database", SQLITE_NOTADB, false },
    { "its file system allows no write-ahead log; choose a local one", SQLITE_NOLFS, false },
    { "cannot be opened", SQLITE_CANTOPEN, true },
    { "cannot be read or written", SQLITE_IOERR, true },
    { "may not be opened", SQLITE_PERM, true },
};

void db_words(struct buf *out, int code, int system_errno)
{
    for (size_t i = 0; i < COUNT(meanings); i++) {
        if (meanings[i].code != code && meanings[i].code != (code & 0xff))
            continue;
        buf_add(out, slice_of(meanings[i].words));
        if (meanings[i].system && system_errno != 0)
            buf_printf(out, ": %s", strerror(system_errno));
        return;
    }
    buf_add(out, slice_of(sqlite3_errstr(code)));
}

void db_refuse(struct buf *out, const struct db *db, const char *what)
{
    buf_printf(out, "%s: %s. Restore it from a backup, or ", db->path, what);
    db_file_remedy(out, db->path, db->schema->without);
}

/* A statement that does not fit the tables (SQLITE_ERROR) is a file that somebody changed. */
void db_explain(struct buf *out, const struct db *db, int code)
{
    int primary = code & 0xff;

    if (primary == SQLITE_CORRUPT)
        db_refuse(out, db, "is damaged");
    else if (primary == SQLITE_NOTADB)
        db_refuse(out, db, "is not an SQLite database, or its front is damaged");
    else if (primary == SQLITE_ERROR)
        db_refuse(out, db, "has not the tables that mailfuse made");
    else {
        buf_printf(out, "%s: ", db->path);
        db_words(out, code, sqlite3_system_errno(db->sqlite));
    }
}

bool db_moved(const struct db *db)
{
    int moved = 0;

    return sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
           moved != 0;
}
