/* dnsbl_watch.h - our own addresses and domains on DNS lists: asked now and then, and what was
 * found kept over restarts. A list that does not answer changes nothing of what it said before.
 * Nothing in the reply path knows of it. */
#ifndef RUN_DNSBL_WATCH_H
#define RUN_DNSBL_WATCH_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/buf.h"
#include "base/wall.h"

struct daemon;
struct dnsbl_watch;

/* What is listed, from the store. 0 or -EIO, with a sentence in `error`. */
NODISCARD int dnsbl_watch_load(struct daemon *d, struct buf *error);

/* Once a second: begin a cycle when it is time. */
void dnsbl_watch_step(struct daemon *d);

/* The settings are others: look soon. */
void dnsbl_watch_soon(struct daemon *d);

void dnsbl_watch_free(struct dnsbl_watch *l);

/* For status: "ok", "off", "waiting", "trouble", and in words what there is to say. */
const char *dnsbl_watch_state(const struct daemon *d, struct buf *words);
/* When the last cycle ended; 0: none yet. */
struct wall dnsbl_watch_last(const struct daemon *d);
/* When the next one begins; 0: not known, or never. */
struct wall dnsbl_watch_next(const struct daemon *d);
/* How many listings there are. */
uint32_t dnsbl_watch_listed(const struct daemon *d);

/* For figures/figures.h. */
struct dnsbl_watch_figures {
    const json_t *by_list; /* {zone: listings}: lists of the settings; borrowed; NULL: none yet */
    double alive, aside, asked;
    bool trouble;
};
struct dnsbl_watch_figures dnsbl_watch_figures(const struct daemon *d);

/* All listings, the youngest last; those of `what` only when it is not empty. A new reference. */
json_t *dnsbl_watch_listings(const struct daemon *d, struct slice what);
/* Lists that were set aside in the last cycle: {zone, kind, why}. A new reference. */
json_t *dnsbl_watch_aside(const struct daemon *d);

#endif
