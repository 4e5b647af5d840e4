/* scene.h - weeks in the life of a mail server, written as a few rows and played to the engine as
 * events. For tests of detection only. */
#ifndef DETECT_SCENE_H
#define DETECT_SCENE_H

#include "detect/detect.h"

enum scene_kind {
    SCENE_END,
    SCENE_MAIL,     /* `n` messages to `recipients` each, with their results */
    SCENE_LOGINS,   /* `n` mailbox logins */
    SCENE_FAILURES, /* `n` failed logins */
    SCENE_RECEIVED, /* `n` messages for the account, from the first `pool` correspondents */
    SCENE_LAN,      /* `n` connections, to `recipients` servers in turn */
};

/* One habit, or one deed. */
struct scene_row {
    enum scene_kind kind;
    int day, days;        /* from day 1 on; on how many days (0 and 1: once) */
    int minute;           /* of the day, of the first */
    const char *who;      /* account, or address of a LAN host */
    const char *from;     /* client address; an asterisk is replaced by a number */
    unsigned networks;    /* of how many numbers, in turn; 0 is 1 */
    unsigned n, every_s;  /* how many, seconds between them */
    unsigned recipients;  /* of a message */
    unsigned pool;        /* recipients are taken from that many in turn; 0: each is a new one */
    unsigned unknown_pct; /* of the results: bounced as unknown */
    unsigned spam_pct;    /* of the results: refused as spam */
};

struct scene_end {
    enum stage stage;
    double score;
    unsigned messages; /* of the last row that were played when the fuse locked; 0: it did not */
    unsigned began, ended; /* suspicions of the account of the last row */
    double highest;
    uint64_t digest; /* of all verdicts */
};

/* What is done to the times on their way: */
struct scene_clock {
    int64_t jitter_ms; /* up to so much earlier or later, in no order */
    int back_from_day; /* from that day on ... */
    int64_t back_ms;   /* ... the clock is behind by this */
};

/* Day 1 of every scene: a Monday in 2026, 00:00 UTC. */
struct wall scene_day(int day);

/* Play the rows day by day, those of one day in the order of the table. Each event is checked: no
 * weight beyond its cap, the score is the sum of the weights, incidents agree with it. */
struct scene_end scene_play(struct detect *d, const struct scene_row *rows,
                            const struct scene_clock *clock);

#endif
