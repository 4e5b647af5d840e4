/* top.h - the commonest texts of a stream, in fixed memory: Space-Saving (Metwally and others
 * 2005). A text that makes up more than 1/TOP_SLOTS of the stream is in it for certain; counts may
 * be too high by what the text whose place it took had. */
#ifndef LEDGER_TOP_H
#define LEDGER_TOP_H

#include "base/slice.h"

enum { TOP_SLOTS = 12, TOP_TEXT = 118 };

struct top_slot {
    uint64_t count;
    uint8_t text_n;
    char text[TOP_TEXT]; /* cut to fit */
};

struct top {
    uint32_t keys[TOP_SLOTS];         /* hashes of the texts: most looks need no more */
    struct top_slot slots[TOP_SLOTS]; /* `{ 0 }` is empty; count 0 is a free slot */
};

/* Count `text` once. */
void top_add(struct top *t, struct slice text);

/* Sort by count, the commonest first; returns how many slots are in use. */
size_t top_sort(struct top *t);

static inline struct slice top_text(const struct top_slot *slot)
{
    return (struct slice){ slot->text, slot->text_n };
}

#endif
