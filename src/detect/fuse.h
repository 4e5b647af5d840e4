/* fuse.h - the state of one subject inside the engine, and what the engine knows of the whole
 * server. */
#ifndef DETECT_FUSE_H
#define DETECT_FUSE_H

#include "base/arena.h"
#include "base/pool.h"
#include "base/table.h"
#include "detect/detect.h"
#include "detect/picture.h"

enum {
    RECENT_NETWORKS = 16,
    CROWD_SLOTS = 1 << 16,
    GUESS_SLOTS = 1 << 14,
    SERVER_BLOOM_BLOCKS = 1 << 14, /* 8 million bits */
    DESTINATION_WORDS = 4,
};
#define NO_INCIDENT UINT32_MAX

/* A network that was used lately. */
struct recent {
    uint32_t key;    /* 0 is empty */
    uint32_t minute; /* since 1970 */
};

/* What most events touch stands first and close together: with many accounts each of these lines
 * has to come from far memory. */
struct fuse {
    struct subject subject;
    double score;         /* the sum of `now` */
    int64_t faded_hour;   /* until when the evidence has faded */
    int64_t counted_hour; /* of hour_now */
    enum stage stage;
    uint32_t incident;           /* number of the open one or else the last, or NO_INCIDENT */
    uint32_t worst;              /* the worst of those before it, or NO_INCIDENT */
    float hour_now, hour_before; /* first contacts in this clock hour and in the one before */
    float day_results, day_strangers, day_unknown, day_spam, day_senders; /* fade within a day */
    float sends, churn; /* past messages, faded; those with a sender that was new */
    bool open;          /* the incident is open */
    struct evidence now[SIGNALS];
    struct picture picture;
    struct recent recent[RECENT_NETWORKS];
    uint64_t destinations[DESTINATION_WORDS]; /* of a LAN host, this clock hour */
};

/* Bytes of a fuse that most events touch: up to the picture's own figures. */
enum { FUSE_HOT = offsetof(struct fuse, picture.correspondents) };

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

struct detect {
    struct detect_options options;
    struct arena strings;
    struct pool fuses; /* struct fuse */
    struct table by_name;
    struct incident *incidents;
    uint32_t incidents_n, incidents_room;
    struct crowd crowds[CROWD_SLOTS];
    struct guess guesses[GUESS_SLOTS];
    struct bloom_block correspondents[SERVER_BLOOM_BLOCKS]; /* everybody that anybody wrote to */
    int64_t faded_hour;                                     /* until when the next two have faded */
    double day_results, day_spam; /* delivery results of everybody; refused as spam */
    float traced[SIGNALS];        /* weights as the tracer was told them last */
    uint64_t forgotten;
};

static inline struct fuse *fuse_at(const struct detect *d, uint32_t number)
{
    return pool_at(&d->fuses, number);
}

/* True while what it does is learnt: nothing serious is against it. */
bool fuse_learns(const struct fuse *f);

/* Begin a new clock hour when that of `at` is another than the one that is counted. */
void fuse_begin_hour(struct fuse *f, struct wall at);

/* Set or add evidence, and tell the tracer. */
void fuse_set(struct detect *d, struct fuse *f, const struct event *e, enum signal s, double weight,
              double observed, double expected);
void fuse_add(struct detect *d, struct fuse *f, const struct event *e, enum signal s, double weight,
              double observed, double expected);

/* What each kind of event does to the evidence. */
void signals_submission(struct detect *d, struct fuse *f, const struct event *e);
void signals_delivery(struct detect *d, struct fuse *f, const struct event *e);
void signals_login(struct detect *d, struct fuse *f, const struct event *e);
void signals_failure(struct detect *d, struct fuse *f, const struct event *e); /* f may be NULL */
void signals_firewall(struct detect *d, struct fuse *f, const struct event *e);

#endif
