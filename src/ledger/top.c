#include "ledger/top.h"

#include <stdlib.h>

#include "base/ban.h"

void top_add(struct top *t, struct slice text)
{
    struct slice kept = slice_head(text, TOP_TEXT);
    struct top_slot *least = &t->slots[0];

    for (int i = 0; i < TOP_SLOTS; i++) {
        struct top_slot *slot = &t->slots[i];

        if (slot->count > 0 && slice_eq(top_text(slot), kept)) {
            slot->count++;
            return;
        }
        if (slot->count < least->count)
            least = slot;
    }
    least->count++;
    least->text_n = (uint8_t)kept.n;
    if (kept.n > 0)
        memcpy(least->text, kept.p, kept.n);
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
    while (n < TOP_SLOTS && t->slots[n].count > 0)
        n++;
    return n;
}
