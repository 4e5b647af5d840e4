#include "store/db_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

#include "base/ban.h"

enum { HEADER = 100 }; /* bytes at the front of each database: https://sqlite.org/fileformat.html */

static char *join(const char *a, const char *between, const char *b)
{
    size_t room = strlen(a) + strlen(between) + strlen(b) + 1;
    char *path = memory_new(room, 1);

    (void)snprintf(path, room, "%s%s%s", a, between, b);
    return path;
}

char *db_file_path(const char *folder, const char *name)
{
    return join(folder, "/", name);
}

char *db_file_beside(const char *path, const char *suffix)
{
    return join(path, "", suffix);
}

void db_file_remedy(struct buf *out, const char *path, const char *without)
{
    buf_printf(out, "move %s, %s-wal and %s-shm away: mailfuse then starts %s", path, path, path,
               without);
}

/* A log without its database would be applied to the next one of that name. */
static int look_for_log(const struct db *db, struct buf *error)
{
    char *log = db_file_beside(db->path, "-wal");
    struct stat st;
    bool there = lstat(log, &st) == 0 && st.st_size > 0;

    if (there)
        buf_printf(error,
                   "%s: is missing, but its write-ahead log %s is there. Put it back, or move "
                   "the log away, too: mailfuse then starts %s",
                   db->path, log, db->schema->without);
    free(log);
    return there ? -EIO : -ENOENT;
}

/* 0, or -EIO after a sentence about what is open as `fd`. */
static int look_inside(int fd, const struct db *db, struct buf *error)
{
    char header[HEADER] = "";
    struct stat st;
    ssize_t n = -1;

    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
        buf_printf(error, "%s: is not a file", db->path);
        return -EIO;
    }
    n = pread(fd, header, sizeof header, 0);
    if (n < 0)
        buf_printf(error, "%s: cannot be read: %s", db->path, strerror(errno));
    else if (n == 0)
        db_refuse(error, db, "is empty, which mailfuse never leaves behind");
    else if (n < HEADER || memcmp(header, "SQLite format 3", sizeof "SQLite format 3") != 0)
        db_refuse(error, db, "is not an SQLite database");
    else
        return 0;
    return -EIO;
}

int db_file_look(const struct db *db, struct buf *error)
{
    int fd = open(db->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int rc;

    if (fd < 0 && errno == ENOENT)
        return look_for_log(db, error);
    if (fd < 0) {
        buf_printf(error, "%s: cannot be opened for writing: %s", db->path, strerror(errno));
        return -EIO;
    }
    rc = look_inside(fd, db, error);
    (void)close(fd);
    return rc;
}

int db_file_create(const char *path)
{
    static const char *const parts[] = { "", "-wal", "-shm", "-journal" };
    int fd;

    for (size_t i = 0; i < COUNT(parts); i++) {
        char *part = db_file_beside(path, parts[i]);
        int rc = unlink(part) < 0 && errno != ENOENT ? -errno : 0;

        free(part);
        if (rc != 0)
            return rc;
    }
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return -errno;
    (void)close(fd);
    return 0;
}

int db_file_rename(const char *from, const char *to)
{
    char *folder = db_file_beside(to, "");
    char *slash = strrchr(folder, '/');
    int fd, rc = 0;

    if (slash != NULL)
        slash[1] = '\0';
    fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return -errno;
    if (rename(from, to) < 0 || fsync(fd) < 0)
        rc = -errno;
    (void)close(fd);
    return rc;
}

int64_t db_file_mono_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct wall db_file_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){ (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}
