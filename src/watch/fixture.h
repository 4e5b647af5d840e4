/* fixture.h - for tests: files in a folder of their own, and everything that logs.h gives of them.
 */
#ifndef WATCH_FIXTURE_H
#define WATCH_FIXTURE_H

#include "base/arena.h"
#include "base/buf.h"
#include "watch/logs.h"

struct fixture {
    char folder[64];
    struct arena names;
};

/* A new empty folder; fixture_done removes it and what is in it. */
struct fixture fixture_make(void);
void fixture_done(struct fixture *f);

/* The path of `name` in the folder; lives as long as the fixture. */
const char *fixture_path(struct fixture *f, const char *name);

/* Write a file and return its path. Suffixes .gz, .xz, .zst and .bz2 of `name` pack it.
 * date  of the file, "2026-11-22"; NULL leaves it new */
const char *fixture_file(struct fixture *f, const char *name, struct slice content,
                         const char *date);

enum { FIXTURE_JOURNAL_FIRST = 1795316645 }; /* 2026-11-22T03:04:05Z */

/* Add entries "message <i>" of i from `from` up to `from` + `n`, each of i seconds after the first
 * there can be, to a journal file, which is made when there is none. False, with a message, where
 * systemd-journal-remote is missing. */
bool fixture_journal(struct fixture *f, const char *name, unsigned from, unsigned n);

/* All that a reading gave. */
struct reading {
    struct buf text;     /* "2026-11-22T03:04:05 text\n"; of a line without frame "? line\n" */
    struct buf warnings; /* a line each */
    struct logs_stats stats;
    char error[400]; /* of logs_open; empty when it went well */
};

struct reading reading_of(const struct logs_options *options);
void reading_done(struct reading *r);

/* Read the rest of open logs into `r`. */
void reading_rest(struct reading *r, struct logs *logs);

#endif
