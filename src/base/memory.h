/* memory.h - allocation that never returns NULL: out of memory ends the process with a message.
 * Large blocks ask for huge pages, since tables that are looked at in random order wait for page
 * tables else. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

enum { MEMORY_PAGE = 2 << 20 }; /* bytes */

/* `count` zeroed items of `size` bytes; the caller frees them with free(). */
void *memory_new(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* 2 MiB, zeroed, at a multiple of 2 MiB: a huge page where there are some. The caller gives it back
 * with memory_page_free. */
void *memory_page_new(void) __attribute__((malloc, returns_nonnull));
void memory_page_free(void *page);

/* `old` (or NULL) grown to `count` items of `size` bytes; what is new is not initialised. */
void *memory_resize(void *old, size_t count, size_t size) __attribute__((returns_nonnull));

#endif
