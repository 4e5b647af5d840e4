/* hash.h - a 64-bit hash for tables in memory: XXH3 of libxxhash.
 * Names in logs are chosen by strangers, so every table takes a seed; the order in which a table
 * is walked must never show in a result. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/slice.h"

uint64_t hash_slice(struct slice s, uint64_t seed);

/* Spread a number over 64 bits (finalizer of MurmurHash3, public domain). */
static inline uint64_t hash_u64(uint64_t x)
{
    x = (x ^ x >> 33) * 0xff51afd7ed558ccdU;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53U;
    return x ^ x >> 33;
}

#endif
