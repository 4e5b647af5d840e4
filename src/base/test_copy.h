/* test_copy.h - for tests: input in a heap block of exactly its size, so that a sanitizer sees an
 * overread of one byte. */
#ifndef BASE_TEST_COPY_H
#define BASE_TEST_COPY_H

#include <assert.h>
#include <stdlib.h>

#include "base/slice.h"

/* The caller frees it with test_copy_free. */
static inline struct slice test_copy(struct slice s)
{
    char *p = malloc(s.n);

    assert(p != NULL || s.n == 0);
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    return (struct slice){ p, s.n };
}

static inline void test_copy_free(struct slice copy)
{
    free((void *)(uintptr_t)copy.p); /* was made by test_copy, so it may be written */
}

#endif
