#include "store/lane_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include "store/db_file.h"
#include "store/merge.h"

#include "base/ban.h"

enum {
    RETRY_FIRST_MS = 100,
    RETRY_LAST_MS = 5000,
    IDLE_MS = 1000,      /* after the last commit the log may be emptied */
    GROUP_MAX = 4 << 20, /* bytes of batches that share a transaction */
    MERGE_ABOVE = 4 << 20,
};

/* When there is something to do even if nothing is submitted; with the lock. */
static int64_t wake_at(const struct lane *l)
{
    int64_t at = INT64_MAX;

    if (l->waiting.n > 0)
        at = l->retry_ms;
    else if (l->stopping)
        return 0;
    else if (l->writer.log_pages >= l->db.schema->checkpoint_idle)
        at = l->wrote_ms + IDLE_MS;
    return l->stopping && l->stop_by_ms < at ? l->stop_by_ms : at;
}

/* Wait for something to do. False when that was all. */
static bool take(struct lane *l)
{
    bool go_on;

    (void)pthread_mutex_lock(&l->lock);
    while (l->submitted.n == 0 && db_file_mono_ms() < wake_at(l))
        thread_wait(&l->wake, &l->lock, wake_at(l));
    batches_append(&l->waiting, &l->submitted);
    go_on = !l->stopping || (l->waiting.n > 0 && db_file_mono_ms() < l->stop_by_ms);
    (void)pthread_mutex_unlock(&l->lock);
    return go_on;
}

/* Bring the figures up to what waits now, which may have become less. */
static void count_waiting(struct lane *l)
{
    uint64_t changes = 0, bytes = 0;

    for (const struct store_batch *b = l->waiting.first; b != NULL; b = b->next) {
        changes += store_batch_changes(b);
        bytes += store_batch_bytes(b);
    }
    for (const struct store_batch *b = l->submitted.first; b != NULL; b = b->next) {
        changes += store_batch_changes(b);
        bytes += store_batch_bytes(b);
    }
    l->figures.waiting = changes;
    l->figures.waiting_bytes = bytes;
}

/* In trouble: say so to everybody who does not know yet, and keep what waits small. */
static void hold_back(struct lane *l)
{
    size_t bytes = 0, above = l->merged_bytes * 2 > MERGE_ABOVE ? l->merged_bytes * 2 : MERGE_ABOVE;
    uint64_t lost = 0;

    for (struct store_batch *b = l->waiting.first; b != NULL; b = b->next) {
        bytes += store_batch_bytes(b);
        if (!b->told)
            outbox_tell(l->outbox, b, STORE_WAITS);
        b->told = true;
    }
    if (l->db.schema == schema_of(STORE_STATE) && bytes > above) {
        lost = batches_merge(&l->waiting, l->db.schema->waiting_max);
        l->merged_bytes = store_batch_bytes(l->waiting.first);
    }
    (void)pthread_mutex_lock(&l->lock);
    l->figures.lost_entries += lost;
    count_waiting(l);
    (void)pthread_mutex_unlock(&l->lock);
}

static void failed(struct lane *l, int rc, int system_errno)
{
    l->delay_ms = l->delay_ms == 0 ? RETRY_FIRST_MS : l->delay_ms * 2;
    if (l->delay_ms > RETRY_LAST_MS)
        l->delay_ms = RETRY_LAST_MS;
    l->retry_ms = db_file_mono_ms() + l->delay_ms;
    (void)pthread_mutex_lock(&l->lock);
    if (l->trouble == SQLITE_OK)
        l->trouble_since = db_file_now();
    l->trouble = rc;
    l->trouble_errno = system_errno;
    l->figures.failures++;
    (void)pthread_mutex_unlock(&l->lock);
}

/* The first `n` are on the disk. What status says is true before anybody is told. */
static void written(struct lane *l, uint32_t n)
{
    struct batches done = { 0 };
    struct store_batch *b;

    l->delay_ms = l->retry_ms = 0;
    l->merged_bytes = 0;
    l->wrote_ms = db_file_mono_ms();
    (void)pthread_mutex_lock(&l->lock);
    l->trouble = SQLITE_OK;
    l->figures.commits++;
    l->figures.log_bytes = (uint64_t)l->writer.log_pages * l->db.schema->page_size;
    for (uint32_t i = 0; i < n; i++) {
        b = batches_take(&l->waiting);
        l->figures.changes += store_batch_changes(b);
        l->figures.waiting -= store_batch_changes(b);
        l->figures.waiting_bytes -= store_batch_bytes(b);
        batches_add(&done, b);
    }
    (void)pthread_mutex_unlock(&l->lock);
    while ((b = batches_take(&done)) != NULL) {
        outbox_tell(l->outbox, b, STORE_WRITTEN);
        store_batch_free(b);
    }
}

/* How many of those that wait share the next transaction: one at least. */
static uint32_t group(const struct lane *l)
{
    size_t bytes = 0;
    uint32_t n = 0;

    for (const struct store_batch *b = l->waiting.first; b != NULL; b = b->next, n++) {
        bytes += store_batch_bytes(b);
        if (n > 0 && bytes > GROUP_MAX)
            break;
    }
    return n;
}

/* A checkpoint that fails is no trouble of its own: nothing is lost, and a log that grows is seen.
 * While somebody reads what is in the log, it is not tried again with each commit. */
static void empty_log(struct lane *l)
{
    if (l->db.schema->paced)
        pace_checkpoint(&l->pace, &l->writer);
    else
        writer_checkpoint(&l->writer);
    l->wrote_ms = db_file_mono_ms();
    l->checkpoint_ms = l->writer.log_pages > 0 ? l->wrote_ms + IDLE_MS : 0;
}

/* Nothing to do for a while: the log is emptied, and memory given back. */
static void rest(struct lane *l)
{
    empty_log(l);
    (void)sqlite3_db_release_memory(l->db.sqlite);
}

static void write_group(struct lane *l)
{
    uint32_t n = group(l);
    int system_errno, rc = pace_catch_up(&l->pace);

    if (rc != 0) {
        failed(l, SQLITE_IOERR_FSYNC, -rc);
        return;
    }
    rc = writer_write(&l->writer, l->waiting.first, n, &system_errno);
    if (rc != SQLITE_OK) {
        failed(l, rc, system_errno);
        return;
    }
    written(l, n);
    if (l->db.schema->paced)
        pace_log(&l->pace);
    if (l->writer.log_pages >= l->db.schema->checkpoint_pages &&
        db_file_mono_ms() >= l->checkpoint_ms)
        empty_log(l);
}

void lane_run(void *arg)
{
    struct lane *l = arg;

    if (l->db.schema->nice > 0)
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), l->db.schema->nice);
    while (take(l)) {
        if (l->waiting.n > 0 && db_file_mono_ms() >= l->retry_ms)
            write_group(l);
        else if (l->waiting.n == 0)
            rest(l);
        if (l->delay_ms > 0)
            hold_back(l);
    }
}
