/* fuse.h - the state of one subject inside the engine, and what the engine knows of the whole
 * server. */
#ifndef DETECT_FUSE_H
#define DETECT_FUSE_H

#include "base/arena.h"
#include "base/pool.h"
#include "base/table.h"
#include "detect/detect.h"
#include "detect/live.h"
#include "detect/picture.h"

enum { FUSE_NAME_MAX = (1 << 24) - 1 };

enum {
    RECENT_NETWORKS = 16,
    REFUSERS = 4,
    CROWD_SLOTS = 1 << 16,
    GUESS_SLOTS = 1 << 14,
    ABUSED_SLOTS = 1 << 13,
    SERVER_BLOOM_BLOCKS = 1 << 14, /* 8 million bits */
    DESTINATION_WORDS = 4,
};
#define NONE UINT32_MAX /* no incident, no doubts */

/* Results of its mail. */
struct results {
    float all, unknown, spam;
};

/* What a subject did lately; fades within a day, or ... */
struct lately {
    struct results results; /* of all its mail; the first that says something */
    struct results away;    /* of its mail from new networks */
    float recipients, strangers, senders;
    /* ... within hours: */
    float home, run,
        elsewhere; /* recipients from known networks, new ones, ones that say nothing */
    float book;    /* people it knew, written to from new networks */
    float spread;  /* novelty of the networks it came from */
    uint16_t refused_by[REFUSERS]; /* domains that called its mail spam last */
    float awaited;                 /* recipients whose results are still to come */
};

/* While its mail is held. */
struct hold {
    struct wall since; /* from then on nothing more left */
    struct wall decide_by;
    uint32_t messages, recipients; /* held now */
    float allowance;               /* recipients that may go */
    float batch;                   /* the last allowance */
    float tolerated;               /* score at which it was let go before; 0: was not */
};

/* What it sent in this clock hour and on this local day; kept of those with limits only. */
struct counts {
    int64_t hour;
    int32_t day, utc_offset_s;
    uint32_t messages_hour, messages_day, recipients_hour, recipients_day, unknown_day;
};

/* Of a subject that something speaks against. */
struct doubts {
    struct evidence now[SIGNALS];
    union {
        uint32_t recent[RECENT_NETWORKS]; /* new networks it came from while nothing was learnt */
        uint64_t destinations[DESTINATION_WORDS]; /* of a LAN host, this clock hour */
    };
    uint32_t recent_n;
    uint32_t program; /* the latest one that it never used before */
    float letters;    /* recipients of letters to many from new networks; within the hour */
    uint32_t next_free;
    struct hold hold;
    struct results weighed, weighed_away; /* when results were weighed last */
    float weighed_recipients;             /* the same of strangers */
};

/* What most events touch stands first and close together: with many accounts each of these lines
 * has to come from far memory. */
struct fuse {
    uint64_t hash; /* of kind and name */
    const char *name;
    uint32_t name_n : 24; /* bytes */
    uint32_t kind : 4, stage : 3;
    uint32_t open : 1;           /* the incident is open */
    float complaints;            /* within days */
    float score;                 /* the sum of the evidence */
    uint32_t doubts;             /* or NONE */
    uint32_t incident;           /* number of the open one or else the last, or NONE */
    uint32_t worst;              /* the worst of those before it, or NONE */
    uint32_t counts;             /* or NONE */
    uint16_t policy;             /* of d->policies; the first one is that of everybody */
    uint16_t policy_day;         /* when that was asked for */
    uint32_t faded_hour;         /* until when the evidence has faded */
    uint32_t counted_hour;       /* of hour_now */
    float hour_now, hour_before; /* first contacts in this clock hour and in the one before */
    float known_now;             /* people it knew, this clock hour */
    float sends, churn;          /* past messages, faded; those with a sender that was new */
    struct lately lately;
    struct picture picture;
};

_Static_assert(sizeof(struct fuse) % 64 == 0, "whole cache lines: there may be millions");

/* How many accounts use a network: one bit for each of 32 values of an account's hash. */
struct crowd {
    uint32_t key, accounts;
};

/* Failed logins of a name, from networks it was not known in. */
struct guess {
    uint64_t name;
    struct wall last;
    float count; /* half-life a day */
};

/* A network from which an account that was locked had sent. */
struct abused {
    uint32_t key;
    struct wall at;
    uint64_t account;
};

struct detect {
    struct detect_options options;
    struct arena strings;
    struct pool fuses; /* struct fuse */
    struct table by_name;
    struct pool doubts;             /* struct doubts */
    struct pool counts;             /* struct counts */
    struct detect_policy *policies; /* those in use, each different */
    uint32_t policies_n, policies_room;
    uint16_t policy_epoch; /* of the settings: another one, and policies are asked for again */
    uint32_t free_doubts;
    struct incident *incidents;
    uint32_t incidents_n, incidents_room;
    uint32_t *held; /* fuses whose mail is held */
    uint32_t held_n, held_room;
    struct wall look_at; /* when to look at those again */
    struct wall present; /* as a daemon told last; 0: only events tell */
    struct crowd crowds[CROWD_SLOTS];
    struct guess guesses[GUESS_SLOTS];
    struct abused abused[ABUSED_SLOTS];
    struct bloom_block correspondents[SERVER_BLOOM_BLOCKS]; /* everybody that anybody wrote to */
    int64_t faded_hour;                                     /* until when the next two have faded */
    double recent_results, recent_spam; /* results of everybody, within hours; refused as spam */
    float traced[SIGNALS];              /* weights as the tracer was told them last */
    uint64_t forgotten;
};

