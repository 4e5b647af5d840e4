#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum { ARENA_BLOCK = 64 * 1024 };

struct arena_block {
    struct arena_block *before;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_done(struct arena *a)
{
    while (a->last != NULL) {
        struct arena_block *before = a->last->before;

        free(a->last);
        a->last = before;
    }
    *a = (struct arena){ 0 };
}

static unsigned char *arena_bytes(struct arena *a, size_t size)
{
    if (a->last == NULL || size > a->last->size - a->used) {
        size_t room = size > ARENA_BLOCK ? size : ARENA_BLOCK;
        struct arena_block *block = memory_new(1, sizeof *block + room);

        block->before = a->last;
        block->size = room;
        a->last = block;
        a->used = 0;
        a->total += sizeof *block + room;
    }
    a->used += size;
    return a->last->bytes + a->used - size;
}

void *arena_take(struct arena *a, size_t size)
{
    size_t align = alignof(max_align_t);

    if (a->last != NULL) {
        size_t aligned = (a->used + align - 1) / align * align;

        a->used = aligned < a->last->size ? aligned : a->last->size;
    }
    return arena_bytes(a, size);
}

struct slice arena_copy(struct arena *a, struct slice s)
{
    unsigned char *copy = arena_bytes(a, s.n + 1);

    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    return (struct slice){ (const char *)copy, s.n };
}
