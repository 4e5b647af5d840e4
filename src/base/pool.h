/* pool.h - many records of one size that stay where they are: memory in chunks of huge pages, so
 * that looks in random order do not wait for page tables, and growing copies nothing. Of a chunk
 * only those pages are used that hold records. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/slice.h"

struct pool {
    char **chunks; /* each up to 16 MiB */
    uint32_t chunks_n, room;
    uint32_t n;       /* records in use: 0 .. n - 1 */
    uint32_t per_log; /* of records in a chunk, base 2 */
    size_t size;      /* of a record, a multiple of 8 */
};

/* An empty pool of records of `size` bytes, at most 16 MiB. Allocates nothing. */
struct pool pool_make(size_t size);
void pool_done(struct pool *p);

/* A new record, zeroed; its number is the old `p->n`. It stays there until pool_done. */
void *pool_add(struct pool *p);

/* The record of that number, which is below `p->n`. */
static inline void *pool_at(const struct pool *p, uint32_t i)
{
    return p->chunks[i >> p->per_log] + (i & ((1U << p->per_log) - 1)) * p->size;
}

#endif
