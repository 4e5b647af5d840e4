/* library.h - shared libraries that are loaded when they are needed, and not with the program:
 * libarchive brings seventeen others with it (libxml2, ICU, libstdc++), libsystemd and libunbound
 * nine. Most commands unpack nothing and ask nobody; the helper, which is root, must not even have
 * such code in its memory. What was loaded stays. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stddef.h>

#include "base/attributes.h"

/* A struct of nothing but pointers to functions, and their names, from one list:
 *     #define FUNCTIONS(X) X(compress) X(uncompress)
 *     struct zlib { FUNCTIONS(LIBRARY_POINTER) };
 *     static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) }; */
#define LIBRARY_POINTER(function) __typeof__(function) *(function);
#define LIBRARY_NAME(function) #function,

#define LIBRARY_ARCHIVE "libarchive.so.13"
#define LIBRARY_SYSTEMD "libsystemd.so.0"
#define LIBRARY_UNBOUND "libunbound.so.8"

/* Load `file` (the name that its interface has, "libfoo.so.1"), and fill in the `n` pointers that
 * the struct at `to` consists of. NULL, or what the loader says, until it is asked for more; then
 * none of them is to be used.
 */
NODISCARD const char *library_load(const char *file, const char *const names[], size_t n, void *to);

/* Load all three of them, for a process that is about to lose the right to make memory executable.
 * How many of them could not be loaded: it is said where they are used. */
size_t library_load_all(void);

#endif
