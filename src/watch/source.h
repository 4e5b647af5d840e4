/* source.h - one log as a stream of framed lines: a text file, a journal, or what journalctl wrote.
 * Holds memory while it is read and none while it sleeps, so a hundred rotated files cost a hundred
 * descriptors and no more. */
#ifndef WATCH_SOURCE_H
#define WATCH_SOURCE_H

#include "proto/journal_entry.h"
#include "watch/journal.h"
#include "watch/lines.h"

enum { SOURCE_LOOK_LINES = 1000 }; /* a log has a line with a time stamp among that many */

enum source_kind {
    SOURCE_TEXT,
    SOURCE_EXPORT,  /* journalctl -o export */
    SOURCE_JSON,    /* journalctl -o json */
    SOURCE_JOURNAL, /* by libsystemd */
};

struct source_line {
    struct logline line;
    struct slice raw;
    enum logline_got kind;
};

struct source {
    struct lines lines;
    enum source_kind kind;
    struct wall start;          /* time of the first framed line */
    int64_t key;                /* time of the last line, never running backwards: for merging */
    uint64_t rank;              /* order among equal times; the owner's */
    struct source_line pending; /* for the merger: read, but not its turn yet */

    /* inside */
    struct stamp_clock clock;
    struct stamp_clock fresh;    /* the clock before the first line */
    struct journal *journal;     /* of SOURCE_JOURNAL */
    struct journal_entry *entry; /* of all kinds but text */
    bool held;                   /* `entry` was read in order to look at it */
};

enum source_got {
    SOURCE_OK,
    SOURCE_EMPTY,   /* nothing in it */
    SOURCE_BAD,     /* cannot be read, or is no log: `error` says it */
    SOURCE_DAMAGED, /* so that not even its first line can be unpacked: `error` says it */
};

/* Open the log `path`, or this machine's journal when it is NULL, and look at its front; nothing is
 * consumed.
 * options, stats, warnings  borrowed for the life of the source; since and until are set
 * out                       hand it to source_done whatever the result */
NODISCARD enum source_got source_open(struct source *out, const char *path,
                                      const struct logs_options *options, struct logs_stats *stats,
                                      struct warnings *warnings, char *error, size_t error_room);

/* The next line; false at the end. What `line` and `raw` point to is valid until the next call for
 * this source. Lines that have no frame are counted by kind. Of a journal `raw` is the message. */
bool source_next(struct source *s, struct logline *line, struct slice *raw, enum logline_got *kind);

/* True when the last line told its offset from UTC; `*offset_s` is that, or the zone's. */
bool source_offset(const struct source *s, int32_t *offset_s);

/* Give back memory until the next source_next, which starts at the front. Only before any line was
 * taken; does nothing for what cannot be read twice (a pipe). */
void source_sleep(struct source *s);

/* Closes the file, brings the figures up to date; may be called again. */
void source_done(struct source *s);

#endif
