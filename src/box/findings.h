/* findings.h - what others find of us: a DNS list has one of our addresses, a provider refuses it,
 * recipients complain, the queue grows. Each is tied to the incident of the account or host that
 * caused it, as far as that can be told, and kept until it is over. Pure.
 *
 * Who caused it: what each sent in the week before the first sighting (trail.h), weighed as volume
 * x share of new recipients x share of refusals, and by the evidence of its incident. The heaviest
 * that has an incident explains it, unless others without one weigh much more. The queue, and
 * complaints, name their account themselves.
 *
 * What no incident explains gets a number of its own, from the same sequence, and everything of the
 * same subject goes by it: `own`. It is open until the last of these is over. Complaints about an
 * account without an incident get none. When later an incident explains it, `explained` names it.
 */
#ifndef BOX_FINDINGS_H
#define BOX_FINDINGS_H

#include "box/box.h"
#include "box/trail.h"

enum finding_kind {
    FINDING_LISTING,    /* an address or domain of ours is on a DNS list */
    FINDING_BLOCKED,    /* a provider refuses our mail by reputation */
    FINDING_COMPLAINTS, /* recipients of an account complain */
    FINDING_QUEUE,      /* more waits in the queue than usual */
    FINDING_SPOOL,      /* its disk is nearly full */
    FINDING_KINDS
};

enum { FINDING_CULPRITS = 5, FINDINGS_OPEN = 11000, FINDINGS_ENDED = 1000 };

#define FINDING_NOBODY UINT32_MAX

/* Who may have caused it. */
struct finding_culprit {
    uint32_t fuse;
    uint32_t incident;                   /* 0: it has none that may be it */
    uint32_t recipients, fresh, refused; /* see struct trail_sum */
    double weight;
};

/* What was seen; the texts are copied. */
struct finding_news {
    enum finding_kind kind;
    struct slice subject; /* address, domain, provider, account; what it is about */
    struct slice by;      /* who says so: the zone of the list; may be empty */
    struct slice words;   /* a sentence without a period */
    uint32_t fuse;        /* whose mail it is about, if that is known; or FINDING_NOBODY */
};

struct finding {
    uint32_t id; /* its own, from 1; not the number of an incident */
    enum finding_kind kind;
    struct slice subject, by, words; /* the module's */
    struct wall since, last, ended;  /* ended 0: it goes on */
    uint32_t count;                  /* how often it was told of */
    uint32_t fuse;
    uint32_t explained; /* the incident of who caused it; 0: not known */
    uint32_t own;       /* the incident that it opened; 0: none */
    struct finding_culprit culprits[FINDING_CULPRITS]; /* the heaviest first */
    uint32_t culprits_n;
    struct wall kept; /* private: told to the keeper last */
};

/* What leaves: to the disk, and to the journal. */
struct findings_keeper {
    void (*keep)(void *ctx, const struct finding *f, bool gone);
    void (*tied)(void *ctx, const struct finding *f); /* to `explained`, some time after it began */
    void *ctx;
};

struct findings;

/* `b` and `t` are borrowed. */
struct findings *findings_new(struct box *b, const struct trail *t,
                              const struct findings_keeper *keeper);
void findings_free(struct findings *f); /* NULL is allowed */

/* It begins, or goes on: then the words are the new ones and the count is one more. `*begun` may be
 * NULL. NULL when there are too many. */
const struct finding *findings_see(struct findings *f, const struct finding_news *news,
                                   struct wall at, bool *begun);

/* It is over; NULL when it was not there. */
const struct finding *findings_over(struct findings *f, enum finding_kind kind,
                                    struct slice subject, struct slice by, struct wall at);

/* Now and then: what no incident explained may be explained by now; complaints that came no more
 * are over. */
void findings_pass_time(struct findings *f, struct wall at);

/* An account or host has an incident: it may explain what others did not. */
void findings_look_soon(struct findings *f);

/* The incident under which people are told of it, the same from the beginning to the end: `own`,
 * else `explained`; 0: none. */
uint32_t finding_incident(const struct finding *f);

/* All that are not over, and the youngest FINDINGS_ENDED of the others, in the order of their ids;
 * NULL behind the last. */
const struct finding *findings_at(const struct findings *f, uint32_t i);

/* The one that goes on; or NULL. */
const struct finding *findings_find(const struct findings *f, enum finding_kind kind,
                                    struct slice subject, struct slice by);

/* True when that incident is one of a finding's own. Its subject, when it began and ended (0: not
 * yet) are those of the findings under it. */
struct finding_case {
    uint32_t number;
    enum finding_kind kind;
    struct slice subject; /* the findings' */
    struct wall since, ended;
    uint32_t open, findings;     /* of which so many are not over */
    const struct finding *first; /* of them */
};
bool findings_case(const struct findings *f, uint32_t number, struct finding_case *out);

/* "listing"; stable. */
const char *finding_kind_name(enum finding_kind kind);

/* After a restart, before anything else: what was kept. */
void findings_load(struct findings *f, const struct finding *one);

#endif
