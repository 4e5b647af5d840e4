/* bars.h - a time line of fixed size: when it is full, neighbouring bars are joined and each stands
 * for twice the time. */
#ifndef LEDGER_BARS_H
#define LEDGER_BARS_H

#include "base/wall.h"

enum { BARS = 48, BARS_FIRST_WIDTH_MS = 10 * MINUTE_MS };

struct bar {
    uint32_t messages, recipients;
    uint16_t refused, login_failures; /* stop at their maximum */
};

struct bars {
    int64_t start_ms; /* a multiple of width_ms */
    int64_t width_ms; /* 0: nothing yet */
    struct bar bar[BARS];
};

/* The bar of a time; times before the first bar fall into it. `{ 0 }` is an empty time line. */
struct bar *bars_at(struct bars *b, struct wall at);

/* Add, stopping at the maximum. */
void bar_add(uint16_t *counter, uint32_t n);

/* How many bars there are up to the last one that is not empty. */
size_t bars_used(const struct bars *b);

#endif
