/* follow_journal.h - the systemd journal as a followed log. Its position is the cursor of the last
 * entry that was handed out (sd_journal_get_cursor(3)). */
#ifndef WATCH_FOLLOW_JOURNAL_H
#define WATCH_FOLLOW_JOURNAL_H

#include "base/buf.h"
#include "watch/follow.h"

#define FOLLOW_JOURNAL_NAME "the journal"

enum { FOLLOW_JOURNAL_ENTRY = 1024 }; /* bytes of `replay_bytes` that stand for an entry */

struct follow_journal;

/* Borrows both. The journal is opened by follow_journal_tend; the caller frees. */
struct follow_journal *follow_journal_new(const struct follow_options *options,
                                          struct logs_stats *stats);
void follow_journal_free(struct follow_journal *j);

/* A descriptor to poll, or -1. */
int follow_journal_fd(const struct follow_journal *j);

/* See whether there is something new; open it, when it could not be opened before. */
void follow_journal_tend(struct follow_journal *j, struct mono at);

/* Make the next entry pending; false when there is none now. */
bool follow_journal_next(struct follow_journal *j);

/* The pending entry: its time, never running backwards, and the line. */
int64_t follow_journal_key(const struct follow_journal *j);
const struct follow_line *follow_journal_line(const struct follow_journal *j);

/* It was handed out. */
void follow_journal_taken(struct follow_journal *j);

bool follow_journal_caught_up(const struct follow_journal *j);

/* Nothing while there is none. */
void follow_journal_position(const struct follow_journal *j, struct buf *out);

#endif
