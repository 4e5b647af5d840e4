#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

struct buf buf_make(size_t limit)
{
    return (struct buf){ .limit = limit };
}

void buf_done(struct buf *b)
{
    free(b->p);
    *b = (struct buf){ .limit = b->limit };
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->full = false;
}

/* Room for `more` bytes and a NUL; false, with `full` set, when that is above the limit. */
static bool buf_room(struct buf *b, size_t more)
{
    size_t capacity = b->capacity > 0 ? b->capacity : 256;

    if (more > b->limit - b->n) {
        b->full = true;
        return false;
    }
    if (b->n + more < b->capacity)
        return true;
    while (capacity <= b->n + more)
        capacity *= 2;
    b->p = memory_resize(b->p, capacity, 1);
    b->capacity = capacity;
    return true;
}

void buf_add(struct buf *b, struct slice s)
{
    if (s.n == 0 || !buf_room(b, s.n))
        return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, (struct slice){ &c, 1 });
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n <= 0 || !buf_room(b, (size_t)n))
        return;
    va_start(args, format);
    vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
}
