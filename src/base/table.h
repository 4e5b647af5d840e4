/* table.h - an index from 64-bit hashes to small numbers (places in an array of the owner's).
 * Open addressing, linear probing, backward-shift deletion: no tombstones, so a table that loses
 * as many entries as it gains stays as fast as it was. Keys are compared by the owner:
 *
 *     for (struct table_probe p = table_find(&t, hash); table_at(&t, &p, &index); table_step(&t,
 * &p)) if (slice_eq(items[index].name, name)) return &items[index];
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/slice.h"

struct table_slot {
    uint32_t tag;   /* upper half of the hash */
    uint32_t place; /* index + 1; 0 is an empty slot */
};

struct table {
    struct table_slot *slots; /* `mask` + 1 of them, or NULL when empty */
    uint32_t *homes;          /* lower half of the hash of each; looked at on removal and growth */
    uint32_t mask;
    uint32_t count;
};

struct table_probe {
    uint32_t slot, tag;
};

/* Storage is the caller's; `{ 0 }` is an empty table. Frees what the table allocated. */
void table_done(struct table *t);

/* Add `index` (below UINT32_MAX) under `hash`; does not look for an equal entry. */
void table_add(struct table *t, uint64_t hash, uint32_t index);

/* Make room for `count` entries at once, rather than when they come: growing looks at each entry
 * that is there. */
void table_expect(struct table *t, uint32_t count);

/* Remove `index` from under `hash`; true when it was there. */
bool table_remove(struct table *t, uint64_t hash, uint32_t index);

/* `index` was moved to `now` by the owner (an array closed a gap). */
void table_move(struct table *t, uint64_t hash, uint32_t index, uint32_t now);

/* Forget all entries, keep the memory. */
void table_clear(struct table *t);

static inline struct table_probe table_find(const struct table *t, uint64_t hash)
{
    return (struct table_probe){ (uint32_t)hash & t->mask, (uint32_t)(hash >> 32) };
}

/* The next entry with this hash at or after the probe's place; false when there is none. */
static inline bool table_at(const struct table *t, struct table_probe *p, uint32_t *index)
{
    if (t->slots == NULL)
        return false;
    for (; t->slots[p->slot].place != 0; p->slot = (p->slot + 1) & t->mask) {
        if (t->slots[p->slot].tag == p->tag) {
            *index = t->slots[p->slot].place - 1;
            return true;
        }
    }
    return false;
}

/* Fetch from memory where table_find with this hash will look. */
static inline void table_prefetch(const struct table *t, uint64_t hash)
{
    if (t->slots != NULL)
        __builtin_prefetch(&t->slots[(uint32_t)hash & t->mask]);
}

static inline void table_step(const struct table *t, struct table_probe *p)
{
    p->slot = (p->slot + 1) & t->mask;
}

#endif
