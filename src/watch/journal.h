/* journal.h - reads the systemd journal, of this machine or from a file of it (libsystemd). */
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
 * 0, or -errno: -EBADMSG for a damaged file, -EACCES when the local journal cannot be seen. */
NODISCARD int journal_open(struct journal **out, int fd, struct wall since, struct wall until);

/* The next entry into `e`: 1, 0 at the end, or -errno. Fields that are damaged are left out. */
NODISCARD int journal_next(struct journal *j, struct journal_entry *e);

void journal_free(struct journal *j);

#endif
