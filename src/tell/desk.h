/* desk.h - the desk at which alerts are sorted: who is told what, when, and what is told together.
 * Pure: times come with the calls; what must survive leaves through struct desk_keeper at once;
 * letters are asked for (desk_next), and what became of them is told (desk_done).
 *
 * Once: an alert is told when the state of its key is another one than before; that something is
 * over, to those who were told that it began. An event is told again after DESK_AGAIN_MS.
 * Settling: a letter waits for DESK_SETTLE_MS; another state of the same key takes its place, and
 * later, too, as long as it waits and the other one is not less severe.
 * Quiet hours: what is not critical waits until they end, and then goes in one letter.
 * Digests: so many letters of a group within a window go singly to each way (conf_alerts); the rest
 * waits for a digest, the first of which is made after DESK_GATHER_MS, or the window if that is
 * shorter, the next ones digest_every_ms later. Single letters go again when a digest was due and
 * nothing waited.
 * Failures: a way is tried again after 1, 5, 15, 60, 60 ... minutes, or when it asked for another
 * time; one letter at a time, in order. A letter that nobody took for DESK_PATIENCE_MS is given up.
 *
 * Letters to the owner of an account go by a way "owner ADDRESS", of which the settings know
 * nothing: without quiet hours and digests. */
#ifndef TELL_DESK_H
#define TELL_DESK_H

#include "base/attributes.h"
#include "base/wall.h"
#include "tell/kind.h"

enum {
    DESK_SETTLE_MS = 3 * SECOND_MS,
    DESK_GATHER_MS = 2 * MINUTE_MS,
    DESK_KEY_MAX = 500,
    DESK_TEXT_MAX = 16 * 1024, /* of each text; details more than that are left out */
    DESK_WAITING_MAX = 2000,   /* for one way; then the oldest are given up */
    DESK_STATES_MAX = 20000,   /* keys that are remembered; then the oldest are forgotten */
    DESK_TOLD_MAX = 128,       /* ways that were told of one key */
    DESK_GIVEN_UP_MAX = 100,   /* that are remembered for people */
};
#define DESK_AGAIN_MS DAY_MS
#define DESK_PATIENCE_MS (3 * DAY_MS)

struct desk_event {
    enum alert_kind kind;
    enum alert_severity severity; /* never ALERT_DEFAULT */
    uint32_t incident;
    struct slice key, state, subject, domain, words, details;
    struct slice owner; /* another address of the owner of the subject; empty: not known, or not to
                           be told */
    struct slice owner_language;
};

/* One alert for one way. */
struct desk_entry {
    uint64_t number; /* rising; never used again */
    uint64_t letter; /* the number of the first entry of its letter; 0: in none yet */
    enum alert_kind kind;
    enum alert_severity severity;
    uint32_t incident;
    bool owner;       /* to the owner of the account */
    bool given_up;    /* kept for people to see only */
    struct wall at;   /* when it was raised */
    struct wall born; /* the same, moved along when the clock is set */
    char *way;        /* conf_way.id, or "owner ADDRESS"; texts are the desk's, never NULL */
    char *language;   /* of an owner; else "" */
    char *key, *state, *subject, *domain, *words, *details;
    char *why;     /* it was given up; else "" */
    uint64_t mark; /* what the keeper returned */
};

/* What was told of a key last. */
struct desk_state {
    char *key, *state;
    enum alert_kind kind;
    struct wall at;
    char **ways; /* that were told, or are to be */
    uint32_t ways_n;
};

/* How a way is doing. */
struct desk_way {
    char *id;
    struct desk_group {
        struct wall since; /* the window */
        uint32_t letters;  /* single ones in it */
        bool full;         /* the rest waits for the digest */
    } groups[ALERT_GROUPS];
    struct wall digest; /* when the next one is due; 0: no group is full */
    uint32_t failures;  /* in a row */
    struct wall failing_since, next;
    char *why; /* the last failure; "" */
    bool under_way;
};

struct desk_keeper {
    /* Returns a number: it is on disk once the `kept` of desk_next has reached that. */
    uint64_t (*entry)(void *ctx, const struct desk_entry *e, bool gone);
    void (*state)(void *ctx, const struct desk_state *s, bool gone);
    void (*way)(void *ctx, const struct desk_way *w, bool gone);
    /* An entry is given up: for the journal. */
    void (*given_up)(void *ctx, const struct desk_entry *e);
    /* That address is an account which is locked: nobody reads there safely. May be NULL. */
    bool (*locked)(void *ctx, struct slice address);
    void *ctx;
};

struct desk;

/* `conf` lives until desk_configure is called with another one. */
struct desk *desk_new(const struct conf_alerts *conf, const struct desk_keeper *keeper);
void desk_free(struct desk *d);

/* Entries for ways that are not there any more are given up. */
void desk_configure(struct desk *d, const struct conf_alerts *conf, struct wall at);

/* After a restart, before anything else. Copied. False: it makes no sense. */
bool desk_load_entry(struct desk *d, const struct desk_entry *e);
bool desk_load_state(struct desk *d, const struct desk_state *s);
bool desk_load_way(struct desk *d, const struct desk_way *w);

/* True when it is news, and was put down for whom it concerns. */
bool desk_raise(struct desk *d, const struct desk_event *e, struct wall at);

/* What was told of that key last; NULL: nothing. */
const struct desk_state *desk_state(const struct desk *d, struct slice key);

/* A letter: entries for one way, the oldest first. */
struct desk_letter {
    uint64_t number;
    const struct conf_way *way;              /* NULL: the owner's */
    struct slice id;                         /* of the way */
    const struct desk_entry *const *entries; /* the desk's, until the next call of desk_next */
    uint32_t n;                              /* more than 1: a digest */
};

/* The next letter that is to leave now; the way is busy until desk_done. Entries whose mark is
 * above `kept` are not on disk yet, and wait. False: nothing now. */
bool desk_next(struct desk *d, struct wall at, int32_t utc_offset_s, uint64_t kept,
               struct desk_letter *out);

enum desk_result { DESK_DELIVERED, DESK_AGAIN, DESK_LATER, DESK_REFUSED };

/* What became of it. DESK_REFUSED gives it up at once; DESK_AGAIN is no failure: it may leave at
 * once, in another manner that the caller has.
 * retry_after_s  what the other side asked for; 0: nothing
 * Numbers that nobody knows any more are passed over. */
void desk_done(struct desk *d, uint64_t letter, enum desk_result result, uint32_t retry_after_s,
               struct slice why, struct wall at);

/* The clock was set. */
void desk_clock_set(struct desk *d, int64_t by_ms);

/* For people. The entries of one way after the other, the oldest first, and at the end those given
 * up; NULL behind the last. */
const struct desk_entry *desk_entry_at(const struct desk *d, uint32_t i);
const struct desk_way *desk_way_at(const struct desk *d, uint32_t i);
uint32_t desk_waiting(const struct desk *d, enum conf_way_kind kind);

/* A domain is that one, or below it. */
bool desk_is_within(struct slice domain, struct slice of);

/* Of which kind a way is, by its id; an owner's is mail. */
enum conf_way_kind desk_way_kind(struct slice id);

#endif
