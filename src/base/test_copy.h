/* test_copy.h - for tests: input in a heap block of exactly its size, so that a sanitizer sees an
 * overread of one byte. */
#ifndef BASE_TEST_COPY_H
#define BASE_TEST_COPY_H

#include <assert.h>
#include <stdlib.h>

#include "base/slice.h"

/* The caller frees it with test_copy_free. A byte stands before the copy, so that the block of an
 * empty one has an end, too. */
static inline struct slice test_copy(struct slice s)
{
    char *block = malloc(s.n + 1);

    assert(block != NULL);
    if (s.n > 0)
        memcpy(block + 1, s.p, s.n);
    return (struct slice){ block + 1, s.n };
}

static inline void test_copy_free(struct slice copy)
{
    free((void *)((uintptr_t)copy.p - 1)); /* from malloc, so it may be written */
}

#endif
