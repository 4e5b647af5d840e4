/* distinct.h - how many different keys were seen, in bounded memory: exact up to DISTINCT_EXACT, an
 * estimate with a standard error of 0.8 % above (HyperLogLog: Flajolet and others 2007). */
#ifndef BASE_DISTINCT_H
#define BASE_DISTINCT_H

#include "base/slice.h"

enum { DISTINCT_EXACT = 16384 };

struct distinct {
    uint64_t *keys; /* open addressing, 0 is empty; NULL once the registers count alone */
    uint32_t mask, count;
    uint8_t *registers; /* 2^14 of them; NULL before they are needed */
    uint64_t waiting; /* the last key: its place is fetched from memory until the next one comes */
    bool waits;
};

/* `{ 0 }` is an empty counter; frees what it allocated. */
void distinct_done(struct distinct *d);

/* Note a key: a well-spread 64-bit hash. */
void distinct_add(struct distinct *d, uint64_t key);

uint64_t distinct_count(struct distinct *d);

#endif
