/* journal.h - reads the systemd journal, of this machine or from a file of it (libsystemd,
 * which is loaded by the first that opens one: library.h). */
#ifndef WATCH_JOURNAL_H
#define WATCH_JOURNAL_H

#include "proto/journal_entry.h"

struct journal;

enum { JOURNAL_LOCAL = -1 };

/* Open the journal.
 * fd     a journal file, which stays open and the caller's until journal_free; or JOURNAL_LOCAL
 * since  entries before it are not read; `until`: reading ends an hour after it, since entries are
 *        in the order of time but for steps of the clock
 * out    written on success; the caller frees it
 * 0, or -errno: -EBADMSG for a damaged file, -EACCES when the local journal cannot be seen,
 * -ELIBACC without libsystemd. */
NODISCARD int journal_open(struct journal **out, int fd, struct wall since, struct wall until);

/* Open the journal in order to follow it.
 * folder  of journal files, or NULL for this machine's
 * cursor  of the entry that was read last; NULL or empty: begin behind the last one there is
 * back    so many entries before that are given again, or as many as there are
 * last    of the entry that reading goes on behind, and which journal_at knows; the caller frees
 * it; NULL when there is none: all entries are new then 0 or -errno as of journal_open. */
NODISCARD int journal_follow(struct journal **out, const char *folder, const char *cursor,
                             uint64_t back, char **last);

/* A descriptor that becomes readable when journal_changed has something to do, or -errno. */
NODISCARD int journal_fd(struct journal *j);

/* True when entries may have been added since the last call. Does not wait. */
bool journal_changed(struct journal *j);

/* True when the entry read last is the one of `cursor`. */
bool journal_at(struct journal *j, const char *cursor);

/* The cursor of the entry read last, as text; the caller frees it. NULL when there is none. */
char *journal_cursor(struct journal *j);

/* The next entry into `e`: 1, 0 at the end, or -errno. Fields that are damaged are left out. */
NODISCARD int journal_next(struct journal *j, struct journal_entry *e);

void journal_free(struct journal *j);

#endif
