/* refusal_watch.h - what other servers answer to mail from here: whether a big provider refuses it
 * for our reputation, since when, and who made it do so. Fed by the logs (ledger.h); told once in
 * the journal, as a finding and as an alert, and kept over restarts. Nothing in the reply path
 * knows of it. */
#ifndef RUN_REFUSAL_WATCH_H
#define RUN_REFUSAL_WATCH_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/buf.h"
#include "ledger/ledger.h"

struct daemon;
struct refusal_watch;

/* With the rules of the settings, and what was known before the restart. 0 or -EIO, with a
 * sentence in `error`. */
NODISCARD int refusal_watch_load(struct daemon *d, struct buf *error);
void refusal_watch_free(struct refusal_watch *w); /* NULL is allowed */

/* A ledger_results; ctx is the daemon. */
void refusal_watch_result(void *ctx, const struct ledger_result *result);

/* The result that was told of last, and whose event comes now, is a refusal that all mail of ours
 * meets there. */
bool refusal_watch_is_common(struct daemon *d);

/* Now and then: what is over by time, and what changed goes to the disk. */
void refusal_watch_step(struct daemon *d);
/* The same before the end. */
void refusal_watch_keep(struct daemon *d);

/* The settings are others: the rules anew. */
void refusal_watch_reload(struct daemon *d);
void refusal_watch_clock_set(struct daemon *d, int64_t by_ms);

/* How many providers refuse us now. */
uint32_t refusal_watch_blocks(const struct daemon *d);

/* For status: "google, gmx refuse our mail: mailfuse providers". Nothing when none does. */
void refusal_watch_words(const struct daemon *d, struct buf *out);

/* refusal_json.c: all providers that got mail within the day or refuse us, those that do first,
 * then by what they got; that of `name` only when it is not empty. A new reference. */
json_t *refusal_watch_rows(const struct daemon *d, struct slice name);

#endif
