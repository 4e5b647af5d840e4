/* store.h - what has to survive: two SQLite files in one folder, each written by a thread of its
 * own that only passes messages. Knows nothing of mail: the caller encodes the values.
 *
 * state.db     small things (incidents, locks, holds, exceptions, what is being done) and the
 *              journal. A batch is on the disk (synchronous=FULL) before its `done` says so, and
 *              only then does the caller act on the world.
 * pictures.db  what was learnt: a picture for each subject, the state of the engine, and how far
 *              the logs are read. Written in large snapshots with synchronous=NORMAL: nothing that
 *              was written is lost by kill -9; a power failure may take the last snapshots, as a
 *              whole. It can be thrown away: mailfuse then learns anew.
 *
 * Why two: a snapshot of many pictures together with the positions of the logs is one transaction,
 * visible as a whole or not at all, and takes a second on a slow disk; a lock record must not wait
 * behind it. After a crash pictures.db may be older than state.db by a snapshot: state.db has to
 * name subjects, not number them.
 *
 * Nothing here waits for the disk once store_start was called, but store_close. All functions are
 * called in one thread, that of the event loop; callbacks run there too, inside of store_dispatch
 * and store_close. Open the store after fork(2): neither SQLite nor threads outlive it.
 *
 * The folder belongs to one mailfuse at a time: flock(2) on the file `lock` in it. An
 * administrator may read both files with sqlite3(1) at any time. The columns of the journal are
 * text; times are milliseconds since 1970. Source: https://sqlite.org/wal.html, /isolation.html,
 * /howtocorrupt.html. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/attributes.h"
#include "base/buf.h"
#include "base/wall.h"

enum store_file { STORE_STATE, STORE_PICTURES };

/* What an item is. The numbers are on the disk: they never change and are not used again. */
enum store_kind {
    /* in state.db */
    STORE_INCIDENT = 1,
    STORE_ACTION = 2, /* to be done, and how far it is */
    STORE_HELD = 3,   /* a message in the hold queue */
    STORE_LOCK = 4,
    STORE_BLOCK = 5, /* of a recipient or a client */
    STORE_TRUST = 6, /* an exception until a date */
    STORE_PASSWORD = 7,
    STORE_OTHER = 8,
    /* in pictures.db */
    STORE_POSITION = 64, /* how far a log is read */
    STORE_ENGINE = 65,   /* what is known of the server as a whole */
    STORE_COUNTER = 66,
};

/* One line of the journal. The text is printable UTF-8: what came from strangers went through
 * escape_terminal, since administrators read the file with sqlite3. */
struct store_entry {
    int64_t id; /* rising; given by the store, so not looked at by store_add_journal */
    struct wall at;
    uint64_t incident; /* 0: none */
    struct slice who, subject, what, detail;
};

struct store;
struct store_batch;

/* Open both files of `folder`, which must exist, or create them.
 * error  gets one sentence that names the file and says how to go on, when NULL is returned
 * Refused, and left as they are: a file that is empty, damaged, no database, of another program or
 * of a newer mailfuse; a write-ahead log without its database; a folder that cannot be written or
 * that another mailfuse uses. Older files are brought up to date. Looks through state.db for at
 * most half a second; what is beyond that, and pictures.db, is checked as it is read. */
NODISCARD struct store *store_open(const char *folder, struct buf *error);

/* Each of these takes one value as it was put. False when it cannot be understood; ends the
 * reading. */
typedef bool store_item_row(void *ctx, struct slice key, struct slice value);
typedef bool store_picture_row(void *ctx, uint32_t id, struct slice value);

/* Read everything, before store_start: items in the order of their keys, pictures in that of their
 * numbers. 0, or -EIO with a sentence in `error` as above: damaged (each value has a checksum), or
 * not understood by `row`. Nothing was written: the caller frees the store and ends. */
NODISCARD int store_each_item(struct store *s, enum store_kind kind, store_item_row *row, void *ctx,
                              struct buf *error);
NODISCARD int store_each_picture(struct store *s, store_picture_row *row, void *ctx,
                                 struct buf *error);

/* The value of `key`, added to `value`. 0, -ENOENT when there is none, -EIO as above. */
NODISCARD int store_meta(struct store *s, enum store_file file, struct slice key, struct buf *value,
                         struct buf *error);

/* Start the threads; what was submitted before is written now. 0 or -errno. */
NODISCARD int store_start(struct store *s);

