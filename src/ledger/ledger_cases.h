/* ledger_cases.h - how the tests of the ledger compare: lines of a log in, events out. */
#ifndef LEDGER_LEDGER_CASES_H
#define LEDGER_LEDGER_CASES_H

#include "base/buf.h"
#include "ledger/ledger.h"

/* Lines of a log after "2026-11-22T10:00:00+00:00 mx ", and the events that they must give, one a
 * line: type, kind:subject, and what matters of the rest. Logins that go with a client= line are
 * left out. */
struct ledger_case {
    const char *name, *lines, *want;
};

/* The events, as text. */
struct collector {
    struct buf text;
};

/* A ledger whose events go into `c`. */
struct ledger *ledger_for(struct collector *c, uint32_t max_messages);

/* Hand over each line in a heap block of exactly its size. */
void ledger_feed(struct ledger *l, const char *lines, const char *host);

/* Fails the running test with what came and what was wanted. */
void ledger_check_cases(const struct ledger_case *cases, size_t n);

#endif
