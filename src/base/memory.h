/* memory.h - allocation that never returns NULL: out of memory ends the process with a message.
 * Large blocks ask for huge pages, since tables that are looked at in random order wait for page
 * tables else. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* `count` zeroed items of `size` bytes; the caller frees them with free(). */
void *memory_new(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* `size` bytes at a multiple of 2 MiB, not initialised, in huge pages where there are some; the
 * caller frees them with free(). */
void *memory_pages(size_t size) __attribute__((malloc, returns_nonnull));

/* `old` (or NULL) grown to `count` items of `size` bytes; what is new is not initialised. */
void *memory_resize(void *old, size_t count, size_t size) __attribute__((returns_nonnull));

/* A copy of `n` bytes and a NUL; the caller frees it with free(). */
char *memory_text(const char *bytes, size_t n) __attribute__((returns_nonnull));

#endif
