/* source.h - one log as a stream of framed lines. Holds one buffer while it is read and none while
 * it sleeps, so a hundred rotated files cost a hundred descriptors and no memory. */
#ifndef WATCH_SOURCE_H
#define WATCH_SOURCE_H

#include "proto/logline.h"
#include "watch/bytes.h"
#include "watch/logs.h"
#include "watch/warnings.h"

enum {
    SOURCE_BUFFER = 256 * 1024, /* bytes read at a time */
    SOURCE_LOOK_LINES = 1000,   /* a log has a line with a time stamp among that many */
};

struct source_line {
    struct logline line;
    struct slice raw;
    enum logline_got kind;
};

struct source {
    const char *name; /* as the user gave it */
    struct bytes bytes;
    struct stamp_clock clock;
    struct stamp_clock fresh; /* the clock before the first line */
    struct wall start;        /* time of the first framed line */
    int64_t key;              /* time of the last line, never running backwards: for merging */
    uint64_t rank;            /* order among equal times */
    uint64_t line_no;         /* of the last line given */
    struct logs_stats *stats;
    struct warnings *warnings;
    struct source_line pending; /* for the merger: read, but not its turn yet */

    /* inside */
    char *buffer; /* SOURCE_BUFFER bytes while awake */
    size_t at, end;
    size_t line_max;
    uint64_t told_taken, told_given; /* what of `bytes` is in `stats` */
    bool ended;                      /* nothing more to read; the buffer may hold lines yet */
    bool skipping;                   /* in the rest of a line that was cut */
    bool nuls;                       /* there are NUL bytes in the buffer */
    bool told_cut, told_nul;         /* warned of */
};

enum source_got {
    SOURCE_OK,
    SOURCE_EMPTY, /* no bytes at all */
    SOURCE_BAD,   /* cannot be read, or is no log: `error` says it */
};

/* Open the log `name` and look at its front; nothing is consumed.
 * options, stats, warnings: borrowed for the life of the source
 * out    hand it to source_done whatever the result */
NODISCARD enum source_got source_open(struct source *out, const char *name,
                                      const struct logs_options *options, struct logs_stats *stats,
                                      struct warnings *warnings, char *error, size_t error_room);

/* The next line; false at the end. What `line` and `raw` point to is valid until the next call for
 * this source. Lines that have no frame are counted by kind. */
bool source_next(struct source *s, struct logline *line, struct slice *raw, enum logline_got *kind);

/* Give back memory until the next source_next, which starts at the front. Only before any line was
 * taken; does nothing for what cannot be read twice (a pipe). */
void source_sleep(struct source *s);

/* Closes the file, brings the figures up to date; may be called again. */
void source_done(struct source *s);

#endif
