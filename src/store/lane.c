#include "store/lane.h"

#include <time.h>

#include "store/db_file.h"
#include "store/lane_run.h"

#include "base/ban.h"

enum { LOG_TIMES = 4 }; /* a log that is so much longer than it should be is told of */

void lane_init(struct lane *l, struct outbox *outbox)
{
    *l = (struct lane){ .outbox = outbox, .pace = pace_make(NULL) };
    (void)pthread_mutex_init(&l->lock, NULL);
    thread_wake_init(&l->wake);
}

int lane_open(struct lane *l, const char *folder, const struct schema *schema, struct buf *error)
{
    int rc = db_open(&l->db, folder, schema, error);

    l->pace = pace_make(&l->db);
    return rc == 0 ? writer_init(&l->writer, &l->db, error) : rc;
}

int lane_start(struct lane *l)
{
    db_settle(&l->db);
    return thread_start(&l->thread, l->db.schema->thread, lane_run, l);
}

/* What waits for state.db is what must not be lost: it is merged, not refused, and twice the limit
 * is only reached when the thread hangs in the disk. A batch that is too large all by itself is let
 * in when it is the only one. */
static bool too_much(const struct lane *l, size_t bytes)
{
    size_t max = l->db.schema->waiting_max * (l->db.schema == schema_of(STORE_STATE) ? 2 : 1);

    return l->figures.waiting > 0 && l->figures.waiting_bytes + bytes > max;
}

void lane_submit(struct lane *l, struct store_batch *b)
{
    size_t bytes = store_batch_bytes(b);
    bool refused;

    (void)pthread_mutex_lock(&l->lock);
    refused = too_much(l, bytes);
    if (refused) {
        l->figures.lost_batches++;
    } else {
        l->figures.waiting += store_batch_changes(b);
        l->figures.waiting_bytes += bytes;
        batches_add(&l->submitted, b);
        (void)pthread_cond_signal(&l->wake);
    }
    (void)pthread_mutex_unlock(&l->lock);
    if (refused) {
        outbox_tell(l->outbox, b, STORE_LOST);
        store_batch_free(b);
    }
}

void lane_stop(struct lane *l, int64_t by_ms)
{
    (void)pthread_mutex_lock(&l->lock);
    l->stopping = true;
    l->stop_by_ms = by_ms;
    (void)pthread_cond_signal(&l->wake);
    (void)pthread_mutex_unlock(&l->lock);
}

uint32_t lane_done(struct lane *l)
{
    struct store_batch *b;
    uint32_t lost;

    batches_append(&l->waiting, &l->submitted);
    lost = l->waiting.n;
    while ((b = batches_take(&l->waiting)) != NULL) {
        outbox_tell(l->outbox, b, STORE_LOST);
        store_batch_free(b);
    }
    writer_done(&l->writer);
    db_done(&l->db);
    pace_done(&l->pace);
    (void)pthread_cond_destroy(&l->wake);
    (void)pthread_mutex_destroy(&l->lock);
    return lost;
}

/* With the lock. */
static void describe(const struct lane *l, struct buf *text)
{
    uint64_t log = l->figures.log_bytes;
    char since[WALL_TEXT_MAX];

    if (l->trouble != SQLITE_OK) {
        time_t s = (time_t)(l->trouble_since.ms / SECOND_MS);
        struct tm local = { 0 };

        (void)localtime_r(&s, &local);
        db_words(text, l->trouble, l->trouble_errno);
        buf_printf(text, " since %s; %llu changes wait",
                   wall_rfc3339(l->trouble_since, (int32_t)local.tm_gmtoff, false, since),
                   (unsigned long long)l->figures.waiting);
    } else {
        buf_printf(text,
                   "another program reads it for so long that its write-ahead log has %llu MB",
                   (unsigned long long)(log >> 20));
    }
    if (l->figures.lost_entries > 0)
        buf_printf(text, "; %llu journal entries were dropped",
                   (unsigned long long)l->figures.lost_entries);
}

bool lane_trouble(struct lane *l, struct buf *text)
{
    uint64_t longest;
    bool trouble;

    (void)pthread_mutex_lock(&l->lock);
    longest = (uint64_t)l->db.schema->checkpoint_pages * l->db.schema->page_size * LOG_TIMES;
    trouble = l->trouble != SQLITE_OK || l->figures.log_bytes > longest;
    if (trouble) {
        buf_printf(text, "%s: ", l->db.path);
        describe(l, text);
    }
    (void)pthread_mutex_unlock(&l->lock);
    return trouble;
}

struct store_figures lane_figures(struct lane *l)
{
    struct store_figures figures;

    (void)pthread_mutex_lock(&l->lock);
    figures = l->figures;
    (void)pthread_mutex_unlock(&l->lock);
    return figures;
}
