/* merge.h - sources that wait for their turn, the earliest first. */
#ifndef WATCH_MERGE_H
#define WATCH_MERGE_H

#include "watch/source.h"

/* A binary heap of borrowed sources, by (key, rank). */
struct merge {
    struct source **heap; /* `{ 0 }` is empty; owned */
    size_t n, capacity;
};

/* The order of lines: by time, then by the rank of their source. */
static inline bool merge_before(int64_t key, uint64_t rank, int64_t other_key, uint64_t other_rank)
{
    return key != other_key ? key < other_key : rank < other_rank;
}

void merge_add(struct merge *m, struct source *s);

/* The earliest, or NULL. */
static inline struct source *merge_first(const struct merge *m)
{
    return m->n > 0 ? m->heap[0] : NULL;
}

/* Remove the earliest and return it; NULL when there is none. */
struct source *merge_take(struct merge *m);

void merge_done(struct merge *m);

#endif
