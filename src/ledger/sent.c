#include "ledger/sent.h"

#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum { FULL = SENT_SLOTS / 4 * 3, VERSION = 1 };

struct name {
    uint64_t key; /* 0: an empty slot */
    uint32_t fuse, second;
};

struct block {
    uint32_t used, round; /* round: the higher, the younger */
    struct name slots[SENT_SLOTS];
};

struct sent {
    struct block *blocks[SENT_BLOCKS]; /* NULL: not begun */
    bool changed[SENT_BLOCKS];
    uint32_t current;
};

struct sent *sent_new(void)
{
    return memory_new(1, sizeof(struct sent));
}

void sent_free(struct sent *s)
{
    for (size_t i = 0; s != NULL && i < SENT_BLOCKS; i++)
        free(s->blocks[i]);
    free(s);
}

/* The slot of that key, or the empty one where it would be. A block is never full. */
static uint32_t slot_of(const struct block *b, uint64_t key)
{
    uint32_t i = (uint32_t)(key >> 32) % SENT_SLOTS;

    while (b->slots[i].key != 0 && b->slots[i].key != key)
        i = (i + 1) % SENT_SLOTS;
    return i;
}

/* The block for what is new. */
static struct block *block_now(struct sent *s)
{
    struct block *b = s->blocks[s->current];
    uint32_t round = b != NULL ? b->round : 0;

    if (b != NULL && b->used < FULL)
        return b;
    if (b != NULL)
        s->current = (s->current + 1) % SENT_BLOCKS;
    b = s->blocks[s->current];
    if (b == NULL)
        b = s->blocks[s->current] = memory_new(1, sizeof *b);
    *b = (struct block){ .round = round + 1 };
    return b;
}

void sent_note(struct sent *s, uint64_t key, uint32_t fuse, struct wall at)
{
    struct block *b = block_now(s);
    struct name *name = &b->slots[slot_of(b, key)];

    if (name->key == 0)
        b->used++;
    *name = (struct name){ key, fuse, (uint32_t)(at.ms / SECOND_MS) };
    s->changed[s->current] = true;
}

uint32_t sent_find(const struct sent *s, uint64_t key, struct wall now, struct wall *at)
{
    for (uint32_t i = 0; i < SENT_BLOCKS; i++) { /* the youngest first */
        const struct block *b = s->blocks[(s->current + SENT_BLOCKS - i) % SENT_BLOCKS];
        const struct name *name = b != NULL ? &b->slots[slot_of(b, key)] : NULL;
        struct wall seen;

        if (name == NULL || name->key == 0)
            continue;
        seen.ms = name->second * (int64_t)SECOND_MS;
        if (now.ms - seen.ms > SENT_AGE_MS)
            return SENT_NOBODY;
        if (at != NULL)
            *at = seen;
        return name->fuse;
    }
    return SENT_NOBODY;
}

uint64_t sent_count(const struct sent *s)
{
    uint64_t n = 0;

    for (size_t i = 0; i < SENT_BLOCKS; i++)
        n += s->blocks[i] != NULL ? s->blocks[i]->used : 0;
    return n;
}

/* Of this machine's byte order: a database of another kind of machine is not read. */
bool sent_save(struct sent *s, uint32_t *block, struct buf *out)
{
    uint32_t i = 0, head;

    while (i < SENT_BLOCKS && !s->changed[i])
        i++;
    if (i == SENT_BLOCKS)
        return false;
    s->changed[i] = false;
    *block = i;
    head = s->blocks[i]->round << 8 | VERSION;
    buf_add(out, (struct slice){ (const char *)&head, sizeof head });
    buf_add(out, (struct slice){ (const char *)s->blocks[i]->slots, sizeof s->blocks[i]->slots });
    return true;
}

void sent_unsaved(struct sent *s)
{
    for (size_t i = 0; i < SENT_BLOCKS; i++)
        s->changed[i] = s->blocks[i] != NULL;
}

static void load_name(struct block *b, const struct name *name, uint32_t fuses)
{
    struct name *slot = &b->slots[slot_of(b, name->key)];

    if (name->key == 0 || name->fuse >= fuses || slot->key != 0 || b->used == FULL)
        return;
    *slot = *name;
    b->used++;
}

bool sent_load(struct sent *s, uint32_t block, struct slice bytes, uint32_t fuses)
{
    const struct block *current = s->blocks[s->current];
    struct block *b;
    struct name name;
    uint32_t head;

    if (block >= SENT_BLOCKS || bytes.n != SENT_BYTES || s->blocks[block] != NULL)
        return false;
    memcpy(&head, bytes.p, sizeof head);
    if ((head & 0xff) != VERSION)
        return false;
    b = s->blocks[block] = memory_new(1, sizeof *b);
    b->round = head >> 8;
    for (size_t at = sizeof head; at < bytes.n; at += sizeof name) {
        memcpy(&name, bytes.p + at, sizeof name);
        load_name(b, &name, fuses);
    }
    if (current == NULL || b->round > current->round)
        s->current = block;
    return true;
}
