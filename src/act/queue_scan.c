#include "act/queue_scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/queue_row.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/table.h"
#include "proto/queuefile.h"

#include "base/ban.h"

enum {
    BLOCK = 4096,          /* bytes read of a queue file at a time */
    ROWS_ROOM = 64 * 1024, /* bytes of rows written at a time */
    DEPTH_MAX = 10,        /* of hashed directories; Postfix has hash_queue_depth, at most 16 */
    FILES_AT_ONCE = 32,    /* some 0.4 ms; then: */
    PAUSE_US = 400,
};

/* Ids that were given, by their hash. */
struct seen {
    struct table table;
    uint64_t *hashes;
    uint32_t n, room;
};

struct walk {
    const struct queue_scan *scan;
    const char *queue;
    int fd; /* where the rows go */
    struct buf rows;
    struct seen seen;
    unsigned files;
    struct queuefile file;
    char block[BLOCK];
};

static void seen_done(struct seen *s)
{
    table_done(&s->table);
    free(s->hashes);
}

/* False when it was there before. */
static bool seen_add(struct seen *s, struct slice id)
{
    uint64_t hash = hash_slice(id, 0);
    uint32_t i;

    for (struct table_probe p = table_find(&s->table, hash); table_at(&s->table, &p, &i);
         table_step(&s->table, &p))
        if (s->hashes[i] == hash)
            return false;
    if (s->n == s->room) {
        s->room = s->room > 0 ? s->room * 2 : 1024;
        s->hashes = memory_resize(s->hashes, s->room, sizeof *s->hashes);
    }
    s->hashes[s->n] = hash;
    table_add(&s->table, hash, s->n++);
    return true;
}

static int flush(struct walk *w)
{
    struct slice rest = buf_slice(&w->rows);

    while (rest.n > 0) {
        ssize_t n = write(w->fd, rest.p, rest.n);

        if (n < 0 && errno != EINTR)
            return -errno;
        rest = slice_from(rest, n > 0 ? (size_t)n : 0);
    }
    buf_clear(&w->rows);
    return 0;
}

/* The envelope of an open file; false when it has none, or not yet. */
static bool read_envelope(struct walk *w, int fd)
{
    enum queuefile_got got = QUEUEFILE_MORE;
    uint64_t at = 0;

    queuefile_init(&w->file, w->scan->rcpts);
    while (got == QUEUEFILE_MORE) {
        ssize_t n = pread(fd, w->block, sizeof w->block, (off_t)at);

        if (n <= 0)
            return false;
        got = queuefile_read(&w->file, (struct slice){ w->block, (size_t)n }, at, &at);
    }
    return got == QUEUEFILE_DONE;
}

/* Postfix makes a file executable when it is complete. */
static bool is_complete(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR) != 0;
}

static int add_row(struct walk *w, struct slice id)
{
    const struct queuefile *q = &w->file;
    struct slice login = w->scan->login;

    if ((login.n > 0 && !slice_eq_nocase(q->sasl_username, login)) || !seen_add(&w->seen, id))
        return 0;
    queue_row_add(&w->rows, &(struct queue_row){ .queue = slice_of(w->queue),
                                                 .id = id,
                                                 .arrival = q->arrival,
                                                 .size = q->size,
                                                 .rcpts_n = q->rcpts_n,
                                                 .todo_n = q->todo_n,
                                                 .sender = q->sender,
                                                 .login = q->sasl_username,
                                                 .client = q->log_client_address,
                                                 .rcpts = q->rcpts });
    return w->rows.n >= ROWS_ROOM ? flush(w) : 0;
}

static int one_file(struct walk *w, int directory, const char *name)
{
    int fd, status = 0;

    if (!queuefile_id_valid(slice_of(name)))
        return 0;
    if (w->scan->gentle && ++w->files % FILES_AT_ONCE == 0)
        (void)usleep(PAUSE_US);
    fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) /* gone meanwhile; a directory of ours where descriptors ran out is read again */
        return errno == EMFILE || errno == ENFILE ? -errno : 0;
    if (is_complete(fd) && read_envelope(w, fd))
        status = add_row(w, slice_of(name));
    (void)close(fd);
    return status;
}

static void directory_close(DIR **d)
{
    if (*d != NULL)
        (void)closedir(*d);
}

/* A directory and the hashed ones in it, one character each. */
static int one_directory(struct walk *w, int parent, const char *name, unsigned depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), status = 0;
    CLEANUP(directory_close) DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *e;

    if (d == NULL) {
        int error = errno;

        if (fd >= 0)
            (void)close(fd);
        return error == ENOENT ? 0 : -error;
    }
    while (status == 0 && (e = readdir(d)) != NULL) {
        bool hashed = e->d_name[0] != '.' && e->d_name[0] != '\0' && e->d_name[1] == '\0';

        if (!hashed)
            status = one_file(w, fd, e->d_name);
        else if (depth < DEPTH_MAX)
            status = one_directory(w, fd, e->d_name, depth + 1);
    }
    return status;
}

/* In the direction in which messages move, and once more where a retry takes them back to. */
static const char *const queues[] = { "incoming", "active", "deferred", "hold", "active" };

static int walk_queues(struct walk *w)
{
    int top = open(w->scan->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), status = 0;

    if (top < 0)
        return -errno;
    for (size_t i = 0; i < COUNT(queues) && status == 0; i++) {
        w->queue = queues[i];
        status = one_directory(w, top, queues[i], 0);
    }
    (void)close(top);
    return status == 0 ? flush(w) : status;
}

int queue_scan(const struct queue_scan *scan, int fd)
{
    struct walk *w = memory_new(1, sizeof *w);
    int status;

    w->scan = scan;
    w->fd = fd;
    w->rows = buf_make((size_t)ROWS_ROOM + 2 * QUEUE_ROW_MAX);
    status = walk_queues(w);
    buf_done(&w->rows);
    seen_done(&w->seen);
    free(w);
    return status;
}