/* Write what waits, for at most `patience_ms`, tell everybody how it ended, and free the store. 0,
 * or -ETIMEDOUT when something was not written. A thread that hangs in the disk is left behind with
 * its memory: the process is about to end. NULL is allowed. */
int store_close(struct store *s, int64_t patience_ms);

/* Changes to one of the files, in memory; everything is copied. Cheap, but a large snapshot is
 * better gathered in steps of some hundred pictures, in between of which the loop does other
 * things; put the positions of the logs last then, for what is read twice counts twice. */
struct store_batch *store_batch_new(enum store_file file);
void store_batch_free(struct store_batch *b); /* that was not submitted; NULL is allowed */

/* The kind belongs to the file of the batch. */
void store_put(struct store_batch *b, enum store_kind kind, struct slice key, struct slice value);
void store_delete(struct store_batch *b, enum store_kind kind, struct slice key);
void store_put_meta(struct store_batch *b, struct slice key, struct slice value);

/* STORE_STATE only. Forgetting takes at most 1000 of the oldest entries from before `before`, so as
 * not to keep others waiting: repeat it. */
void store_add_journal(struct store_batch *b, const struct store_entry *entry);
void store_forget_journal(struct store_batch *b, struct wall before);

/* STORE_PICTURES only. Clearing removes all there are before the batch, and those put into it so
 * far. */
void store_put_picture(struct store_batch *b, uint32_t id, struct slice value);
void store_clear_pictures(struct store_batch *b);

/* What a batch holds so far. */
uint32_t store_batch_changes(const struct store_batch *b);
size_t store_batch_bytes(const struct store_batch *b);

enum store_outcome {
    STORE_WRITTEN,
    STORE_WAITS, /* there is trouble: see store_trouble. Kept, tried again from 100 ms on up to
                    every 5 s; comes once at most, and one of the others follows */
    STORE_LOST,  /* given up: too much waited, or the store was closed */
};

typedef void store_done(void *ctx, enum store_outcome outcome);

/* Write a batch in one transaction; it belongs to the store from now on. Batches for one file are
 * written in the order given, several at once when they pile up. `done` may be NULL.
 * In trouble, what waits for state.db is bounded by replacing older values of the same key, then by
 * dropping the oldest journal entries above 64 MB. Of pictures.db up to 64 MB wait; then the batch
 * is STORE_LOST as a whole, so that what is on the disk fits together: put its pictures again
 * later. */
void store_submit(struct store *s, struct store_batch *b, store_done *done, void *ctx);

/* Becomes readable when store_dispatch has something to do. The store's. */
int store_fd(const struct store *s);

/* Run the callbacks that are due; with long answers only some, and store_fd stays readable. */
void store_dispatch(struct store *s);

/* What is wrong now, a sentence for each file: "/var/lib/mailfuse/state.db: the disk is full since
 * 2026-11-22T12:03:05+01:00; 312 changes wait". False, and nothing added, when all is well. */
bool store_trouble(struct store *s, struct buf *text);

/* What was done since the start. */
struct store_figures {
    uint64_t commits, changes; /* written */
    uint64_t failures;         /* of transactions; each is tried again */
    uint64_t lost_batches, lost_entries;
    uint64_t waiting, waiting_bytes; /* now */
    uint64_t log_bytes;              /* of the write-ahead log, at the last commit */
};

struct store_figures store_figures(struct store *s, enum store_file file);

enum { STORE_QUERY_MAX = 10000, STORE_QUERIES_MAX = 64 };

struct store_filter {
    uint64_t incident;    /* 0: all */
    struct slice subject; /* empty: all */
    struct wall since;    /* 0: from the beginning */
    int64_t before_id;    /* older than that entry; 0: from the newest on */
    uint32_t limit;       /* 1..STORE_QUERY_MAX: the newest so many */
};

typedef void store_row(void *ctx, const struct store_entry *entry); /* valid in the call only */
typedef void store_end(void *ctx, const char *error);               /* NULL: that was all */

/* Ask for entries of the journal, oldest first; what still waits to be written is not among them.
 * Runs in a third thread with a connection of its own. `end` is called once, whatever happens:
 * too many questions at a time, the database is damaged, the store was closed. */
void store_query_journal(struct store *s, const struct store_filter *filter, store_row *row,
                         store_end *end, void *ctx);

#endif
