/* dnsbl.h - one cycle of questions: each list is proved alive by its test points (RFC 5782 section
 * 5), then asked about all addresses and domains of its kind; of what is listed the text is
 * fetched. A list that fails, or stops answering in between, is set aside for the rest of the
 * cycle, so that a dead one neither lists everybody nor keeps the others waiting.
 *
 * No list is asked faster than `per_second`, and subjects come in an order that chance chooses. */
#ifndef WATCH_DNSBL_H
#define WATCH_DNSBL_H

#include "mail/dnsbl.h"
#include "watch/resolver.h"

struct dnsbl_plan {
    const struct dnsbl_list *lists; /* both live as long as the cycle */
    size_t lists_n;
    const struct dnsbl_subject *subjects;
    size_t subjects_n;
    unsigned per_second; /* questions to one list, 1..1000 */
    int64_t timeout_ms;  /* of one question */
    uint64_t seed;       /* of the order and the gaps */
};

/* What came of one subject at one list. */
enum dnsbl_state {
    DNSBL_NOT_ASKED, /* it is of another kind, or the list is set aside: see its state */
    DNSBL_IS_CLEAN,
    DNSBL_IS_LISTED,
    DNSBL_IS_NOTED,
    DNSBL_NO_ANSWER, /* `words` has the reason */
};

struct dnsbl_result {
    enum dnsbl_state state;
    char *words; /* what its codes mean, or why there is no answer; may be NULL */
    char *text;  /* the list's own words, as they came; may be NULL */
};

/* Of one list and one kind. */
enum dnsbl_life {
    DNSBL_UNUSED, /* it is off, or there is nothing of that kind to ask */
    DNSBL_PROVING,
    DNSBL_ALIVE,
    DNSBL_ASIDE, /* `why` has the reason */
};

struct dnsbl_cycle;

typedef void dnsbl_finished(void *ctx);

/* Begin; the results are there when `finished` is called, from the loop. */
struct dnsbl_cycle *dnsbl_cycle_new(struct event_base *base, struct resolver *resolver,
                                    const struct dnsbl_plan *plan, dnsbl_finished *finished,
                                    void *ctx);

const struct dnsbl_result *dnsbl_cycle_result(const struct dnsbl_cycle *cycle, size_t subject,
                                              size_t list);

/* why  the reason when it is set aside; else "" */
enum dnsbl_life dnsbl_cycle_life(const struct dnsbl_cycle *cycle, size_t list, enum dnsbl_kind kind,
                                 const char **why);

/* Questions so far. */
uint64_t dnsbl_cycle_questions(const struct dnsbl_cycle *cycle);

/* Only after it has finished, from within `finished`, too, or after resolver_free. Accepts NULL. */
void dnsbl_cycle_free(struct dnsbl_cycle *cycle);

#endif