static inline struct fuse *fuse_at(const struct detect *d, uint32_t number)
{
    return pool_at(&d->fuses, number);
}

/* It is about to change. */
static inline void fuse_touch(const struct detect *d, uint32_t number)
{
    if (d->options.touch != NULL)
        d->options.touch(d->options.touch_ctx, number);
}

/* A new fuse for a subject that has none; NONE when there are too many. */
uint32_t detect_add(struct detect *d, const struct subject *subject);

/* What speaks against it, or NULL. */
static inline struct doubts *fuse_doubts(const struct detect *d, const struct fuse *f)
{
    return f->doubts != NONE ? pool_at(&d->doubts, f->doubts) : NULL;
}

static inline double fuse_weight(const struct detect *d, const struct fuse *f, enum signal s)
{
    const struct doubts *doubts = fuse_doubts(d, f);

    return doubts != NULL ? (double)doubts->now[s].weight : 0;
}

/* True while what it does is learnt: nothing serious is against it. */
bool fuse_learns(const struct fuse *f);

/* Begin a new clock hour when that of `at` is another than the one that is counted. */
void fuse_begin_hour(const struct detect *d, struct fuse *f, struct wall at);

/* Its doubts, new ones if need be. */
struct doubts *fuse_doubt(struct detect *d, struct fuse *f);

/* Set evidence, and tell the tracer. Little that speaks against somebody, or anything that speaks
 * for him, is no reason to begin to doubt. */
void fuse_set(struct detect *d, struct fuse *f, const struct event *e, enum signal s, double weight,
              double observed, double expected);

/* The same if it is more than there is already. */
void fuse_raise(struct detect *d, struct fuse *f, const struct event *e, enum signal s,
                double weight, double observed, double expected);

/* Local time of an event. */
uint16_t event_day(const struct event *e);
int event_hour(const struct event *e);

/* origin.c: where from, and with what. */
void origin_submission(struct detect *d, struct fuse *f, const struct event *e);
void origin_software(struct detect *d, struct fuse *f, const struct event *e);
void origin_login(struct detect *d, struct fuse *f, const struct event *e);
void origin_failure(struct detect *d, struct fuse *f, const struct event *e); /* f may be NULL */
void origin_locked(struct detect *d, struct fuse *f, struct wall at);
void origin_weigh(struct detect *d, struct fuse *f, const struct event *e);

/* How new the network of the event is to the subject, from 0 to 1. */
double origin_novelty(const struct detect *d, struct fuse *f, const struct event *e);

/* policy.c: what the administrator wants. */
void policy_ask(struct detect *d, struct fuse *f, const struct event *e);
void policy_ask_first(struct detect *d, struct fuse *f, struct wall at); /* unless it was asked */
void policy_submission(struct detect *d, struct fuse *f, const struct event *e);
void policy_unknown(struct detect *d, struct fuse *f, const struct event *e);
struct detect_limit policy_room(const struct detect *d, const struct fuse *f, const struct event *e,
                                uint32_t messages, uint32_t recipients);
struct counts *policy_counts(const struct detect *d, const struct fuse *f, const struct event *e);
bool policy_limit_is_over(const struct detect *d, const struct fuse *f, struct wall at);
bool policy_locks_at_limit(const struct detect *d, const struct fuse *f);
bool policy_ignores(const struct detect *d, const struct fuse *f, enum signal s);
bool policy_forbids_hold(const struct detect *d, const struct fuse *f);
bool policy_forbids_lock(const struct detect *d, const struct fuse *f);
bool policy_admits_country(const struct detect *d, const struct fuse *f, uint16_t country);

/* firewall.c */
void firewall_attempt(struct detect *d, struct fuse *f, const struct event *e);

/* blocked.c: a provider refuses this server. */
void blocked_take(struct detect *d, struct fuse *f, const struct event *e);

/* complaints.c: recipients complained. */
void complaints_take(struct detect *d, struct fuse *f, const struct event *e);

/* results.c: to whom, and what came back. */
/* True when nobody here ever wrote to that recipient outside. */
bool results_delivery(struct detect *d, struct fuse *f, const struct event *e);
void results_weigh(struct detect *d, struct fuse *f, const struct event *e);

/* How likely an honest recipient of it is to be unknown. */
double results_usual_unknown(const struct fuse *f);

/* ladder.c: a new incident, not initialised; climb the ladder, or come down from it; a lock stays.
 */
uint32_t detect_new_incident(struct detect *d);
void ladder_climb(struct detect *d, struct fuse *f, const struct event *e, struct verdict *v);

/* hold.c: hold, let a little go, decide. `f` is number `fuse`. */
void hold_enlist(struct detect *d, uint32_t fuse); /* to be looked at from time to time */
void hold_begin(struct detect *d, uint32_t fuse, struct wall at);
bool hold_message(struct detect *d, struct fuse *f, const struct event *e); /* true: hold it */
void hold_took_back(struct detect *d, uint32_t fuse, uint32_t messages, uint32_t recipients,
                    struct wall at);
void hold_look(struct detect *d, uint32_t fuse, struct wall at);
void hold_look_at_all(struct detect *d, struct wall at);

#endif
