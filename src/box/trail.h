/* trail.h - what each account and host sent outwards in each hour of the last week, how much of it
 * to people to whom nobody here had ever written, and how much of it was refused: the ledger that a
 * listing or a provider's block is compared with. Pure.
 *
 * Of fixed size: TRAIL_ROWS hours of anybody. When there are more, those with the least in them
 * make room, so what a thief sent stays. */
#ifndef BOX_TRAIL_H
#define BOX_TRAIL_H

#include "base/buf.h"
#include "detect/event.h"

enum {
    TRAIL_BLOCKS = 64,
    TRAIL_BLOCK_ROWS = 512,
    TRAIL_ROWS = TRAIL_BLOCKS * TRAIL_BLOCK_ROWS,
    TRAIL_DAYS = 7,
    TRAIL_BYTES = 1 + 16 * TRAIL_BLOCK_ROWS, /* of a block, as it is saved */
};

struct trail;

/* What one of them did within a time. */
struct trail_sum {
    uint32_t fuse;
    uint32_t recipients; /* outside, with a first result */
    uint32_t fresh;      /* of those, never written to before */
    uint32_t refused;    /* of those, refused: no such recipient, or as spam */
    double volume;       /* recipients; what is a day old counts half */
};

struct trail *trail_new(void);
void trail_free(struct trail *t);

/* Count a delivery of that fuse; events of other kinds, later results and local mail are none.
 * fresh  nobody here had written to that recipient before */
void trail_count(struct trail *t, uint32_t fuse, const struct event *e, bool fresh);

/* What that fuse did in the week before `until`. */
struct trail_sum trail_of(const struct trail *t, uint32_t fuse, struct wall until);

/* The `n` with the largest volume to fresh recipients in that week, the largest first: how many
 * there are. Takes some milliseconds. */
size_t trail_top(const struct trail *t, struct wall until, struct trail_sum *out, size_t n);

/* Blocks that changed since they were saved, one at a time: its number, and its bytes, appended to
 * `out`. False when there is none. */
bool trail_save(struct trail *t, uint32_t *block, struct buf *out);

/* All of them have to be saved again. */
void trail_unsaved(struct trail *t);

/* Take what was saved. Rows of a fuse that is not below `fuses` are left out. False when the bytes
 * are no block. */
bool trail_load(struct trail *t, uint32_t block, struct slice bytes, uint32_t fuses);

#endif
