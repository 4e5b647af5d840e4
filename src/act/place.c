#include "act/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ban.h"

#define PRIVATE ".mailfuse-new"

enum { DEPTH_MAX = 64, SUFFIX_MAX = 8 };

/* All that a draft may have left behind. */
static const char *const suffixes[] = { "", ".db", ".cdb", ".lmdb" };

static bool is_ours(const struct stat *st)
{
    return st->st_uid == 0 || st->st_uid == geteuid();
}

static bool is_safe(const struct stat *st)
{
    return is_ours(st) &&
           ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0 || (st->st_mode & S_ISVTX) != 0);
}

/* The directory and all above it. */
static int check_above(int directory)
{
    struct stat at = { 0 }, before = { 0 };
    int fd = openat(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    for (int depth = 0; depth < DEPTH_MAX && fd >= 0; depth++) {
        int up;

        if (fstat(fd, &at) < 0 || !is_safe(&at)) {
            (void)close(fd);
            return -EPERM;
        }
        up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        (void)close(fd);
        fd = up;
        if (depth > 0 && at.st_ino == before.st_ino && at.st_dev == before.st_dev)
            break; /* the root directory is its own parent */
        before = at;
    }
    if (fd < 0)
        return -errno;
    (void)close(fd);
    return 0;
}

static void draft_name(const struct place *p, const char *suffix, char out[NAME_MAX + SUFFIX_MAX])
{
    snprintf(out, NAME_MAX + SUFFIX_MAX, "%s%s", p->base, suffix);
}

static void remove_drafts(const struct place *p)
{
    char name[NAME_MAX + SUFFIX_MAX];

    for (size_t i = 0; i < COUNT(suffixes); i++) {
        draft_name(p, suffixes[i], name);
        (void)unlinkat(p->private_directory, name, 0);
    }
}

static int open_private(struct place *p, const char *path, struct buf *why)
{
    struct stat st;

    if (mkdirat(p->directory, PRIVATE, 0700) < 0 && errno != EEXIST)
        return -errno;
    p->private_directory =
        openat(p->directory, PRIVATE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (p->private_directory < 0)
        return -errno;
    if (fstat(p->private_directory, &st) < 0 || st.st_uid != geteuid() ||
        (st.st_mode & 07777) != 0700) {
        buf_printf(why, "%s: somebody else's " PRIVATE " is beside it; remove that", path);
        (void)close(p->private_directory);
        p->private_directory = -1; /* nothing in there is ours to remove */
        return -EPERM;
    }
    remove_drafts(p); /* of one that was killed */
    return 0;
}

int place_open(struct place *out, const char *path, struct buf *why)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int status;

    *out = (struct place){ .directory = -1, .private_directory = -1 };
    if (path[0] != '/' || slash == NULL || slash[1] == '\0' || strlen(slash + 1) > NAME_MAX ||
        strlen(path) + sizeof PRIVATE + SUFFIX_MAX >= PATH_MAX) {
        buf_printf(why, "%s: not the absolute path of a file", path);
        return -EINVAL;
    }
    snprintf(out->base, sizeof out->base, "%s", slash + 1);
    snprintf(directory, sizeof directory, "%.*s", (int)(slash - path) + (slash == path), path);
    snprintf(out->draft, sizeof out->draft, "%.*s" PRIVATE "/%s", (int)(slash - path) + 1, path,
             out->base);
    out->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->directory < 0) {
        status = -errno;
        buf_printf(why, "%s: %s", directory, strerror(-status));
        return status;
    }
    status = check_above(out->directory);
    if (status < 0) {
        buf_printf(why,
                   "%s: others than root may write to it, or to a directory above: let it be "
                   "root's (chown root) and sticky (chmod +t)",
                   directory);
        return status;
    }
    status = open_private(out, path, why);
    if (status < 0 && why->n == 0)
        buf_printf(why, "%s/" PRIVATE ": %s", directory, strerror(-status));
    return status;
}

void place_done(struct place *p)
{
    if (p->private_directory >= 0) {
        remove_drafts(p);
        (void)close(p->private_directory);
        (void)unlinkat(p->directory, PRIVATE, AT_REMOVEDIR);
    }
    if (p->directory >= 0)
        (void)close(p->directory);
    *p = (struct place){ .directory = -1, .private_directory = -1 };
}

static int write_all(int fd, struct slice rest)
{
    while (rest.n > 0) {
        ssize_t n = write(fd, rest.p, rest.n);

        if (n < 0 && errno != EINTR)
            return -errno;
        rest = slice_from(rest, n > 0 ? (size_t)n : 0);
    }
    return 0;
}

/* Mode and group of the file in whose place it comes. */
static int like_the_old(const struct place *p, int fd)
{
    struct stat old;
    bool known = fstatat(p->directory, p->base, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISREG(old.st_mode) && is_ours(&old);

    if (known && old.st_gid != getegid() && fchown(fd, (uid_t)-1, old.st_gid) < 0)
        return -errno;
    return fchmod(fd, known ? old.st_mode & 0644 : 0644) < 0 ? -errno : 0;
}

int place_write(struct place *p, struct slice content)
{
    int fd = openat(p->private_directory, p->base,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int status;

    if (fd < 0)
        return -errno;
    status = write_all(fd, content);
    if (status == 0)
        status = like_the_old(p, fd);
    if (status == 0 && fsync(fd) < 0)
        status = -errno;
    return close(fd) < 0 && status == 0 ? -errno : status;
}

int place_install(struct place *p, const char *suffix)
{
    char name[NAME_MAX + SUFFIX_MAX];
    int fd, status = 0;

    draft_name(p, suffix, name);
    fd = openat(p->private_directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fsync(fd) < 0 || renameat(p->private_directory, name, p->directory, name) < 0 ||
        fsync(p->directory) < 0)
        status = -errno;
    (void)close(fd);
    return status;
}
