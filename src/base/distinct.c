#include "base/distinct.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum { FIRST_SLOTS = 1024, INDEX_BITS = 14, REGISTERS = 1 << INDEX_BITS };

void distinct_done(struct distinct *d)
{
    free(d->keys);
    free(d->registers);
    *d = (struct distinct){ 0 };
}

static uint8_t *register_of(const struct distinct *d, uint64_t key)
{
    return &d->registers[key >> (64 - INDEX_BITS)];
}

static void register_add(struct distinct *d, uint64_t key)
{
    uint8_t *at = register_of(d, key);
    uint64_t rest = key << INDEX_BITS;
    uint8_t rank = rest == 0 ? 64 - INDEX_BITS + 1 : (uint8_t)(__builtin_clzll(rest) + 1);

    if (rank > *at)
        *at = rank;
}

/* True when the key was new. */
static bool key_put(struct distinct *d, uint64_t key)
{
    uint32_t slot = (uint32_t)key & d->mask;

    for (; d->keys[slot] != 0; slot = (slot + 1) & d->mask)
        if (d->keys[slot] == key)
            return false;
    d->keys[slot] = key;
    return true;
}

static void keys_grow(struct distinct *d)
{
    struct distinct old = *d;
    uint32_t size = old.keys != NULL ? (old.mask + 1) * 2 : FIRST_SLOTS;

    d->keys = memory_new(size, sizeof *d->keys);
    d->mask = size - 1;
    for (uint32_t i = 0; old.keys != NULL && i <= old.mask; i++)
        if (old.keys[i] != 0)
            key_put(d, old.keys[i]);
    free(old.keys);
}

static void keys_to_registers(struct distinct *d)
{
    d->registers = memory_new(REGISTERS, 1);
    for (uint32_t i = 0; i <= d->mask; i++)
        if (d->keys[i] != 0)
            register_add(d, d->keys[i]);
    free(d->keys);
    d->keys = NULL;
}

/* Count the key that waits. */
static void settle(struct distinct *d)
{
    uint64_t key = d->waiting;

    if (!d->waits)
        return;
    d->waits = false;
    if (d->registers != NULL) {
        register_add(d, key);
        return;
    }
    if (d->keys == NULL || d->count >= (d->mask + 1) / 2)
        keys_grow(d);
    d->count += key_put(d, key != 0 ? key : 1);
    if (d->count > DISTINCT_EXACT)
        keys_to_registers(d);
}

void distinct_add(struct distinct *d, uint64_t key)
{
    settle(d);
    d->waiting = key;
    d->waits = true;
    if (d->registers != NULL)
        __builtin_prefetch(register_of(d, key));
    else if (d->keys != NULL)
        __builtin_prefetch(&d->keys[key & d->mask]);
}

uint64_t distinct_count(struct distinct *d)
{
    double sum = 0, alpha = 0.7213 / (1 + 1.079 / REGISTERS);
    unsigned empty = 0;
    double estimate;

    settle(d);
    if (d->registers == NULL)
        return d->count;
    for (int i = 0; i < REGISTERS; i++) {
        sum += ldexp(1, -d->registers[i]);
        empty += d->registers[i] == 0;
    }
    estimate = alpha * REGISTERS * REGISTERS / sum;
    if (estimate < 2.5 * REGISTERS && empty > 0)
        estimate = REGISTERS * log((double)REGISTERS / empty);
    return (uint64_t)(estimate + 0.5);
}
