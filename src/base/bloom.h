/* bloom.h - a Bloom filter in blocks of a cache line: the bits of one key lie together, so that a
 * look costs one access to memory (Putze, Sanders, Singler 2007). Keys are never forgotten; a full
 * filter knows everything. */
#ifndef BASE_BLOOM_H
#define BASE_BLOOM_H

#include <stdbool.h>
#include <stdint.h>

struct bloom_block {
    uint64_t words[8];
};

/* True when `key` (a well-spread hash) was noted before, or looks like it.
 * n  how many blocks there are, a power of two */
static inline bool bloom_has(const struct bloom_block *blocks, uint32_t n, uint64_t key)
{
    const struct bloom_block *block = &blocks[key & (n - 1)];

    return (block->words[key >> 32 & 7] >> (key >> 38 & 63) & 1) != 0 &&
           (block->words[key >> 35 & 7] >> (key >> 44 & 63) & 1) != 0;
}

/* The same; and notes it. */
static inline bool bloom_note(struct bloom_block *blocks, uint32_t n, uint64_t key)
{
    struct bloom_block *block = &blocks[key & (n - 1)];
    bool known = bloom_has(blocks, n, key);

    block->words[key >> 32 & 7] |= (uint64_t)1 << (key >> 38 & 63);
    block->words[key >> 35 & 7] |= (uint64_t)1 << (key >> 44 & 63);
    return known;
}

#endif
