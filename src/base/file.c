#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

#include "base/ban.h"

enum { BLOCK = 64 * 1024 };

int file_read(const char *path, size_t most, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
    char *block = memory_new(BLOCK, 1);
    ssize_t n = fd < 0 ? -1 : 1;

    *out = buf_make(most + 1);
    while (n > 0 && out->n <= most) {
        n = read(fd, block, BLOCK);
        if (n > 0)
            buf_add(out, slice_head((struct slice){ block, (size_t)n }, most + 1 - out->n));
    }
    if (n < 0)
        error = -errno;
    if (fd >= 0)
        (void)close(fd);
    free(block);
    return error;
}
