/* coder.h - goes over the fields of a state in one order, whether they are written or read. Numbers
 * have their lowest byte first. Writes to a state_write with a running hash, or to a buf. */
#ifndef DETECT_CODER_H
#define DETECT_CODER_H

#include "base/buf.h"
#include "detect/fuse.h"
#include "detect/state.h"

enum { CODER_ROOM = 1024 }; /* bytes: most fuses fit */

struct coder {
    unsigned char *buffer; /* `room` bytes of the caller's, eight at least; NULL: reading */
    size_t n, room;
    struct buf *out;    /* where they go then, or ... */
    state_write *write; /* ... this */
    void *ctx;
    XXH3_state_t *hash; /* for `write`; the caller's: calloc() does not align it */
    struct slice rest;  /* to be read */
    uint8_t signals;    /* of a fuse: of how many signals there is evidence; later ones have none */
    bool failed;
};

static inline bool coder_writes(const struct coder *c)
{
    return c->buffer != NULL;
}

/* Hand on what is in the buffer; after the last field, too. */
void coder_flush(struct coder *c);

/* Write only. */
void code_text(struct coder *c, struct slice text);

/* Write, or read: then all zero when there is not enough. */
void code_bytes(struct coder *c, void *bytes, size_t n);
uint64_t code_number(struct coder *c, uint64_t value, unsigned size); /* of `size` bytes */
void code_u8(struct coder *c, uint8_t *x);
void code_bool(struct coder *c, bool *x);
void code_u16(struct coder *c, uint16_t *x);
void code_u32(struct coder *c, uint32_t *x);
void code_u64(struct coder *c, uint64_t *x);
void code_words(struct coder *c, uint64_t *words, size_t n);
void code_halves(struct coder *c, uint32_t *halves, size_t n);
void code_wall(struct coder *c, struct wall *x);
void code_float(struct coder *c, float *x);  /* finite and not negative, else 0 */
void code_weight(struct coder *c, float *x); /* finite, else 0 */

/* state_fields.c: the parts of a state. */
void code_block(struct coder *c, struct bloom_block *b);
void code_picture(struct coder *c, struct picture *p);

/* Whose fuse it is; when reading, a new fuse of that name. NULL when that is not possible, as for a
 * name of more than a megabyte. */
struct fuse *code_subject(struct coder *c, struct detect *d, uint32_t number);

/* What is learnt of a subject. */
void code_learnt(struct coder *c, struct fuse *f);

/* What is known of the server as a whole. */
void code_server(struct coder *c, struct detect *d);

#endif
