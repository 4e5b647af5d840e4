#include "watch/bytes.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "watch/logs.h"
#include "watch/unpack.h"

#include "base/ban.h"

enum { HEAD_MAX = 16 }; /* bytes that tell the form */

static ssize_t read_some(int fd, char *to, size_t room)
{
    ssize_t n;

    do
        n = read(fd, to, room);
    while (n < 0 && errno == EINTR);
    return n;
}

/* The first bytes of each form: RFC 1952, the xz file format, RFC 8878, bzip2, and
 * systemd's JOURNAL_FILE_FORMAT. */
static enum bytes_form form_of(struct slice head)
{
    static const struct magic {
        struct slice bytes;
        enum bytes_form form;
    } magics[] = {
        { { "\x1f\x8b\x08", 3 }, BYTES_PACKED },
        { { "\xfd"
            "7zXZ\0",
            6 },
          BYTES_PACKED },
        { { "\x28\xb5\x2f\xfd", 4 }, BYTES_PACKED },
        { { "BZh", 3 }, BYTES_PACKED },
        { { "LPKSHHRH", 8 }, BYTES_JOURNAL },
    };

    for (size_t i = 0; i < COUNT(magics); i++)
        if (slice_starts(head, magics[i].bytes))
            return magics[i].form;
    return BYTES_PLAIN;
}

/* The first bytes of a pipe are kept, since they cannot be read again. */
static int recognise(struct bytes *b)
{
    char head[HEAD_MAX];
    ssize_t n = 0, more;

    if (b->regular) {
        n = pread(b->fd, head, sizeof head, b->start);
        if (n < 0)
            return -errno;
    } else {
        do {
            more = read_some(b->fd, head + n, sizeof head - (size_t)n);
            if (more < 0)
                return -errno;
            n += more;
        } while (more > 0 && n < HEAD_MAX && memchr(head, '\n', (size_t)n) == NULL);
        b->head = memory_new(HEAD_MAX, 1);
        memcpy(b->head, head, (size_t)n);
        b->head_n = (size_t)n;
    }
    b->form = form_of((struct slice){ head, (size_t)n });
    return 0;
}

int bytes_open(struct bytes *out, const char *path)
{
    int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                    : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        *out = (struct bytes){ .fd = -1 };
        return -errno;
    }
    return bytes_adopt(out, fd);
}

int bytes_adopt(struct bytes *out, int fd)
{
    struct stat st;

    *out = (struct bytes){ .fd = fd };
    if (fstat(fd, &st) != 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    out->device = st.st_dev;
    out->inode = st.st_ino;
    out->regular = S_ISREG(st.st_mode);
    if (out->regular) {
        out->start = lseek(out->fd, 0, SEEK_CUR); /* standard input may be in mid-file */
        out->size = st.st_size > out->start ? st.st_size - out->start : 0;
        out->modified.ms = st.st_mtim.tv_sec * SECOND_MS + st.st_mtim.tv_nsec / 1000000;
        posix_fadvise(out->fd, out->start, 0, POSIX_FADV_SEQUENTIAL);
    }
    return recognise(out);
}

static void bytes_trouble(struct bytes *b, const char *what, const char *why)
{
    snprintf(b->trouble, sizeof b->trouble, "%s%s%s", what, why != NULL ? ": " : "",
             why != NULL ? why : "");
}

/* The bytes as they lie in the file. */
static ssize_t read_file(struct bytes *b, char *to, size_t room)
{
    ssize_t n;

    if (b->head_n > 0) {
        n = (ssize_t)(room < b->head_n ? room : b->head_n);
        memcpy(to, b->head, (size_t)n);
        b->head_n -= (size_t)n;
        memmove(b->head, b->head + n, b->head_n);
    } else {
        int64_t left = b->size - (int64_t)b->taken;

        if (b->regular && !b->growing && (int64_t)room > left)
            room = left > 0 ? (size_t)left : 0;
        n = room > 0 ? read_some(b->fd, to, room) : 0;
        if (n == 0 && room > 0 && b->regular && !b->growing)
            bytes_trouble(b, "was truncated while it was read", NULL);
    }
    if (n > 0)
        b->taken += (uint64_t)n;
    return n;
}

static ssize_t read_for_unpacking(void *ctx, char *to)
{
    return read_file(ctx, to, UNPACK_ROOM);
}

/* An archive made to fill memory or time: a few bytes that unpack to many. */
static bool is_bomb(const struct bytes *b)
{
    uint64_t packed = b->regular ? (uint64_t)b->size : b->taken;

    return b->given > LOGS_UNPACKED_FREE && b->given / LOGS_UNPACKED_RATIO > packed;
}

static ssize_t read_packed(struct bytes *b, char *to, size_t room)
{
    ssize_t n;

    if (b->unpack == NULL)
        b->unpack = unpack_new(read_for_unpacking, b);
    if (is_bomb(b)) {
        bytes_trouble(b, "unpacks to more than 2000 times its size; not read on", NULL);
        return -1;
    }
    n = unpack_read(b->unpack, to, room);
    if (n < 0)
        bytes_trouble(b, unpack_why(b->unpack), NULL);
    return n;
}

ssize_t bytes_read(struct bytes *b, char *to, size_t room)
{
    ssize_t n;

    if (b->form == BYTES_PACKED) {
        n = read_packed(b, to, room);
    } else {
        n = read_file(b, to, room);
        if (n < 0)
            bytes_trouble(b, "cannot be read", strerror(errno));
    }
    if (n > 0)
        b->given += (uint64_t)n;
    return n;
}

size_t bytes_peek(const struct bytes *b, int64_t offset, char *to, size_t room)
{
    ssize_t n = pread(b->fd, to, room, b->start + offset);

    return n > 0 ? (size_t)n : 0;
}

static void bytes_unpacked(struct bytes *b)
{
    unpack_free(b->unpack);
    b->unpack = NULL;
}

void bytes_rewind(struct bytes *b)
{
    assert(b->regular);
    bytes_unpacked(b);
    lseek(b->fd, b->start, SEEK_SET);
    b->taken = b->given = 0;
    b->trouble[0] = '\0';
}

void bytes_seek(struct bytes *b, int64_t offset)
{
    assert(b->regular && b->form == BYTES_PLAIN && offset >= 0);
    lseek(b->fd, b->start + offset, SEEK_SET);
    b->taken = b->given = (uint64_t)offset;
}

void bytes_done(struct bytes *b)
{
    bytes_unpacked(b);
    free(b->head);
    if (b->fd >= 0)
        close(b->fd);
    *b = (struct bytes){ .fd = -1 };
}
