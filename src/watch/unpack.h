/* unpack.h - gzip, xz, zstd and bzip2 by libarchive, which is loaded when the first such file is
 * opened. */
#ifndef WATCH_UNPACK_H
#define WATCH_UNPACK_H

#include <sys/types.h>

#include "base/attributes.h"

struct unpack;

enum { UNPACK_ROOM = 64 * 1024 }; /* packed bytes that are asked for at a time */

/* Up to UNPACK_ROOM packed bytes to `to`: their number, 0 at the end, -1 with errno. */
typedef ssize_t unpack_source(void *ctx, char *to);

/* Unpack what `source` gives. The caller frees it. */
struct unpack *unpack_new(unpack_source *source, void *ctx);

/* Up to `room` unpacked bytes to `to`: their number, 0 at the end, -1; then unpack_why says why, as
 * the end of a sentence ("is damaged: ..."), for as long as `u` lives. */
NODISCARD ssize_t unpack_read(struct unpack *u, char *to, size_t room);
const char *unpack_why(const struct unpack *u);

void unpack_free(struct unpack *u);

#endif
