/* arena.h - memory that is given back all at once. For strings and records of one lifetime. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
    struct arena_block *last; /* `{ 0 }` is an empty arena */
    size_t used;              /* bytes taken in the last block */
    size_t total;             /* bytes of all blocks, for limits and statistics */
};

/* Frees everything that came from the arena. */
void arena_done(struct arena *a);

/* `size` zeroed bytes, aligned for any type; they live until arena_done. */
void *arena_take(struct arena *a, size_t size);

/* A copy of `s` in the arena, with a NUL after it. */
struct slice arena_copy(struct arena *a, struct slice s);

#endif
