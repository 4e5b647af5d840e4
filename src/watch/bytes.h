/* bytes.h - the bytes of one file, unpacked. Plain files are read by read(2), never mapped, so that
 * a file that is truncated meanwhile is an early end and no signal. gzip, xz, zstd and bzip2 are
 * recognised by content and unpacked (unpack.h). Owns the file descriptor. Of a regular file no
 * more is read than it held when it was opened: reading a log that grows comes to an end, unless
 * `growing` says otherwise. */
#ifndef WATCH_BYTES_H
#define WATCH_BYTES_H

#include <sys/types.h>

#include "base/wall.h"

enum bytes_form {
    BYTES_PLAIN,
    BYTES_PACKED,  /* compressed */
    BYTES_JOURNAL, /* a file of the systemd journal: not to be read by bytes_read */
};

struct unpack;

struct bytes {
    /* given by the reader, after opening */
    bool growing; /* a regular plain file whose end is the end of the moment: 0 may be followed by
                     more, and a file that was truncated reads as 0, without `trouble` */

    /* for the reader */
    enum bytes_form form;
    bool regular;         /* can be rewound, has a size and a date */
    int64_t size;         /* of a regular file when it was opened, from where reading began */
    struct wall modified; /* of a regular file */
    dev_t device;
    ino_t inode;
    uint64_t taken;    /* bytes taken from the file since the start or the last rewind */
    uint64_t given;    /* bytes given out, unpacked */
    char trouble[160]; /* what went wrong, after bytes_read gave -1 or ended early */

    /* inside */
    int fd;
    off_t start;
    char *head; /* what was read in order to recognise the form, of a pipe; not yet given out */
    size_t head_n;
    struct unpack *unpack; /* NULL for a plain file and between rewind and read */
};

/* Open `path`, or standard input for "-", and recognise its form.
 * `out` is the caller's; hand it to bytes_done whatever the result.
 * 0, or -errno (-EISDIR for a directory). */
NODISCARD int bytes_open(struct bytes *out, const char *path);

/* The same with an open descriptor, which is read from where it stands. It is closed by bytes_done,
 * whatever the result. */
NODISCARD int bytes_adopt(struct bytes *out, int fd);

/* Up to `room` (> 0) bytes to `to`: their number, 0 at the end, -1 with `trouble` set when the file
 * cannot be read on. At an early end (truncated meanwhile) 0 with `trouble` set. */
NODISCARD ssize_t bytes_read(struct bytes *b, char *to, size_t room);

/* Up to `room` bytes at `offset` of a regular plain file, without moving: their number, or 0. */
NODISCARD size_t bytes_peek(const struct bytes *b, int64_t offset, char *to, size_t room);

/* Back to the start of a regular file; frees all memory until the next read. */
void bytes_rewind(struct bytes *b);

/* Go on at `offset` (>= 0) of a regular plain file; what is before it counts as taken. */
void bytes_seek(struct bytes *b, int64_t offset);

void bytes_done(struct bytes *b);

#endif
