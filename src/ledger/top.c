#include "ledger/top.h"

#include <stdlib.h>

#include "base/hash.h"

#include "base/ban.h"

static unsigned least_of(const struct top *t)
{
    unsigned least = 0;

    for (unsigned i = 1; i < TOP_SLOTS; i++)
        if (t->slots[i].count < t->slots[least].count)
            least = i;
    return least;
}

void top_add(struct top *t, struct slice text)
{
    struct slice kept = slice_head_utf8(text, TOP_TEXT);
    uint32_t key = (uint32_t)hash_slice(kept, 0);
    struct top_slot *slot;
    unsigned i;

    for (i = 0; i < TOP_SLOTS; i++) {
        slot = &t->slots[i];
        if (t->keys[i] == key && slot->count > 0 && slice_eq(top_text(slot), kept)) {
            slot->count++;
            return;
        }
    }
    i = least_of(t);
    slot = &t->slots[i];
    t->keys[i] = key;
    slot->count++;
    slot->text_n = (uint8_t)kept.n;
    if (kept.n > 0)
        memcpy(slot->text, kept.p, kept.n);
}

/* By count, then by text, so that the order is always the same. */
static int by_count(const void *a, const void *b)
{
    const struct top_slot *x = a, *y = b;
    size_t n = x->text_n < y->text_n ? x->text_n : y->text_n;
    int order;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    order = memcmp(x->text, y->text, n);
    return order != 0 ? order : (int)x->text_n - (int)y->text_n;
}

size_t top_sort(struct top *t)
{
    size_t n = 0;

    qsort(t->slots, TOP_SLOTS, sizeof t->slots[0], by_count);
    for (unsigned i = 0; i < TOP_SLOTS; i++)
        t->keys[i] = (uint32_t)hash_slice(top_text(&t->slots[i]), 0);
    while (n < TOP_SLOTS && t->slots[n].count > 0)
        n++;
    return n;
}
