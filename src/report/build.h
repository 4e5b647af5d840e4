/* build.h - fills a report from what the ledger, the tally and detection know. */
#ifndef REPORT_BUILD_H
#define REPORT_BUILD_H

#include "detect/rehearsal.h"
#include "ledger/ledger.h"
#include "ledger/tally.h"
#include "report/report.h"

/* Country, number and name of the network of an address. `network` lives as long as `ctx`; what is
 * not known stays as it is. */
typedef void build_place(void *ctx, const struct ip *ip, char country[3], uint32_t *asn,
                         struct slice *network);

struct build {
    const struct detect *detect;
    const struct rehearsal *rehearsal; /* NULL: nothing was held */
    struct ledger *ledger;
    const struct tally *tally;
    build_place *place; /* NULL without geo data */
    void *place_ctx;
    size_t top;               /* clients, watched accounts, sources, blocks to list; 0 is 10 */
    struct subject only;      /* name empty: everybody; else only this one, tripped or not */
    const struct tally *part; /* only subjects that this one has counted, and in `accounts` its
                               * counts; NULL: all */
    const struct ip_prefix *clients; /* of the brute-force sources only those; NULL is all */
};

/* Fill fuses, watch, brutes, blocks, accounts, totals and the server's time line of `r`, whose
 * arena takes the texts. `r->lines`, period, warnings and the rest are the caller's to fill. */
void report_build(struct report *r, const struct build *b);

/* Everything about one fuse. */
void report_build_fuse(struct report *r, const struct build *b, uint32_t number,
                       struct report_fuse *out);

/* What of its mail came since then and is still in a queue. */
void report_build_queues(struct report *r, const struct build *b, const struct subject *subject,
                         struct wall since, struct report_fuse *out);

/* What speaks for and against it, and the reason in a sentence. */
void report_build_evidence(struct report *r, const struct incident *incident,
                           struct report_fuse *out);

/* The holds that ended by themselves, and what they cost those who were never locked. */
void report_build_holds(struct report *r, const struct build *b);

/* A time line of the tally's. */
void report_build_bars(struct report *r, const struct bars *bars, struct report_timeline *out);

#endif
