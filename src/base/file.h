/* file.h - files that are read as a whole. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

/* All of a file, up to one byte more than `most`: then it is too large. `out` is made anew, and to
 * be freed either way. 0, or -errno. */
NODISCARD int file_read(const char *path, size_t most, struct buf *out);

#endif
