/* lane.h - one file and the thread that writes it. The loop hands batches over, the thread writes
 * them in order, tells how they ended, tries again what failed, and empties the write-ahead log. */
#ifndef STORE_LANE_H
#define STORE_LANE_H

#include "store/outbox.h"
#include "store/pace.h"
#include "store/thread.h"

struct lane {
    struct db db;
    struct writer writer;
    struct pace pace;      /* used when the schema says so */
    struct outbox *outbox; /* the store's */
    struct thread thread;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    struct batches submitted;
    bool stopping;
    int64_t stop_by_ms; /* CLOCK_MONOTONIC: then it gives up */
    struct store_figures figures;
    int trouble; /* the code of SQLite, or SQLITE_OK */
    int trouble_errno;
    struct wall trouble_since;

    /* the thread's own */
    struct batches waiting;
    size_t merged_bytes;        /* of what waits, after it was merged last */
    int64_t delay_ms, retry_ms; /* between two attempts; when the next one is due */
    int64_t wrote_ms;           /* the last commit or checkpoint */
    int64_t checkpoint_ms;      /* not before then again */
};

/* An empty lane; in the end lane_done is called. It stays where it is. */
void lane_init(struct lane *l, struct outbox *outbox);

/* Open the file; no thread runs yet. 0, or -EIO with a sentence. */
NODISCARD int lane_open(struct lane *l, const char *folder, const struct schema *schema,
                        struct buf *error);

/* 0 or -errno. */
NODISCARD int lane_start(struct lane *l);

/* Takes the batch; its waiters are told through the outbox. */
void lane_submit(struct lane *l, struct store_batch *b);

/* Let the thread, if there is one, write what waits until `by_ms`, then end. */
void lane_stop(struct lane *l, int64_t by_ms);

/* No thread runs: close the file, and tell those who still wait that it was lost. Returns how many
 * batches were. */
uint32_t lane_done(struct lane *l);

/* What is wrong now, as part of a sentence; false when nothing is. */
bool lane_trouble(struct lane *l, struct buf *text);

struct store_figures lane_figures(struct lane *l);

#endif
