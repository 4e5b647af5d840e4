/* latency.h - how long something took, how often: counts by fixed bounds, of fixed size. */
#ifndef BASE_LATENCY_H
#define BASE_LATENCY_H

#include <stddef.h>
#include <stdint.h>

enum { LATENCY_BOUNDS = 14 };

struct latency {
    uint64_t counts[LATENCY_BOUNDS + 1]; /* up to each bound and above the one before; the last:
                                            above all of them */
    uint64_t sum_ns;                     /* stays at its maximum */
};

/* From 10 us to 1 s, rising; `i` is below LATENCY_BOUNDS. */
uint64_t latency_bound_ns(size_t i);

void latency_add(struct latency *l, uint64_t ns);

#endif
