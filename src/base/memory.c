#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ban.h"

static void out_of_memory(size_t count, size_t size)
{
    fprintf(stderr, "mailfuse: out of memory: %zu times %zu bytes\n", count, size);
    _Exit(2);
}

void *memory_new(size_t count, size_t size)
{
    void *p = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

    if (p == NULL)
        out_of_memory(count, size);
    return p;
}

void *memory_resize(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1);

    if (p == NULL)
        out_of_memory(count, size);
    return p;
}
