/* scene.h - weeks in the life of a mail server, written as a few rows and played to the engine as
 * events, through a rehearsal: what is held is really held. For tests of detection only. */
#ifndef DETECT_SCENE_H
#define DETECT_SCENE_H

#include "detect/rehearsal.h"

/* Rows leave out at their end what is nothing. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

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
    unsigned software;    /* which mail program; 0: not known */
    unsigned provider;    /* whose network it is; 0: not known */
    unsigned after_s;     /* the results come so much later; 0: two seconds */
    bool silent;          /* no result is ever logged */
    bool local;           /* the recipients are on this server */
    const char *list;     /* with `pool`: whose correspondents they are; NULL: its own */
    bool put_off;         /* by greylisting: the result comes with a second try */
};

struct scene_end {
    enum stage stage; /* of the account of the last row */
    double score, highest;
    unsigned began, ended; /* suspicions */
    unsigned left;         /* messages of the last row that had left when it was locked, or all */
    unsigned held;         /* messages of the last row that were held, or refused */
    size_t holds;          /* that ended by themselves, of everybody */
    struct wall held_from; /* of its worst incident; 0: never held, or none */
    unsigned hidden;       /* verdicts "locked" of which the worst incident tells nothing */
    uint64_t digest;       /* of all verdicts */
};

/* What is done to the events on their way: */
struct scene_clock {
    int64_t jitter_ms;              /* up to so much earlier or later, in no order */
    int back_from_day;              /* from that day on ... */
    int64_t back_ms;                /* ... the clock is behind by this */
    struct wall other_results_from; /* messages of the account of the last row are all refused as
                                       spam from then on; 0: none */
    struct wall digest_until;       /* only verdicts before that make the digest; 0: all */
};

/* Day 1 of every scene: a Monday in 2026, 00:00 UTC. */
struct wall scene_day(int day);

/* Play what the rows say, in the order of time. Each event is checked: no weight outside its
 * bounds, the score is the sum of the weights, incidents agree with it. */
struct scene_end scene_play(struct rehearsal *r, const struct scene_row *rows,
                            const struct scene_clock *clock);

#endif
