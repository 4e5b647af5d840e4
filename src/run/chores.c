/* chores.c - what is done now and then: look at the queue, ask whether the helper lives, shorten
 * the journal. */
#include "run/job.h"

#include "base/ban.h"

enum {
    QUEUE_EVERY_MS = 5 * MINUTE_MS,
    HELPER_EVERY_MS = 15 * SECOND_MS,
    JOURNAL_EVERY_MS = HOUR_MS,
    JOURNAL_DAYS = 400, /* a year, and time to look back at it */
};

/* True once in `every_ms`, also when the clock is set back. */
static bool due(struct wall *last, struct wall now, int64_t every_ms)
{
    if (now.ms - last->ms < every_ms && now.ms >= last->ms)
        return false;
    *last = now;
    return true;
}

static void helper_lives(void *ctx, const struct helper_result *r)
{
    struct daemon *d = ctx;

    buf_clear(&d->helper_trouble);
    job_why(r, &d->helper_trouble);
}

void chores_do(struct daemon *d)
{
    struct store_batch *batch;

    if (due(&d->helper_asked, d->now, HELPER_EVERY_MS))
        (void)helper_ping(d->helper, helper_lives, d);
    if (due(&d->queue_looked, d->now, QUEUE_EVERY_MS) && d->can_act)
        queue_look(d);
    if (due(&d->journal_trimmed, d->now, JOURNAL_EVERY_MS)) {
        batch = store_batch_new(STORE_STATE);
        store_forget_journal(batch, (struct wall){ d->now.ms - JOURNAL_DAYS * DAY_MS });
        store_submit(d->store, batch, NULL, NULL);
    }
}
