#include "setup/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#include "base/ban.h"

enum { PATH_ROOM = 4096 };

int whole_file_read(const char *path, struct buf *out)
{
    int error = file_read(path, WHOLE_FILE_MAX, out);

    if (error == 0 && out->n > WHOLE_FILE_MAX)
        error = -EFBIG;
    if (error == 0) {
        buf_add_char(out, '\0');
        out->n--;
    }
    return error;
}

/* 0, or -errno. */
static int write_all(int fd, struct slice text)
{
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            text = slice_from(text, (size_t)n);
    }
    return fsync(fd) < 0 ? -errno : 0;
}

/* Make the new name last: 0, or -errno. */
static int sync_folder(const char *path)
{
    char folder[PATH_ROOM];
    struct slice parent = slice_of(path), name;
    int fd, error = 0;

    if (!slice_cut_last(&parent, '/', &name))
        parent = SLICE(".");
    snprintf(folder, sizeof folder, "%.*s/", SLICE_ARG(parent));
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fsync(fd) < 0)
        error = -errno;
    (void)close(fd);
    return error;
}

/* What a link leads to, to be freed; NULL when it is none. Somebody else's is not followed: root
 * would write where he wants. */
static char *target_of(const char *path)
{
    struct stat st;

    if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()))
        return NULL;
    return realpath(path, NULL);
}

static int replace(const char *path, struct slice text, unsigned mode)
{
    char fresh[PATH_ROOM];
    struct stat st;
    bool there = stat(path, &st) == 0;
    int fd, error;

    if ((size_t)snprintf(fresh, sizeof fresh, "%s.mailfuse-new", path) >= sizeof fresh)
        return -ENAMETOOLONG;
    (void)unlink(fresh); /* of a run that was killed */
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    error = write_all(fd, text);
    if (error == 0 && there && fchown(fd, st.st_uid, st.st_gid) < 0)
        error = -errno;
    if (error == 0 && fchmod(fd, there ? st.st_mode & 07777 : mode) < 0)
        error = -errno;
    (void)close(fd);
    if (error == 0 && rename(fresh, path) < 0)
        error = -errno;
    if (error != 0)
        (void)unlink(fresh);
    return error == 0 ? sync_folder(path) : error;
}

int whole_file_write(const char *path, struct slice text, unsigned mode)
{
    char *target = target_of(path);
    int error = replace(target != NULL ? target : path, text, mode);

    free(target);
    return error;
}
