/* dnsbl_watch_private.h - private to dnsbl_watch.c and dnsbl_watch_found.c. */
#ifndef RUN_DNSBL_WATCH_PRIVATE_H
#define RUN_DNSBL_WATCH_PRIVATE_H

#include "conf/lists.h"
#include "run/daemon.h"
#include "run/json.h"
#include "watch/dnsbl.h"

enum { DNSBL_WATCH_SUBJECTS = 1200, DNSBL_WATCH_LISTINGS = 10000 };

/* One subject on one list. All texts are in the JSON object, which is also what is on disk. */
struct dnsbl_watch_listing {
    char *key; /* "listing SUBJECT ZONE" */
    json_t *value;
};

struct dnsbl_watch {
    struct daemon *d;
    struct wall next, last;
    struct conf_lists lists;
    struct dnsbl_subject *subjects;
    char (*names)[DNSBL_NAME_MAX]; /* of the domains among them */
    struct dnsbl_plan plan;
    struct resolver *resolver;
    struct dnsbl_cycle *cycle; /* NULL: none is under way */
    struct dnsbl_watch_listing *listings;
    uint32_t listings_n, listings_room;
    json_t *aside;      /* of the last cycle */
    json_t *by_list;    /* {zone: listings}, of all lists that were asked */
    uint32_t alive;     /* lists in it */
    size_t asked;       /* subjects in it */
    struct buf trouble; /* why there was none */
};

/* What the cycle has found: listings begin and end. */
void dnsbl_watch_compare(struct dnsbl_watch *l);

/* Count the listings anew, by their lists. */
void dnsbl_watch_count(struct dnsbl_watch *l);

#endif
