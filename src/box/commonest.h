/* commonest.h - the commonest few of many texts, counted in fixed room: who comes when there is no
 * room takes the place of the rarest, with its count (Metwally and others, "Efficient Computation
 * of Frequent and Top-k Elements in Data Streams", 2005): what is common is never missed. */
#ifndef BOX_COMMONEST_H
#define BOX_COMMONEST_H

#include "base/slice.h"

enum { COMMONEST_ROOM = 8, COMMONEST_TEXT = 118 };

struct commonest_entry {
    uint32_t count;
    uint8_t n;
    char text[COMMONEST_TEXT]; /* cut, at the end of a character */
};

struct commonest {
    struct commonest_entry entries[COMMONEST_ROOM];
    uint32_t used;
};

/* Count a text that is not empty. */
void commonest_add(struct commonest *c, struct slice text, uint32_t count);

static inline struct slice commonest_text(const struct commonest_entry *e)
{
    return (struct slice){ e->text, e->n };
}

#endif
