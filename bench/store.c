/* store.c - the store alone: how long it takes to read what was learnt, how many pictures it writes
 * in a second, and how long a lock record waits while it does. See README.md.
 *
 *     bench_store FOLDER [PICTURES [SECONDS]]
 *
 * FOLDER is empty or one that this program has filled; it is not removed.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "store/store.h"

#include "base/ban.h"

enum {
    DEFAULT_PICTURES = 1000000,
    DEFAULT_SECONDS = 8,
    PICTURE = 450,    /* bytes */
    SNAPSHOT = 15000, /* pictures */
    A_SECOND = 5000,  /* pictures, when they come steadily */
    LOCK_EVERY_MS = 10,
    LATENCIES = 100000,
};

struct bench {
    struct store *store;
    uint32_t pictures, waiting; /* snapshots that are not yet written */
    uint64_t round, read;
    int64_t built_ns, built;
    int64_t *latencies;
    uint32_t latencies_n;
};

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t now(void)
{
    return now_ns(CLOCK_MONOTONIC);
}

static void snapshot_done(void *ctx, enum store_outcome outcome)
{
    struct bench *b = ctx;

    if (outcome != STORE_WRITTEN)
        puts("a snapshot was not written");
    b->waiting--;
}

static void snapshot(struct bench *b, uint32_t n, bool in_order)
{
    struct store_batch *batch = store_batch_new(STORE_PICTURES);
    int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);

    for (uint32_t i = 0; i < n; i++, b->round++) {
        uint64_t random = hash_u64(b->round + 1);
        uint32_t id = (uint32_t)((in_order ? b->round : random) % b->pictures);
        char picture[PICTURE];

        memset(picture, (int)(random & 0x7f), sizeof picture);
        memcpy(picture, &random, sizeof random);
        store_put_picture(batch, id, (struct slice){ picture, sizeof picture });
    }
    b->built_ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - start;
    b->built += n;
    b->waiting++;
    store_submit(b->store, batch, snapshot_done, b);
}

static void wait_ms(struct bench *b, int ms)
{
    struct pollfd readable = { .fd = store_fd(b->store), .events = POLLIN };

    (void)poll(&readable, 1, ms);
    store_dispatch(b->store);
}

static bool take_picture(void *ctx, uint32_t id, struct slice value)
{
    struct bench *b = ctx;
    uint64_t start;

    if (value.n != PICTURE)
        return false;
    memcpy(&start, value.p, sizeof start); /* as a reader would look at it */
    b->read += id < b->pictures && start != 0;
    return true;
}

/* Open the store and read all pictures. */
static void load(struct bench *b, const char *folder, const char *what)
{
    struct buf error = buf_make(4096);
    int64_t start = now();

    b->read = 0;
    b->store = store_open(folder, &error);
    if (b->store == NULL || store_each_picture(b->store, take_picture, b, &error) != 0) {
        fprintf(stderr, "%.*s\n", SLICE_ARG(buf_slice(&error)));
        exit(2);
    }
    printf("%-40s %7.3f s for %llu pictures\n", what, (double)(now() - start) / 1e9,
           (unsigned long long)b->read);
    if (store_start(b->store) != 0)
        exit(2);
}

static void close_store(struct bench *b)
{
    int64_t start = now();

    if (store_close(b->store, 60000) != 0)
        puts("closed with something unwritten");
    b->store = NULL;
    printf("%-40s %7.3f s\n", "closed in", (double)(now() - start) / 1e9);
}

static void fill(struct bench *b)
{
    int64_t start = now();

    b->round = 0;
    while (b->round < b->pictures) {
        snapshot(b, SNAPSHOT, true);
        while (b->waiting > 1)
            wait_ms(b, 1000);
    }
    while (b->waiting > 0)
        wait_ms(b, 1000);
    printf("%-40s %7.3f s\n", "filled in order in", (double)(now() - start) / 1e9);
}

struct lock {
    struct bench *bench;
    int64_t at;
};

static void lock_done(void *ctx, enum store_outcome outcome)
{
    struct lock *lock = ctx;
    struct bench *b = lock->bench;

    if (outcome == STORE_WRITTEN && b->latencies_n < LATENCIES)
        b->latencies[b->latencies_n++] = now() - lock->at;
    free(lock);
}

