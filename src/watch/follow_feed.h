/* follow_feed.h - the lines of one followed path, through rotation: the files that bear or bore its
 * name, in the order in which they were written. */
#ifndef WATCH_FOLLOW_FEED_H
#define WATCH_FOLLOW_FEED_H

#include "watch/follow_search.h"

enum {
    FOLLOW_LOOK_MS = 1000,    /* how often the path is looked at without an event */
    FOLLOW_GRACE_MS = 10000,  /* how long a renamed file may still grow */
    FOLLOW_MISSING_MS = 2000, /* how long a path may be without a file during rotation */
    FOLLOW_PARTS = FOLLOW_NAMES_MAX + 8,
};

enum follow_purpose {
    FOLLOW_FIRST,     /* to open what there is at the start, or after a read error */
    FOLLOW_ROTATED,   /* the path has another file now */
    FOLLOW_TRUNCATED, /* the file is shorter now, or another: where is the copy? */
};

struct follow_feed {
    /* for the owner */
    const char *name;
    struct follow_line line; /* the next, while `pending` */
    int64_t key;             /* its time, never running backwards: for merging */
    bool pending;
    bool idle; /* there was no line; the owner clears it when it wants to know again */
    bool twin; /* the owner's: not read, because another feed has the same file */

    /* inside */
    bool searching;
    bool opened;   /* the search for the start is over */
    bool live;     /* it was read to the end once: lines come as they are written */
    bool told;     /* of trouble that is not over */
    bool mid_line; /* the pending line was cut */
    int notify;    /* borrowed */
    char *folder;
    struct follow_opener opener;
    struct follow_part *parts[FOLLOW_PARTS]; /* in the order of reading; the last is current */
    size_t n;
    size_t reading; /* parts before it have no line in their buffers; FOLLOW_PARTS: the row
                       has changed, and all are looked at before a line is taken */
    struct follow_part *from; /* of the pending line ... */
    uint64_t ends;            /* ... and what is behind it in that */
    struct stamp_clock clock;
    struct wall last_at;             /* of the last line that was handed out */
    struct follow_position position; /* while no part has one */
    struct follow_part *emptied;     /* a truncated file ... */
    struct follow_position lost;     /* ... and what is searched in its copy */
    bool refilled; /* it was seen empty: copies are searched of what was in it since */
    struct follow_search search;
    struct follow_finished finished;
    enum follow_purpose purpose;
    int32_t last_offset_s;
    uint64_t replay; /* bytes, until the search for the start is over */
    struct mono at;  /* of the last follow_feed_tend */
    struct wall now;
    int64_t look_ms, missing_ms; /* when to look next; since when there is no file, or 0 */
    int64_t gone_ms;             /* since when the file that was read last is not found, or 0 */
};

/* Storage is the caller's; end it with follow_feed_done.
 * name      borrowed
 * position  of the last run, or NULL
 * opener    copied */
void follow_feed_init(struct follow_feed *feed, const char *name,
                      const struct follow_position *position, const struct follow_opener *opener,
                      int notify);
void follow_feed_done(struct follow_feed *feed);

/* See what became of the path: once a second, with `look` at once. In follow_turn.c. */
void follow_feed_tend(struct follow_feed *feed, bool look, struct wall now, struct mono at);

/* Make the next line pending; false when there is none now. */
bool follow_feed_next(struct follow_feed *feed);

/* The pending line was handed out. */
void follow_feed_taken(struct follow_feed *feed);

/* The answer to an open; false when it is not for this feed. */
bool follow_feed_opened(struct follow_feed *feed, const char *path, int fd);

/* The file that bears the name now, or NULL. */
static inline const struct follow_part *follow_feed_current(const struct follow_feed *feed)
{
    return feed->n > 0 ? feed->parts[feed->n - 1] : NULL;
}

/* Inside: take a part out of the row and close it; begin at the front of a file that was truncated,
 * after what was not read yet has been looked for in a copy (in follow_turn.c). */
void follow_feed_drop(struct follow_feed *feed, size_t i);
void follow_feed_truncated(struct follow_feed *feed, struct follow_part *part);

struct follow_position follow_feed_position(const struct follow_feed *feed);

/* Tell of trouble that lasts, once; and that it is over. Trouble of the moment. */
void follow_feed_trouble(struct follow_feed *feed, const char *what, int failed);
void follow_feed_fine(struct follow_feed *feed);
void follow_feed_incident(struct follow_feed *feed, const char *what);

#endif
