/* refusal_private.h - private to refusal_watch.c and refusal_json.c. */
#ifndef RUN_REFUSAL_PRIVATE_H
#define RUN_REFUSAL_PRIVATE_H

#include "box/refusals.h"
#include "conf/providers.h"
#include "run/daemon.h"
#include "run/json.h"

struct refusal_watch {
    struct conf_providers rules;
    struct refusals *state;
    bool dirty[REFUSALS_ROWS]; /* to be kept: a block that goes on */
    bool common;               /* see refusal_watch_is_common */
    struct wall kept;
};

/* What the first refusal of a block means. */
struct provider_refusal refusal_meaning(const struct refusal_watch *w, uint32_t row);

/* "Google (Gmail, Workspace)", "example.org". */
const char *refusal_title(const struct refusal_watch *w, uint32_t row);

/* "Gmail has got too much spam from our address", without its period. */
void refusal_words(const struct refusal_watch *w, uint32_t row, struct buf *out);

/* A block on disk, and back. */
json_t *refusal_encode(const struct daemon *d, const struct refusals_block *b);
void refusal_decode(const struct daemon *d, const json_t *from, struct refusals_block *out);

#endif
