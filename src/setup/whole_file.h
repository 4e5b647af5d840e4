/* whole_file.h - configuration files, read and replaced as a whole. */
#ifndef SETUP_WHOLE_FILE_H
#define SETUP_WHOLE_FILE_H

#include "base/buf.h"

enum { WHOLE_FILE_MAX = 16 << 20 }; /* bytes */

/* All of it, with a NUL after it; `out` is to be freed either way. 0, or -errno; -EFBIG. */
NODISCARD int whole_file_read(const char *path, struct buf *out);

/* Replace it, or make it: a reader sees the old text or the new one, and after a power cut it is
 * one of them. A file that is there keeps its owner and permissions, another one gets `mode`. Where
 * a link of root's leads to a file, that is replaced and the link stays. 0, or -errno; then nothing
 * has changed. */
NODISCARD int whole_file_write(const char *path, struct slice text, unsigned mode);

#endif
