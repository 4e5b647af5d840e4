/* hash.h - a 64-bit hash for tables in memory: XXH3 of libxxhash.
 * Names in logs are chosen by strangers, so every table takes a seed; the order in which a table
 * is walked must never show in a result. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#define XXH_INLINE_ALL
#define XXH_FORCE_MEMORY_ACCESS 1 /* reads without memcpy(), which gcc 12 leaves as calls */
#include <xxhash.h>

#include "base/slice.h"

static inline uint64_t hash_slice(struct slice s, uint64_t seed)
{
    /* Hides a literal from gcc 12, which else warns of branches for long texts that are never
     * taken. */
    __asm__("" : "+r"(s.p), "+r"(s.n));
    return XXH3_64bits_withSeed(s.p, s.n, seed);
}

/* Spread a number over 64 bits (finalizer of MurmurHash3, public domain). */
static inline uint64_t hash_u64(uint64_t x)
{
    x = (x ^ x >> 33) * 0xff51afd7ed558ccdU;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53U;
    return x ^ x >> 33;
}

#endif
