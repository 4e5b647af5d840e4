#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/ban.h"

static void out_of_memory(size_t count, size_t size)
{
    fprintf(stderr, "mailfuse: out of memory: %zu times %zu bytes\n", count, size);
    _Exit(2);
}

/* A request, not a must: without huge pages everything works, some of it slower. */
static void *huge(void *p, size_t count, size_t size)
{
    uintptr_t from = ((uintptr_t)p + MEMORY_PAGE - 1) / MEMORY_PAGE * MEMORY_PAGE;
    uintptr_t to = ((uintptr_t)p + count * size) / MEMORY_PAGE * MEMORY_PAGE;

    if (to > from)
        (void)madvise((char *)p + (from - (uintptr_t)p), to - from, MADV_HUGEPAGE);
    return p;
}

void *memory_new(size_t count, size_t size)
{
    void *p = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

    if (p == NULL)
        out_of_memory(count, size);
    return size > 0 && count >= MEMORY_PAGE / size ? huge(p, count, size) : p;
}

/* The kernel gives zeroes, but no alignment: take twice as much, and give back what is around. */
void *memory_page_new(void)
{
    char *p = mmap(NULL, 2 * (size_t)MEMORY_PAGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t before;

    if (p == MAP_FAILED)
        out_of_memory(2, MEMORY_PAGE);
    before = (MEMORY_PAGE - (uintptr_t)p % MEMORY_PAGE) % MEMORY_PAGE;
    if (before > 0)
        munmap(p, before);
    munmap(p + before + MEMORY_PAGE, MEMORY_PAGE - before);
    return huge(p + before, 1, MEMORY_PAGE);
}

void memory_page_free(void *page)
{
    munmap(page, MEMORY_PAGE);
}

void *memory_resize(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1);

    if (p == NULL)
        out_of_memory(count, size);
    return size > 0 && count >= MEMORY_PAGE / size ? huge(p, count, size) : p;
}
