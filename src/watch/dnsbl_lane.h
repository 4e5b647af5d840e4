/* dnsbl_lane.h - private to watch: one list in a cycle. What is to be asked next, how soon, and
 * what an answer changes; knows neither loop nor resolver. */
#ifndef WATCH_DNSBL_LANE_H
#define WATCH_DNSBL_LANE_H

#include "base/mono.h"
#include "proto/dns_answer.h"
#include "watch/dnsbl.h"

enum dnsbl_what { DNSBL_ASK_LISTED, DNSBL_ASK_CLEAN, DNSBL_ASK_SUBJECT, DNSBL_ASK_TEXT };

struct dnsbl_task {
    enum dnsbl_what what;
    enum dnsbl_kind kind;
    uint32_t subject; /* its number in the plan; not of test points */
};

struct dnsbl_proof {
    enum dnsbl_life life;
    unsigned due; /* test points whose answer is not there yet */
    char *why;
};

struct dnsbl_lane {
    const struct dnsbl_list *list;
    const struct dnsbl_plan *plan;
    struct dnsbl_result *results; /* one for each subject; borrowed */
    struct dnsbl_proof proofs[DNSBL_KINDS];
    uint32_t *order;     /* of the subjects */
    size_t next_test;    /* of 2 * DNSBL_KINDS */
    size_t next_subject; /* in `order` */
    uint32_t *texts;     /* subjects that are listed */
    size_t texts_n, next_text;
    unsigned busy;    /* questions under way */
    unsigned silent;  /* timeouts in a row */
    struct mono next; /* not earlier */
    uint64_t random;
};

void dnsbl_lane_init(struct dnsbl_lane *lane, const struct dnsbl_plan *plan, size_t list,
                     struct dnsbl_result *results);
void dnsbl_lane_done(struct dnsbl_lane *lane);

/* The next question, which counts as under way from now on. False when there is none now: with
 * questions under way there may be some later. */
NODISCARD bool dnsbl_lane_next(struct dnsbl_lane *lane, struct mono now, struct dnsbl_task *out,
                               char name[DNSBL_NAME_MAX]);

/* Whether there is anything left to be asked, if only after what is under way. */
bool dnsbl_lane_waiting(const struct dnsbl_lane *lane);

/* The answer to a task, or none. */
void dnsbl_lane_take(struct dnsbl_lane *lane, const struct dnsbl_task *task, enum resolver_end end,
                     const struct dns_answer *answer);

#endif
