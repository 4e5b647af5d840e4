#include "store/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db_file.h"

#include "base/ban.h"

enum { STEP = 1 << 20 }; /* bytes */

struct pace pace_make(const struct db *db)
{
    return (struct pace){ .db = db, .file = -1, .log = -1 };
}

void pace_done(struct pace *p)
{
    if (p->file >= 0)
        (void)close(p->file);
    if (p->log >= 0)
        (void)close(p->log);
    p->file = p->log = -1;
}

/* Open the file at `path``suffix` if it is not open. 0 or -errno. */
static int open_once(int *fd, const char *path, const char *suffix)
{
    char *name;

    if (*fd >= 0)
        return 0;
    name = db_file_beside(path, suffix);
    *fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    free(name);
    return *fd < 0 ? -errno : 0;
}

/* Ranges that need no writing cost a system call each. Where the file system cannot do it, it is
 * left to the sync that follows. */
static int write_out(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    for (off_t at = 0; at < st.st_size; at += STEP)
        if (sync_file_range(fd, at, STEP,
                            SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                SYNC_FILE_RANGE_WAIT_AFTER) < 0)
            break;
    return 0;
}

static int sync_steps(int *fd, const char *path, const char *suffix)
{
    int rc = open_once(fd, path, suffix);

    if (rc == 0)
        rc = write_out(*fd);
    return rc == 0 && fdatasync(*fd) < 0 ? -errno : rc;
}

void pace_log(struct pace *p)
{
    if (open_once(&p->log, p->db->path, "-wal") == 0)
        (void)write_out(p->log);
}

void pace_checkpoint(struct pace *p, struct writer *w)
{
    if (pace_catch_up(p) != 0 || sync_steps(&p->log, p->db->path, "-wal") != 0)
        return;
    if (db_exec(p->db->sqlite, "PRAGMA synchronous=OFF") == SQLITE_OK) {
        p->behind = true;
        writer_checkpoint(w);
    }
    (void)db_exec(p->db->sqlite, "PRAGMA synchronous=NORMAL");
    (void)pace_catch_up(p); /* else before the next write */
}

int pace_catch_up(struct pace *p)
{
    int rc = p->behind ? sync_steps(&p->file, p->db->path, "") : 0;

    p->behind = rc != 0;
    return rc;
}
