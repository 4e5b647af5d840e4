#include "box/commonest.h"

#include "base/ban.h"

void commonest_add(struct commonest *c, struct slice text, uint32_t count)
{
    struct slice cut = slice_head_utf8(text, COMMONEST_TEXT);
    struct commonest_entry *rarest = &c->entries[0], *e;

    if (cut.n == 0)
        return;
    for (uint32_t k = 0; k < c->used; k++) {
        e = &c->entries[k];
        if (slice_eq(commonest_text(e), cut)) {
            e->count += e->count < UINT32_MAX - count ? count : 0;
            return;
        }
        if (e->count < rarest->count)
            rarest = e;
    }
    if (c->used < COMMONEST_ROOM)
        e = &c->entries[c->used++];
    else
        e = rarest;
    e->count += count;
    e->n = (uint8_t)cut.n;
    memcpy(e->text, cut.p, cut.n);
}
