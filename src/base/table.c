#include "base/table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum { TABLE_FIRST = 64 };

void table_done(struct table *t)
{
    free(t->slots);
    free(t->homes);
    *t = (struct table){ 0 };
}

static void table_put(struct table *t, uint32_t home, struct table_slot entry)
{
    uint32_t slot = home & t->mask;

    while (t->slots[slot].place != 0)
        slot = (slot + 1) & t->mask;
    t->slots[slot] = entry;
    t->homes[slot] = home;
}

/* To so many slots: a power of two. */
static void table_grow(struct table *t, uint32_t size)
{
    struct table old = *t;

    assert(size != 0);
    t->slots = memory_new(size, sizeof *t->slots);
    t->homes = memory_new(size, sizeof *t->homes);
    t->mask = size - 1;
    for (uint32_t i = 0; old.slots != NULL && i <= old.mask; i++)
        if (old.slots[i].place != 0)
            table_put(t, old.homes[i], old.slots[i]);
    free(old.slots);
    free(old.homes);
}

static uint32_t table_size(const struct table *t)
{
    return t->slots != NULL ? t->mask + 1 : 0;
}

/* How many entries so many slots take. */
static uint32_t table_room(uint32_t size)
{
    return size / 4 * 3;
}

void table_expect(struct table *t, uint32_t count)
{
    uint32_t size = table_size(t) > 0 ? table_size(t) : TABLE_FIRST;

    while (table_room(size) < count && size << 1 != 0)
        size <<= 1;
    if (size > table_size(t))
        table_grow(t, size);
}

void table_add(struct table *t, uint64_t hash, uint32_t index)
{
    uint32_t size = table_size(t);

    assert(index < UINT32_MAX);
    if (t->count >= table_room(size))
        table_grow(t, size > 0 ? size * 2 : TABLE_FIRST);
    table_put(t, (uint32_t)hash, (struct table_slot){ (uint32_t)(hash >> 32), index + 1 });
    t->count++;
}

static struct table_slot *table_slot_of(const struct table *t, uint64_t hash, uint32_t index)
{
    struct table_probe p = table_find(t, hash);

    for (uint32_t found; table_at(t, &p, &found); table_step(t, &p))
        if (found == index)
            return &t->slots[p.slot];
    return NULL;
}

bool table_remove(struct table *t, uint64_t hash, uint32_t index)
{
    struct table_slot *gone = table_slot_of(t, hash, index);
    uint32_t hole, next;

    if (gone == NULL)
        return false;
    hole = (uint32_t)(gone - t->slots);
    for (next = (hole + 1) & t->mask; t->slots[next].place != 0; next = (next + 1) & t->mask) {
        uint32_t home = t->homes[next] & t->mask;

        if (((next - home) & t->mask) >= ((next - hole) & t->mask)) {
            t->slots[hole] = t->slots[next];
            t->homes[hole] = t->homes[next];
            hole = next;
        }
    }
    t->slots[hole] = (struct table_slot){ 0 };
    t->count--;
    return true;
}

void table_move(struct table *t, uint64_t hash, uint32_t index, uint32_t now)
{
    struct table_slot *slot = table_slot_of(t, hash, index);

    assert(slot != NULL && now < UINT32_MAX);
    slot->place = now + 1;
}

void table_clear(struct table *t)
{
    if (t->slots != NULL)
        memset(t->slots, 0, ((size_t)t->mask + 1) * sizeof *t->slots);
    t->count = 0;
}
