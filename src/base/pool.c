#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum { POOL_CHUNK = 16 << 20, FIRST_ROOM = 8 };

struct pool pool_make(size_t size)
{
    struct pool p = { .size = (size + 7) / 8 * 8 };

    assert(size > 0 && p.size <= POOL_CHUNK);
    while (p.size << (p.per_log + 1) <= POOL_CHUNK)
        p.per_log++;
    return p;
}

void pool_done(struct pool *p)
{
    for (uint32_t i = 0; i < p->chunks_n; i++)
        free(p->chunks[i]);
    free(p->chunks);
    *p = pool_make(p->size);
}

void *pool_add(struct pool *p)
{
    if (p->n >> p->per_log == p->chunks_n) {
        if (p->chunks_n == p->room) {
            p->room = p->room > 0 ? p->room * 2 : FIRST_ROOM;
            p->chunks = memory_resize(p->chunks, p->room, sizeof *p->chunks);
        }
        p->chunks[p->chunks_n++] = memory_pages(p->size << p->per_log);
    }
    return memset(pool_at(p, p->n++), 0, p->size);
}
