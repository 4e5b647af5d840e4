#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/ban.h"

static void out_of_memory(size_t count, size_t size)
{
    fprintf(stderr, "mailfuse: out of memory: %zu times %zu bytes\n", count, size);
    _Exit(2);
}

enum { HUGE_PAGE = 2 << 20 };

/* A request, not a must: without huge pages everything works, some of it slower. */
static void *huge(void *p, size_t count, size_t size)
{
    uintptr_t from = ((uintptr_t)p + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    uintptr_t to = ((uintptr_t)p + count * size) / HUGE_PAGE * HUGE_PAGE;

    if (to > from)
        (void)madvise((char *)p + (from - (uintptr_t)p), to - from, MADV_HUGEPAGE);
    return p;
}

void *memory_new(size_t count, size_t size)
{
    void *p = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

    if (p == NULL)
        out_of_memory(count, size);
    return size > 0 && count >= HUGE_PAGE / size ? huge(p, count, size) : p;
}

void *memory_pages(size_t size)
{
    size_t whole = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *p = aligned_alloc(HUGE_PAGE, whole);

    if (p == NULL)
        out_of_memory(1, whole);
    return huge(p, 1, whole);
}

void *memory_resize(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1);

    if (p == NULL)
        out_of_memory(count, size);
    return size > 0 && count >= HUGE_PAGE / size ? huge(p, count, size) : p;
}

char *memory_text(const char *bytes, size_t n)
{
    char *copy = memory_new(n + 1, 1);

    if (n > 0)
        memcpy(copy, bytes, n);
    return copy;
}
