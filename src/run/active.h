/* active.h - what the busiest subjects did within the last hour, and on this day, for people to
 * look at. Of fixed size: who was quiet for longest makes room. */
#ifndef RUN_ACTIVE_H
#define RUN_ACTIVE_H

#include "base/buf.h"
#include "box/box.h"

enum { ACTIVE_SLOTS = 8192, ACTIVE_PARTS = 6, ACTIVE_NETWORKS = 12, ACTIVE_MARKS = 64 };

/* On one local day. */
struct active_day {
    int32_t day; /* since 1970 */
    uint32_t messages, recipients, failures;
    bool partial; /* there was more, before it had to make room */
};

struct active_row {
    uint32_t fuse;    /* + 1; 0: free */
    struct wall last; /* beside it: a search looks at both of several rows */
    int64_t part;     /* the latest tenth minute */
    uint32_t messages[ACTIVE_PARTS], recipients[ACTIVE_PARTS], failures[ACTIVE_PARTS];
    struct box_address from[ACTIVE_NETWORKS]; /* since it was last quiet for an hour */
    uint32_t networks_n;
    struct box_amount others;              /* from further ones where it had never been */
    uint32_t marks[ACTIVE_MARKS], marks_n; /* box_mark of the last messages, in turn */
    struct active_day today;               /* the last one on which it was active */
};

struct active {
    struct active_row *rows; /* ACTIVE_SLOTS; the module's */
    int32_t crowded_day;     /* the last day on which somebody had to make room for another */
};

void active_done(struct active *a);

/* An event of that fuse is about to come: fetch from memory what it is looked for in. */
void active_prefetch(const struct active *a, uint32_t fuse);

/* Count an event of that fuse.
 * known  the subject was in the client's network before */
void active_count(struct active *a, uint32_t fuse, const struct event *e, bool known);

/* Its row, or NULL. */
const struct active_row *active_of(const struct active *a, uint32_t fuse);

/* Append what it did on its last day, and within the hour before `at` from where it had never been,
 * so that a crash does not lose it: an incident that begins later counts it. The last byte tells
 * how much there is; of NULL there is nothing. */
void active_encode(const struct active_row *row, struct wall at, struct buf *out);

/* Cut this off the end of `bytes`: false when it cannot be that. */
bool active_cut(struct slice *bytes, struct slice *encoded);

/* today  the local day: of another one nothing is wanted */
void active_decode(struct active *a, uint32_t fuse, struct slice encoded, int32_t today);

/* The clock was set forward by so much, or back: what was within the hour stays within it. today
 * the local day by then; what it did on a day that is to come again is of today */
void active_clock_set(struct active *a, int64_t by_ms, int32_t today);

struct active_sum {
    uint32_t messages, recipients, failures, networks;
    struct wall last;
};

/* Within the hour before `at`. */
struct active_sum active_sum(const struct active_row *row, struct wall at);

/* What that subject did on the local day `today`. */
struct active_day active_today(const struct active *a, uint32_t fuse, int32_t today);

#endif
