#include "courier/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

#include "base/ban.h"

/* The bytes of the file: how many, or -errno. */
static ssize_t read_file(struct slice path, char *out, size_t room)
{
    char *name = memory_text(path.p, path.n);
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t n = 0;
    ssize_t got = fd < 0 ? -errno : 1;

    free(name);
    while (fd >= 0 && got > 0 && n < room) {
        got = read(fd, out + n, room - n);
        n += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0 && got < 0)
        got = -errno;
    if (fd >= 0)
        (void)close(fd);
    return got < 0 ? got : (ssize_t)n;
}

bool secret_read(struct slice path, char out[SECRET_MAX + 1], struct outcome *o)
{
    char bytes[SECRET_MAX + 3]; /* with a line end, or one byte too many */
    ssize_t n = read_file(path, bytes, sizeof bytes);
    struct slice line = { bytes, n > 0 ? (size_t)n : 0 };

    if (n < 0)
        return outcome_set(o, COURIER_TEMPORARY, "%.*s: %s", SLICE_ARG(path), strerror(-(int)n));
    if (line.n > 0 && bytes[line.n - 1] == '\n')
        line.n--;
    if (line.n > 0 && bytes[line.n - 1] == '\r')
        line.n--;
    if (line.n == 0 || line.n > SECRET_MAX || memchr(line.p, '\n', line.n) != NULL ||
        memchr(line.p, '\r', line.n) != NULL || memchr(line.p, '\0', line.n) != NULL)
        return outcome_set(o, COURIER_TEMPORARY, "%.*s: is to have one line of 1 to %d characters",
                           SLICE_ARG(path), SECRET_MAX);
    memcpy(out, line.p, line.n);
    out[line.n] = '\0';
    return true;
}
