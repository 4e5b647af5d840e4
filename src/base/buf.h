/* buf.h - bytes on their way out, in memory that grows up to a limit fixed when the buf is made.
 * What does not fit is left out and `full` is set; check it once, at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/attributes.h"
#include "base/slice.h"

struct buf {
    char *p; /* owned */
    size_t n, capacity, limit;
    bool full;
};

/* An empty buf of at most `limit` bytes; allocates nothing yet. */
struct buf buf_make(size_t limit);

/* Frees the bytes. */
void buf_done(struct buf *b);

void buf_add(struct buf *b, struct slice s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) PRINTF(2, 3);

/* Forget the bytes, keep the memory. */
void buf_clear(struct buf *b);

static inline struct slice buf_slice(const struct buf *b)
{
    return (struct slice){ b->p, b->n };
}

#endif