/* What a lock writes: the incident, the action, a line of the journal. */
static void lock_account(struct bench *b)
{
    struct store_batch *batch = store_batch_new(STORE_STATE);
    struct lock *lock = memory_new(1, sizeof *lock);
    struct store_entry entry = { .at = { now_ns(CLOCK_REALTIME) / 1000000 },
                                 .incident = b->latencies_n + 1,
                                 .who = SLICE("mailfuse"),
                                 .subject = SLICE("alice@example.test"),
                                 .what = SLICE("lock"),
                                 .detail = SLICE("score 8.2: new networks, many strangers") };
    char key[16];

    (void)snprintf(key, sizeof key, "%u", b->latencies_n);
    store_put(batch, STORE_INCIDENT, slice_of(key), SLICE("{\"account\":\"alice@example.test\"}"));
    store_put(batch, STORE_ACTION, slice_of(key), SLICE("lock"));
    store_add_journal(batch, &entry);
    *lock = (struct lock){ b, now() };
    store_submit(b->store, batch, lock_done, lock);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static void show_latencies(struct bench *b, const char *what)
{
    uint32_t n = b->latencies_n;

    if (n == 0)
        return;
    qsort(b->latencies, n, sizeof *b->latencies, by_size);
    printf("%-40s %7.2f ms median, %.2f p99, %.2f longest of %u\n", what,
           (double)b->latencies[n / 2] / 1e6, (double)b->latencies[n * 99ULL / 100] / 1e6,
           (double)b->latencies[n - 1] / 1e6, n);
    b->latencies_n = 0;
}

/* Locks at a steady pace; snapshots of `n` pictures, one each second or (`each_second` false) one
 * after the other. */
static void locks_beside(struct bench *b, int64_t seconds, uint32_t n, bool each_second,
                         const char *what)
{
    int64_t start = now(), next_lock = start, next_snapshot = start;
    uint64_t log = 0, written = store_figures(b->store, STORE_PICTURES).changes;

    while (now() < start + seconds * 1000000000) {
        struct store_figures f = store_figures(b->store, STORE_PICTURES);

        log = f.log_bytes > log ? f.log_bytes : log;
        if (n > 0 && (each_second ? now() >= next_snapshot : b->waiting == 0)) {
            snapshot(b, n, false);
            next_snapshot += 1000000000;
        }
        if (now() >= next_lock) {
            lock_account(b);
            next_lock += LOCK_EVERY_MS * 1000000;
        }
        wait_ms(b, 1);
    }
    written = store_figures(b->store, STORE_PICTURES).changes - written;
    show_latencies(b, what);
    if (n > 0)
        printf("%-40s %7.0f a second, longest log %llu MB, %u not yet written\n", "  pictures",
               (double)written / (double)seconds, (unsigned long long)(log >> 20), b->waiting);
    while (b->waiting > 0)
        wait_ms(b, 1000);
}

/* Take the pages of the file out of the cache of the kernel. */
static void forget(const char *folder)
{
    char path[4096];
    int fd;

    (void)snprintf(path, sizeof path, "%s/pictures.db", folder);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
        puts("the file stays in the cache");
    if (fd >= 0)
        (void)close(fd);
}

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise)
{
    uint64_t n = otherwise;

    if (argc > at && (!slice_to_u64(slice_of(argv[at]), &n) || n == 0 || n > UINT32_MAX)) {
        fputs("usage: bench_store FOLDER [PICTURES [SECONDS]]\n", stderr);
        exit(2);
    }
    return n;
}

int main(int argc, char **argv)
{
    struct bench b = { .latencies = memory_new(LATENCIES, sizeof(int64_t)) };
    int64_t seconds = (int64_t)number(argc, argv, 3, DEFAULT_SECONDS);

    b.pictures = (uint32_t)number(argc, argv, 2, DEFAULT_PICTURES);
    if (argc < 2) {
        fputs("usage: bench_store FOLDER [PICTURES [SECONDS]]\n", stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    load(&b, argv[1], "opened and read at first");
    if (b.read < b.pictures)
        fill(&b);
    close_store(&b);
    load(&b, argv[1], "opened and read, in the cache");
    close_store(&b);
    forget(argv[1]);
    b.round = (uint64_t)now_ns(CLOCK_REALTIME); /* a page that does not change is not written */
    load(&b, argv[1], "opened and read, from the disk");
    locks_beside(&b, seconds, 0, false, "a lock, nothing beside");
    locks_beside(&b, seconds, A_SECOND, true, "a lock, 5,000 pictures each second");
    locks_beside(&b, seconds, SNAPSHOT, false, "a lock, snapshots without a pause");
    printf("%-40s %7.0f ns of the loop's time\n", "a picture put into a batch",
           (double)b.built_ns / (double)b.built);
    close_store(&b);
    free(b.latencies);
    return 0;
}
