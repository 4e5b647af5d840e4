#include "store/store.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "store/db_file.h"
#include "store/folder.h"
#include "store/private.h"

#include "base/ban.h"

enum {
    DISPATCH_MAX = 256, /* notes and rows in one turn of the loop */
    GRACE_MS = 2000,    /* for a transaction that had begun when patience ended */
};

/* No thread runs. How many batches were lost. */
static uint32_t dispose(struct store *s)
{
    uint32_t lost = 0;

    reader_done(&s->reader);
    for (int i = 0; i < STORE_LANES; i++)
        lost += lane_done(&s->lanes[i]);
    for (bool more = true; more;) { /* to whom nothing was said yet */
        store_dispatch(s);
        more = s->inbox.first != NULL;
    }
    outbox_done(&s->outbox);
    folder_unlock(s->lock_fd);
    free(s);
    return lost;
}

static struct store *open_files(const char *folder, int lock_fd, struct buf *error)
{
    struct store *s = memory_new(1, sizeof *s);
    int rc = outbox_init(&s->outbox);

    if (rc != 0) {
        buf_printf(error, "%s: cannot be watched: %s", folder, strerror(-rc));
        free(s);
        folder_unlock(lock_fd);
        return NULL;
    }
    s->lock_fd = lock_fd;
    for (int i = 0; i < STORE_LANES; i++)
        lane_init(&s->lanes[i], &s->outbox);
    for (int i = 0; i < STORE_LANES && rc == 0; i++)
        rc = lane_open(&s->lanes[i], folder, schema_of((enum store_file)i), error);
    reader_init(&s->reader, rc == 0 ? s->lanes[STORE_STATE].db.path : folder, &s->outbox);
    if (rc != 0) {
        (void)dispose(s);
        return NULL;
    }
    return s;
}

struct store *store_open(const char *folder, struct buf *error)
{
    int lock_fd = folder_lock(folder, error);

    return lock_fd >= 0 ? open_files(folder, lock_fd, error) : NULL;
}

int store_start(struct store *s)
{
    int rc = 0;

    s->started = true;
    for (int i = 0; i < STORE_LANES && rc == 0; i++)
        rc = lane_start(&s->lanes[i]);
    return rc == 0 ? reader_start(&s->reader) : rc;
}

int store_close(struct store *s, int64_t patience_ms)
{
    int64_t by_ms = db_file_mono_ms() + patience_ms;
    int rc;

    if (s == NULL)
        return 0;
    reader_stop(&s->reader);
    for (int i = 0; i < STORE_LANES; i++)
        lane_stop(&s->lanes[i], by_ms);
    rc = thread_join(&s->reader.thread, by_ms + GRACE_MS);
    for (int i = 0; i < STORE_LANES && rc == 0; i++)
        rc = thread_join(&s->lanes[i].thread, by_ms + GRACE_MS);
    if (rc != 0)
        return rc; /* left to that thread, with all it uses */
    return dispose(s) > 0 ? -ETIMEDOUT : 0;
}

void store_submit(struct store *s, struct store_batch *b, store_done *done, void *ctx)
{
    batch_wait(b, done, ctx);
    lane_submit(&s->lanes[b->file], b);
}

int store_fd(const struct store *s)
{
    return s->outbox.fd;
}

/* Hand out what a note brings, rows at most up to DISPATCH_MAX. False when it is not done with. */
static bool deliver(const struct note *n, uint32_t *handed)
{
    if (n->answer != NULL)
        return answer_deliver(n->answer, DISPATCH_MAX - *handed, handed);
    n->done(n->ctx, n->outcome);
    (*handed)++;
    return true;
}

void store_dispatch(struct store *s)
{
    uint32_t handed = 0;

    outbox_collect(&s->outbox, &s->inbox);
    while (s->inbox.first != NULL && handed < DISPATCH_MAX && deliver(s->inbox.first, &handed))
        free(notes_take(&s->inbox));
    if (s->inbox.first != NULL)
        outbox_wake(&s->outbox);
}

bool store_trouble(struct store *s, struct buf *text)
{
    bool trouble = false;

    for (int i = 0; i < STORE_LANES; i++) {
        size_t before = text->n;

        if (trouble)
            buf_add_char(text, '\n');
        if (lane_trouble(&s->lanes[i], text))
            trouble = true;
        else
            text->n = before;
    }
    return trouble;
}

struct store_figures store_figures(struct store *s, enum store_file file)
{
    return lane_figures(&s->lanes[file]);
}

void store_query_journal(struct store *s, const struct store_filter *filter, store_row *row,
                         store_end *end, void *ctx)
{
    struct answer *a = memory_new(1, sizeof *a);

    *a = (struct answer){ .filter = *filter, .row = row, .end = end, .ctx = ctx };
    a->filter.subject = arena_copy(&a->arena, filter->subject);
    reader_ask(&s->reader, a);
}
