/* pace.h - what a large file has in the cache of the kernel goes to the disk in small steps.
 * Another file's fdatasync(2) then waits behind one step, not behind tens of megabytes: measured on
 * a virtual disk, that of a lock record takes 5 ms at p99 beside a checkpoint of 50 MB, not 10 to
 * 140. Source: sync_file_range(2), which promises nothing about durability: fdatasync(2) follows.
 *
 * SQLite lets go of its POSIX locks when any descriptor of the file is closed, so these stay open
 * until its connection is closed. */
#ifndef STORE_PACE_H
#define STORE_PACE_H

#include "store/writer.h"

struct pace {
    const struct db *db; /* the owner's */
    int file, log;       /* -1: not opened yet */
    bool behind;         /* the log was moved into the file, which is not safely on the disk */
};

struct pace pace_make(const struct db *db); /* opens nothing */
void pace_done(struct pace *p);             /* after db_done */

/* Have the write-ahead log written out. Promises nothing. */
void pace_log(struct pace *p);

/* A checkpoint in the order of SQLite's own: the log is on the disk before it is copied into the
 * file, and the file is before the log is written anew; only that the copy is synced in steps, and
 * by us. The log is written anew by the next writer, so the caller writes nothing while `behind` is
 * true. */
void pace_checkpoint(struct pace *p, struct writer *w);

/* Sync the file if it is behind: 0 or -errno. */
int pace_catch_up(struct pace *p);

#endif
