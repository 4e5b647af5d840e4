#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/db_file.h"

#include "base/ban.h"

enum {
    NUMBER = 24,     /* digits of a process id, and more */
    DYING_MS = 1000, /* for another one that was killed and still waits for its disk */
    AGAIN_MS = 50
};

static void complain(struct buf *error, const char *folder, int code)
{
    if (code == ENOENT || code == ENOTDIR)
        buf_printf(error,
                   "%s: is no folder; make it with: install -d -o root -g mailfuse -m 1771 %s",
                   folder, folder);
    else
        buf_printf(error, "%s: cannot be written: %s", folder, strerror(code));
}

static void complain_of_other(struct buf *error, const char *folder, int fd)
{
    char pid[NUMBER] = "";
    uint64_t number = 0;
    ssize_t n = pread(fd, pid, sizeof pid, 0);
    struct slice text = { pid, n > 0 ? (size_t)n : 0 };

    while (text.n > 0 && text.p[text.n - 1] == '\n')
        text.n--;
    if (slice_to_u64(text, &number))
        buf_printf(error, "%s: is in use by another mailfuse (process %llu)", folder,
                   (unsigned long long)number);
    else
        buf_printf(error, "%s: is in use by another mailfuse", folder);
}

static int open_lock(const char *folder)
{
    char *path;
    int fd;

    if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
        return -errno;
    path = db_file_path(folder, "lock");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
    free(path);
    if (fd < 0)
        return -errno;
    return fd;
}

/* 0 or errno. */
static int lock(int fd)
{
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited += AGAIN_MS) {
        if (errno != EWOULDBLOCK || waited >= DYING_MS)
            return errno;
        (void)usleep(AGAIN_MS * 1000);
    }
    return 0;
}

int folder_lock(const char *folder, struct buf *error)
{
    int fd = open_lock(folder), code;

    if (fd < 0) {
        complain(error, folder, -fd);
        return fd;
    }
    code = lock(fd);
    if (code != 0) {
        if (code == EWOULDBLOCK)
            complain_of_other(error, folder, fd);
        else
            buf_printf(error, "%s: cannot be locked: %s", folder, strerror(code));
        (void)close(fd);
        return -code;
    }
    if (ftruncate(fd, 0) == 0) /* the number is for people only; a full disk may not have room */
        (void)dprintf(fd, "%d\n", (int)getpid());
    return fd;
}

void folder_unlock(int fd)
{
    (void)close(fd);
}
