/* opt_outs.h - who does not want mail of an account any more: recipients who unsubscribed or
 * complained at their provider, for the sender to strike off the list. Only of reports that prove
 * to be about mail of ours. Where the provider keeps the recipient to itself there is the message
 * alone. On disk; the OPT_OUTS_MAX that were heard of last are kept. */
#ifndef RUN_OPT_OUTS_H
#define RUN_OPT_OUTS_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/buf.h"
#include "base/wall.h"

struct daemon;
struct opt_outs;

enum { OPT_OUTS_MAX = 5000 };

/* From the store. 0 or -EIO, with a sentence in `error`. */
NODISCARD int opt_outs_load(struct daemon *d, struct buf *error);
void opt_outs_free(struct opt_outs *o); /* NULL is allowed */

/* One report about mail of `account`.
 * report    the request of docs/control.md: type, reporter, recipients, message_id
 * queue_id  ours of the message; may be empty */
void opt_outs_add(struct daemon *d, struct slice account, const json_t *report,
                  struct slice queue_id);

/* Those of an account (folded; empty: of all) since a time, by account, the last heard of first:
 * a new reference to a list; `all` is how many there are, of which `most` are in it. */
json_t *opt_outs_list(const struct daemon *d, struct slice account, struct wall since, size_t most,
                      size_t *all);

#endif
