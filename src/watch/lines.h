/* lines.h - the bytes of one file as lines. Holds one buffer while it reads, none before and after.
 * A line that is too long is cut, its rest is skipped; both that and NUL bytes are counted, and
 * told of once. */
#ifndef WATCH_LINES_H
#define WATCH_LINES_H

#include "watch/bytes.h"
#include "watch/logs.h"
#include "watch/warnings.h"

enum { LINES_BUFFER = 256 * 1024 }; /* bytes read at a time */

struct lines {
    /* given by the owner, with zeroes for the rest */
    const char *name;         /* for warnings */
    struct bytes bytes;       /* open; owned */
    size_t line_max;          /* below LINES_BUFFER */
    struct logs_stats *stats; /* bytes, bytes_read, lines, cut, nul */
    struct warnings *warnings;

    uint64_t line_no; /* of the last line given */

    /* what was read and not yet given: buffer[at .. end] */
    char *buffer;
    size_t at, end;
    bool ended; /* nothing more to read */

    /* inside */
    uint64_t told_taken, told_given; /* what of `bytes` is in `stats` */
    bool skipping;                   /* in the rest of a line that was cut */
    bool nuls;                       /* there are NUL bytes in the buffer */
    bool told_cut, told_nul;         /* warned of */
};

/* Read more behind what is in the buffer, which moves to its front; sets `ended` when there is no
 * more. The buffer must not be full of what was not given yet. */
void lines_fill(struct lines *l);

/* What was read and not yet given. */
static inline struct slice lines_rest(const struct lines *l)
{
    return l->at < l->end ? (struct slice){ l->buffer + l->at, l->end - l->at }
                          : (struct slice){ NULL, 0 };
}

/* lines_next where it has more to do than to find the newline. */
bool lines_next_slow(struct lines *l, struct slice *out);

/* The next line without its end, valid until the next call of any of these; false at the end. The
 * last line may lack its newline. */
static inline bool lines_next(struct lines *l, struct slice *out)
{
    struct slice rest = lines_rest(l);

    if (UNLIKELY(l->skipping || l->nuls || !slice_cut(&rest, '\n', out) || out->n > l->line_max))
        return lines_next_slow(l, out);
    l->at += out->n + 1;
    l->line_no++;
    l->stats->lines++;
    out->n -= out->n > 0 && out->p[out->n - 1] == '\r';
    return true;
}

/* Pass over `n` bytes, or to the end of the line (inclusive). */
void lines_skip(struct lines *l, uint64_t n);
void lines_skip_line(struct lines *l);

/* Back to the front of a regular file, without a buffer, as if nothing had been read. */
void lines_rewind(struct lines *l);

/* Closes the file, after a warning of what went wrong with it; may be called again. */
void lines_done(struct lines *l);

#endif
