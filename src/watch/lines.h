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
    bool ended; /* nothing more to read; of a growing file (bytes.h) until lines_more */

    /* inside */
    uint64_t told_taken, told_given; /* what of `bytes` is in `stats` */
    bool skipping;                   /* in the rest of a line that was cut */
    bool nuls;                       /* there are NUL bytes in the buffer */
    bool begun;                      /* something else than NUL bytes was read */
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
 * last line may lack its newline; in a growing file it is kept back then. */
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

/* True when lines_next need not read. */
static inline bool lines_waiting(const struct lines *l)
{
    struct slice rest = lines_rest(l);

    return rest.n > l->line_max || (rest.n > 0 && memchr(rest.p, '\n', rest.n) != NULL);
}

/* Read once from a growing file; only when no line waits. True when that brought bytes. Afterwards
 * lines_next gives what the buffer holds and does not read by itself, so that the owner can look in
 * between whether the file is still the same. */
bool lines_more(struct lines *l);

/* Go on at `offset` of a file of which nothing was read yet: of what it holds unpacked. */
void lines_seek(struct lines *l, uint64_t offset);

/* Where in the file, unpacked, the next line begins. */
static inline uint64_t lines_offset(const struct lines *l)
{
    return l->bytes.given - (l->end - l->at);
}

/* Pass over NUL bytes at the front of the next line: a hole, where a file was truncated that its
 * writer did not open for appending. Returns how many. */
uint64_t lines_skip_nuls(struct lines *l);

/* Back to the front of a regular file, without a buffer, as if nothing had been read. */
void lines_rewind(struct lines *l);

/* Closes the file, after a warning of what went wrong with it; may be called again. */
void lines_done(struct lines *l);

#endif
