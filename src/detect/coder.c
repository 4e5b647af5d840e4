#include "detect/coder.h"

#include <endian.h>
#include <math.h>

#include "base/ban.h"

void coder_flush(struct coder *c)
{
    struct slice all = { (const char *)c->buffer, c->n };

    c->n = 0;
    if (c->out != NULL) {
        buf_add(c->out, all);
        return;
    }
    XXH3_64bits_update(c->hash, all.p, all.n);
    if (!c->failed && !c->write(c->ctx, all))
        c->failed = true;
}

void code_text(struct coder *c, struct slice text)
{
    struct slice part;

    for (; text.n > 0; text = slice_from(text, part.n)) {
        part = slice_head(text, c->room);
        if (c->n + part.n > c->room)
            coder_flush(c);
        memcpy(c->buffer + c->n, part.p, part.n);
        c->n += part.n;
    }
}

void code_bytes(struct coder *c, void *bytes, size_t n)
{
    if (coder_writes(c)) {
        code_text(c, (struct slice){ bytes, n });
    } else if (c->failed || c->rest.n < n) {
        memset(bytes, 0, n);
        c->failed = true;
    } else {
        memcpy(bytes, c->rest.p, n);
        c->rest = slice_from(c->rest, n);
    }
}

uint64_t code_number(struct coder *c, uint64_t value, unsigned size)
{
    uint64_t bytes = 0;

    if (coder_writes(c)) {
        value = size < sizeof value ? value & (((uint64_t)1 << 8 * size) - 1) : value;
        bytes = htole64(value);
        if (c->n + sizeof bytes > c->room)
            coder_flush(c);
        memcpy(c->buffer + c->n, &bytes, sizeof bytes); /* what is too much comes to nothing */
        c->n += size;
        return value;
    }
    if (LIKELY(c->rest.n >= size && !c->failed)) {
        memcpy(&bytes, c->rest.p, size);
        c->rest = slice_from(c->rest, size);
    } else {
        c->failed = true;
    }
    return le64toh(bytes);
}

void code_u16(struct coder *c, uint16_t *x)
{
    *x = (uint16_t)code_number(c, *x, 2);
}

void code_u32(struct coder *c, uint32_t *x)
{
    *x = (uint32_t)code_number(c, *x, 4);
}

void code_u64(struct coder *c, uint64_t *x)
{
    *x = code_number(c, *x, 8);
}

void code_u8(struct coder *c, uint8_t *x)
{
    *x = (uint8_t)code_number(c, *x, 1);
}

/* On a machine that has the lowest byte first memory is as the file has it. */
void code_words(struct coder *c, uint64_t *words, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    code_bytes(c, words, n * sizeof *words);
#else
    for (size_t i = 0; i < n; i++)
        code_u64(c, &words[i]);
#endif
}

void code_halves(struct coder *c, uint32_t *halves, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    code_bytes(c, halves, n * sizeof *halves);
#else
    for (size_t i = 0; i < n; i++)
        code_u32(c, &halves[i]);
#endif
}

void code_bool(struct coder *c, bool *x)
{
    *x = (code_number(c, *x, 1) & 1) != 0;
}

void code_wall(struct coder *c, struct wall *x)
{
    x->ms = (int64_t)code_number(c, (uint64_t)x->ms, 8);
    if (x->ms < 0)
        x->ms = 0;
}

void code_weight(struct coder *c, float *x)
{
    uint32_t bits;

    memcpy(&bits, x, sizeof bits);
    code_u32(c, &bits);
    memcpy(x, &bits, sizeof bits);
    if (!isfinite(*x))
        *x = 0;
}

void code_float(struct coder *c, float *x)
{
    code_weight(c, x);
    if (*x < 0)
        *x = 0;
}
