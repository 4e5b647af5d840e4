/* follow_part.h - one open file of a followed log, as whole lines, while others write to it. Knows
 * the file by its first bytes, and so sees that it was truncated, also when it has grown again
 * since. Owns the descriptor. */
#ifndef WATCH_FOLLOW_PART_H
#define WATCH_FOLLOW_PART_H

#include "watch/follow_position.h"
#include "watch/lines.h"

struct follow_part {
    /* for the owner */
    char *path; /* by which it was opened; owned */
    struct lines lines;
    struct wall start; /* of the first line that has a time; 0: none was found at the front */
    bool packed;
    bool begun;         /* a line was handed out, or reading goes on at a position: `done` counts */
    uint64_t done;      /* behind the last line that was handed out */
    bool done_mid_line; /* that was cut */
    uint64_t old_until; /* lines that begin before it were handed out in an earlier run */
    bool at_end;        /* there was nothing more when it was looked at last */
    bool closing;       /* another file has its name now ... */
    int64_t closing_ms; /* ... and when it is finished with, on the clock of deadlines */
    int watch;          /* of inotify, or -1; the owner's */

    /* inside */
    char head[FOLLOW_HEAD_MAX];
    size_t head_n;
    bool truncated; /* and not begun anew yet */
    bool empty;     /* it was when it was begun: what comes next need not be what came next */
    bool hole;      /* NUL bytes were passed over in front of the next line */
};

enum follow_part_got {
    FOLLOW_PART_OK,        /* what the buffer holds may be taken */
    FOLLOW_PART_TRUNCATED, /* it is another file now: nothing of the buffer may be taken; until
                              follow_part_restart */
    FOLLOW_PART_BROKEN,    /* cannot be read on: `lines.bytes.trouble` says why */
};

/* A part of the open file `fd`, which is its own now, closed also on error.
 * path      copied
 * stats, warnings  borrowed for the life of the part
 * fresh     the clock for `start`
 * out       on success; the caller frees it with follow_part_free
 * 0, or -errno: -EISDIR; -EINVAL for what is no regular file, or a journal; -EIO for a damaged one.
 */
NODISCARD int follow_part_new(struct follow_part **out, const char *path, int fd,
                              struct logs_stats *stats, struct warnings *warnings,
                              const struct stamp_clock *fresh);

/* Accepts NULL. */
void follow_part_free(struct follow_part *part);

/* True when the file is the one of the mark. An empty mark fits the same inode only. */
bool follow_part_is(const struct follow_part *part, const struct follow_mark *mark);

/* True when both begin with the same bytes, as a file and its copy do. */
bool follow_part_same(const struct follow_part *a, const struct follow_part *b);

/* Go on at a place in the file before anything was read; with `whole`, at the next line that begins
 * there or later. */
void follow_part_seek(struct follow_part *part, uint64_t offset, bool whole);

/* Behind the last newline that the file has now. */
uint64_t follow_part_end(const struct follow_part *part);

/* Bytes of a plain file as it is now. */
uint64_t follow_part_size(const struct follow_part *part);

/* True when a plain file is shorter than it was, or begins with other bytes; or begins with any,
 * after it was seen empty: others may have come and gone. */
bool follow_part_is_truncated(struct follow_part *part);

/* Read on once, unless a line waits. */
NODISCARD enum follow_part_got follow_part_more(struct follow_part *part);

/* The next whole line of what was read, where it begins, and the place behind it; false when there
 * is none. */
bool follow_part_line(struct follow_part *part, struct slice *raw, uint64_t *begin, uint64_t *end);

/* Nothing will be written to it any more: what stands behind its last newline is a line, too. */
void follow_part_finish(struct follow_part *part);

/* After a truncation: from the front again, as a new file. `fresh` as above. */
void follow_part_restart(struct follow_part *part, const struct stamp_clock *fresh);

/* Where reading goes on: behind the last line that was handed out. */
struct follow_mark follow_part_mark(const struct follow_part *part);

#endif
