/* progress.h - a line on the terminal that says how far reading has come. Nothing is written when
 * standard error is no terminal, and nothing in the first moments: quick work needs no bar. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/buf.h"
#include "watch/logs.h"

struct progress {
    bool on;             /* standard error is a terminal; else every call returns at once */
    bool drawn;          /* there is a line to be erased */
    uint64_t seen_bytes; /* of text: while that stands still, no clock is asked */
    int64_t start_ms, next_ms;
};

/* Begin, now. `quiet` switches it off. */
struct progress progress_start(bool quiet);

/* Draw what is due; for progress_line. */
void progress_update(struct progress *p, const struct logs_stats *stats);

/* Call after each line: costs a comparison but for once per buffer, when the clock is asked. */
static inline void progress_line(struct progress *p, const struct logs_stats *stats)
{
    if (p->on && UNLIKELY(stats->bytes != p->seen_bytes))
        progress_update(p, stats);
}

/* Erase the line. Before anything else is written to the terminal; reading may go on. */
void progress_erase(struct progress *p);

/* The text of the line: at most `columns` wide. Pure. */
void progress_text(struct buf *out, const struct logs_stats *stats, int64_t elapsed_ms,
                   size_t columns);

#endif
