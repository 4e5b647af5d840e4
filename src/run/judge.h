/* judge.h - what settings and databases add to the engine: who may do what, and where an address
 * is. The same for a scan and for the daemon. */
#ifndef RUN_JUDGE_H
#define RUN_JUDGE_H

#include "box/box.h"
#include "conf/conf.h"
#include "watch/geo.h"

enum { JUDGE_PLACES = 4096 };

/* What is known of an address: asked once. */
struct judge_place {
    struct ip ip;
    uint32_t asn;
    char country[3];
    bool at_home, shared;
};

struct judge {
    const struct conf *conf;
    struct geo *geo;       /* NULL without databases */
    const struct box *box; /* whom it trusts; NULL: nobody */
    struct judge_place places[JUDGE_PLACES];
};

/* Other settings or databases: what was asked before is forgotten. */
void judge_change(struct judge *j, const struct conf *conf, struct geo *geo);

const struct judge_place *judge_place(struct judge *j, const struct ip *ip);

/* Add to an event what is known of its client. */
void judge_complete(struct judge *j, struct event *event);

/* A detect_ask_policy; ctx is the judge. */
void judge_policy(void *ctx, const struct subject *subject, struct wall at, int32_t utc_offset_s,
                  struct detect_policy *out);

/* The ignored signals of the settings, one bit for each; names that are none become errors. */
uint32_t judge_ignored(const struct conf *conf, struct conf_errors *errors);

#endif
