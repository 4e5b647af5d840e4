#include "detect/state.h"

#include <stdlib.h>

#include "base/memory.h"
#include "detect/coder.h"

#include "base/ban.h"

enum { STATE_ROOM = 1 << 16 };

static const struct slice magic = SLICE_INIT("mailfuse state\n");

static bool code_fuses(struct coder *c, struct detect *d)
{
    uint32_t n = d->fuses.n;

    code_u32(c, &n);
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        struct fuse *f = code_subject(c, d, i);

        if (f == NULL)
            return false;
        code_learnt(c, f);
    }
    return !c->failed;
}

bool state_save(struct detect *d, state_write *write, void *ctx)
{
    struct coder coder = { 0 }, *c = &coder;
    XXH3_state_t hash_state;
    char first[15];
    uint32_t version = STATE_VERSION;
    uint64_t hash;
    bool saved;

    c->buffer = memory_new(STATE_ROOM, 1);
    c->room = STATE_ROOM;
    c->write = write;
    c->ctx = ctx;
    c->hash = &hash_state;
    XXH3_64bits_reset(c->hash);
    memcpy(first, magic.p, sizeof first);
    code_bytes(c, first, sizeof first);
    code_u32(c, &version);
    code_server(c, d);
    saved = code_fuses(c, d);
    coder_flush(c);
    hash = XXH3_64bits_digest(c->hash);
    code_u64(c, &hash);
    coder_flush(c);
    saved = saved && !c->failed;
    free(c->buffer);
    return saved;
}

static const char *trouble(const struct slice *bytes, struct coder *c)
{
    uint32_t version = 0;
    uint64_t hash = 0;

    if (!slice_starts(*bytes, magic))
        return "is no state of mailfuse";
    c->rest = slice_from(*bytes, magic.n);
    if (bytes->n < magic.n + 4 + sizeof hash)
        return "is cut off";
    code_u32(c, &version);
    if (version != STATE_VERSION)
        return "was written by another version; learn it again with --learn";
    c->rest = slice_from(*bytes, bytes->n - sizeof hash);
    code_u64(c, &hash);
    if (hash != XXH3_64bits(bytes->p, bytes->n - sizeof hash))
        return "is damaged: its checksum is wrong";
    c->rest = slice_from(slice_head(*bytes, bytes->n - sizeof hash), magic.n + 4);
    return NULL;
}

const char *state_load(struct detect *d, struct slice bytes)
{
    struct coder coder = { 0 }, *c = &coder;
    const char *wrong = trouble(&bytes, c);

    if (wrong == NULL) {
        code_server(c, d);
        if (!code_fuses(c, d) || c->rest.n > 0)
            wrong = d->forgotten > 0 ? "has more accounts than are admitted"
                                     : "is damaged, though its checksum is right";
    }
    return wrong;
}
