/* detect.h - the engine: a deterministic function of its state and an event.
 * Owns a fuse for each subject. No I/O, no clock: the events bring their time. */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include "detect/event.h"
#include "detect/evidence.h"

enum stage {
    STAGE_OBSERVE, /* nothing, or too little, against it */
    STAGE_HOLD,    /* its mail is held; in doubt a little of it goes out, and its results decide */
    STAGE_LOCK,    /* it is locked; what was held stays held */
};

/* What happened around a fuse that was held or locked, or is about to be. */
struct incident {
    struct wall since;                /* first evidence of it */
    struct wall held_from;            /* from then on nothing more left; 0: never held */
    struct wall locked;               /* when that was found to be right; 0: never */
    struct evidence at_peak[SIGNALS]; /* when it was locked; before that, at the highest score */
    double score;                     /* their sum */
};

/* Told whenever a signal of the traced subject differs by half a point or more from what was told
 * last. */
typedef void detect_trace(void *ctx, const struct event *event, enum signal s,
                          const struct evidence *e, double score);

/* Let the `n` oldest messages that are held of that fuse go (UINT32_MAX: all of them). Returns when
 * the oldest that is still held was accepted, or 0 when none is. */
typedef struct wall detect_release(void *ctx, uint32_t fuse, uint32_t n, struct wall at);

#define DETECT_NO_LIMIT UINT32_MAX

enum { POLICY_COUNTRIES = 4 };

/* What an administrator wants of a subject, on one day. */
struct detect_policy {
    uint32_t messages_hour, messages_day, recipients_hour, recipients_day,
        unknown_day;             /* so many are allowed; DETECT_NO_LIMIT */
    uint32_t free_hour;          /* with fewer recipients in an hour nothing is held; 0: none */
    bool lock_at_limit;          /* else hold */
    bool refuse_at_limit;        /* neither: the mail server refuses what is too much */
    bool bulk;                   /* may write to many strangers at once */
    bool never_hold, never_lock; /* whatever happens; neither hold nor lock, no lock */
    uint16_t countries[POLICY_COUNTRIES]; /* event_country: where it may be; 0: no more */
};

/* Fill `out`, which stands at "no limit, nothing special", for that subject on that local day. */
typedef void detect_ask_policy(void *ctx, const struct subject *subject, struct wall at,
                               int32_t utc_offset_s, struct detect_policy *out);

/* The fuse of that number is about to change: for who keeps copies. It may be a new one. */
typedef void detect_touch(void *ctx, uint32_t fuse);

struct detect_options {
    double hold_score, lock_score; /* 0: 5.5 and 8.5 */
    uint32_t max_fuses;            /* 0: sixteen million; then no new ones, counted */
    double sensitivity;            /* divides both; 0: 1 */
    uint32_t ignored;              /* one bit for each signal that has no weight */
    detect_release *release;       /* may be NULL */
    void *release_ctx;
    detect_ask_policy *policy; /* asked once a day for each active subject; may be NULL */
    void *policy_ctx;
    detect_touch *touch; /* may be NULL */
    void *touch_ctx;
    struct subject traced; /* name empty: none */
    detect_trace *trace;
    void *trace_ctx;
};

/* What one event did to the fuse of its subject. */
struct verdict {
    uint32_t
        fuse; /* number of the fuse, from 0, in the order of their first events; UINT32_MAX: none */
    enum stage stage;
    bool hold;            /* SUBMISSION: this message is to be held (or, when locked, refused) */
    bool suspicion_began; /* an incident opened: from now on it pays to take notes */
    bool suspicion_ended; /* it came to nothing */
    bool stranger;        /* DELIVERY: nobody here ever wrote to that recipient outside */
    double score;
};

struct detect;

struct detect *detect_new(const struct detect_options *options);
void detect_free(struct detect *d);

/* An event of the subject with that hint (or 0) is about to come, about a recipient of that key (or
 * 0): fetch what it will touch from memory, all at once and in good time. Changes nothing. */
void detect_prefetch(const struct detect *d, uint32_t hint, uint64_t recipient);

/* Take one event; its slices are not kept. */
struct verdict detect_event(struct detect *d, const struct event *event);

/* All fuses: for reports. */
uint32_t detect_count(const struct detect *d);
struct subject detect_subject(const struct detect *d, uint32_t fuse);

/* The incident in which it was locked, else the worst one, open or come to nothing; NULL when there
 * never was one. */
const struct incident *detect_incident(const struct detect *d, uint32_t fuse);

/* The number of that subject's fuse, or UINT32_MAX. */
uint32_t detect_find(const struct detect *d, const struct subject *subject);

/* Subjects that got no fuse because of the limit. */
uint64_t detect_forgotten(const struct detect *d);

#endif
