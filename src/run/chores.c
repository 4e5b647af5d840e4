/* chores.c - what is done now and then: look at the queue, ask whether the helper lives, shorten
 * the journal. */
#include <stdlib.h>

#include "base/memory.h"
#include "run/job.h"

#include "base/ban.h"

enum {
    HELPER_EVERY_MS = 15 * SECOND_MS,
    JOURNAL_EVERY_MS = HOUR_MS,
    LOOK_EVERY_MS = 5 * SECOND_MS,
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

void ghosts_add(struct daemon *d, struct slice queue_id, int64_t after_ms)
{
    struct ghosts *g = &d->ghosts;
    struct ghost *ghost;

    if (queue_id.n > BOX_QUEUE_ID)
        return;
    for (size_t k = 0; k < g->n; k++)
        if (slice_eq(queue_id, slice_of(g->all[k].id)))
            return;
    if (g->n == g->room) {
        g->room = g->room > 0 ? 2 * g->room : 16;
        g->all = memory_resize(g->all, g->room, sizeof *g->all);
    }
    ghost = &g->all[g->n++];
    *ghost = (struct ghost){ .at.ms = d->now.ms + after_ms };
    memcpy(ghost->id, queue_id.p, queue_id.n);
}

void ghosts_done(struct daemon *d)
{
    free(d->ghosts.all);
}

static void release_ghosts(struct daemon *d)
{
    struct ghosts *g = &d->ghosts;
    struct arena arena = { 0 };
    struct slice *ids = g->n > 0 ? memory_new(g->n, sizeof *ids) : NULL;
    size_t n = 0, left = 0;

    for (size_t k = 0; k < g->n; k++) {
        struct slice id = slice_of(g->all[k].id);
        int64_t wait = g->all[k].at.ms - d->now.ms;

        if (wait > 0 && wait <= GHOSTS_AFTER_MS) /* else the clock was set back */
            g->all[left++] = g->all[k];
        else if (box_message(d->box, id) == NULL) /* else it is somebody's again */
            ids[n++] = arena_copy(&arena, id);
    }
    g->n = left;
    if (n > 0)
        (void)helper_queue(d->helper, HELPER_RELEASE, ids, n, NULL, NULL);
    arena_done(&arena);
    free(ids);
}

void chores_do(struct daemon *d)
{
    struct store_batch *batch;

    dnsbl_watch_step(d);
    refusal_watch_step(d);
    alerts_step(d);
    findings_pass_time(d->findings, d->now);
    relay_switch_step(d);
    if (due(&d->helper_asked, d->now, HELPER_EVERY_MS))
        (void)helper_ping(d->helper, helper_lives, d);
    if (due(&d->queue_looked, d->now, backlog_watch_every_ms(d)) && d->can_act)
        queue_look(d);
    else if (d->look_again.ms != 0 && d->now.ms >= d->look_again.ms) {
        d->look_again.ms = d->now.ms < d->look_until.ms ? d->now.ms + LOOK_EVERY_MS : 0;
        queue_look(d);
    }
    spool_watch_look(d);
    release_ghosts(d);
    if (due(&d->journal_trimmed, d->now, JOURNAL_EVERY_MS)) {
        batch = store_batch_new(STORE_STATE);
        store_forget_journal(batch, (struct wall){ d->now.ms - JOURNAL_DAYS * DAY_MS });
        store_submit(d->store, batch, NULL, NULL);
    }
}
