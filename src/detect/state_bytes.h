/* state_bytes.h - an engine's state as bytes in memory: what the tests of states share. */
#ifndef DETECT_STATE_BYTES_H
#define DETECT_STATE_BYTES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "detect/fuse.h"
#include "detect/scene.h"
#include "detect/state.h"

/* Where the parts of a state begin. */
enum {
    VERSION_AT = 15,
    FUSES_AT = VERSION_AT + 4 + CROWD_SLOTS * 8 + SERVER_BLOOM_BLOCKS * 64,
    HASH_N = 8,
    NAME_MOST = 1 << 20,
};

struct bytes {
    char *p;
    size_t n, room;
    size_t limit; /* fails when it would have more; 0: none */
    unsigned refused;
};

static inline bool take(void *ctx, struct slice s)
{
    struct bytes *b = ctx;

    if (b->limit > 0 && b->n + s.n > b->limit - 1) {
        b->refused++;
        return false;
    }
    while (b->n + s.n > b->room) {
        b->room = b->room > 0 ? 2 * b->room : 1 << 21;
        b->p = memory_resize(b->p, b->room, 1);
    }
    if (s.n > 0)
        memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    return true;
}

static inline struct bytes save(struct detect *d)
{
    struct bytes b = { 0 };

    assert_true(state_save(d, take, &b));
    return b;
}

static inline struct rehearsal *played(const struct scene_row *rows)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });

    (void)scene_play(r, rows, &(struct scene_clock){ 0 });
    return r;
}

static inline struct rehearsal *loaded(const struct bytes *b)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });

    assert_null(state_load(rehearsal_detect(r), (struct slice){ b->p, b->n }));
    return r;
}

#endif
