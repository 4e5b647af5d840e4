/* writer.h - batches into the tables of one file, a transaction at a time; and what the write-ahead
 * log holds. Used by one thread at a time. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/batch.h"
#include "store/db.h"

enum write_statement {
    WRITE_PUT,
    WRITE_DELETE,
    WRITE_META,
    WRITE_JOURNAL,
    WRITE_FORGET,
    WRITE_PICTURE,
    WRITE_CLEAR,
    WRITE_STATEMENTS
};

struct writer {
    struct db *db; /* the owner's */
    sqlite3_stmt *statements[WRITE_STATEMENTS];
    uint32_t log_pages; /* in the write-ahead log, as of the last commit */
};

/* Prepare the statements of an open file; makes sure that its tables are what they should be. 0, or
 * -EIO with a sentence in `error`. Either way writer_done is called, before db_done. The writer
 * stays where it is: SQLite keeps its address. */
NODISCARD int writer_init(struct writer *w, struct db *db, struct buf *error);
void writer_done(struct writer *w);

/* Write the `n` batches from `first` on as one transaction; all of them or, when it fails, nothing.
 * SQLITE_OK, or an extended code of SQLite with the errno behind it or 0. */
NODISCARD int writer_write(struct writer *w, const struct store_batch *first, uint32_t n,
                           int *system_errno);

/* Move as much as can be of the write-ahead log into the file; it is then written anew from its
 * front. What readers still need stays, and all of it when the file cannot be written now. */
void writer_checkpoint(struct writer *w);

#endif
