/* lookout.h - our own addresses and domains on DNS lists: asked now and then, and what was found
 * kept over restarts. A list that does not answer changes nothing of what it said before. Nothing
 * in the reply path knows of it. */
#ifndef RUN_LOOKOUT_H
#define RUN_LOOKOUT_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/buf.h"
#include "base/wall.h"

struct daemon;
struct lookout;

/* What is listed, from the store. 0 or -EIO, with a sentence in `error`. */
NODISCARD int lookout_load(struct daemon *d, struct buf *error);

/* Once a second: begin a cycle when it is time. */
void lookout_step(struct daemon *d);

/* The settings are others: look soon. */
void lookout_soon(struct daemon *d);

void lookout_free(struct lookout *l);

/* For status: "ok", "off", "waiting", "trouble", and in words what there is to say. */
const char *lookout_state(const struct daemon *d, struct buf *words);
/* When the last cycle ended; 0: none yet. */
struct wall lookout_last(const struct daemon *d);
/* How many listings there are. */
uint32_t lookout_listed(const struct daemon *d);

/* All listings, the youngest last; those of `what` only when it is not empty. A new reference. */
json_t *lookout_listings(const struct daemon *d, struct slice what);
/* Lists that were set aside in the last cycle: {zone, kind, why}. A new reference. */
json_t *lookout_aside(const struct daemon *d);

#endif
