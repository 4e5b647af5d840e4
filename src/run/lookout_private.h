/* lookout_private.h - private to lookout.c and lookout_found.c. */
#ifndef RUN_LOOKOUT_PRIVATE_H
#define RUN_LOOKOUT_PRIVATE_H

#include "conf/lists.h"
#include "run/daemon.h"
#include "run/json.h"
#include "watch/dnsbl.h"

enum { LOOKOUT_SUBJECTS = 1200, LOOKOUT_LISTINGS = 10000 };

/* One subject on one list. All texts are in the JSON object, which is also what is on disk. */
struct lookout_listing {
    char *key; /* "listing SUBJECT ZONE" */
    json_t *value;
};

struct lookout {
    struct daemon *d;
    struct wall next, last;
    struct conf_lists lists;
    struct dnsbl_subject *subjects;
    char (*names)[DNSBL_NAME_MAX]; /* of the domains among them */
    struct dnsbl_plan plan;
    struct resolver *resolver;
    struct dnsbl_cycle *cycle; /* NULL: none is under way */
    struct lookout_listing *listings;
    uint32_t listings_n, listings_room;
    json_t *aside;      /* of the last cycle */
    uint32_t alive;     /* lists in it */
    size_t asked;       /* subjects in it */
    struct buf trouble; /* why there was none */
};

/* What the cycle has found: listings begin and end. */
void lookout_compare(struct lookout *l);

#endif
