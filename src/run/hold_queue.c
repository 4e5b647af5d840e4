/* hold_queue.c - hold what an account has in the queue already: list it, hold it, look whether it
 * is held. What is being delivered at that moment cannot be held; it is looked at again. */
#include <errno.h>
#include <stdlib.h>

#include "run/job.h"

#include "base/ban.h"

enum { LOOK_AGAIN_MS = 5 * SECOND_MS };

static uint64_t id_hash(struct slice queue_id)
{
    return hash_slice(queue_id, 12);
}

static bool asked_for(const struct job *j, struct slice queue_id)
{
    uint32_t at;

    for (struct table_probe p = table_find(&j->known, id_hash(queue_id));
         table_at(&j->known, &p, &at); table_step(&j->known, &p))
        if (slice_eq(j->ids[at], queue_id))
            return true;
    return false;
}

static void take_row(void *ctx, const struct queue_row *row)
{
    struct job *j = ctx;

    if (slice_eq(row->queue, SLICE("hold")) || /* whoever put it there lets it go */
        !box_may_hold(j->d->box, j->work.incident, row->id))
        return;
    table_add(&j->known, id_hash(row->id), (uint32_t)j->n);
    job_add_id(j, row->id);
}

/* What became of those that were to be held. */
static void check_row(void *ctx, const struct queue_row *row)
{
    struct job *j = ctx;

    if (!asked_for(j, row->id))
        return;
    if (!slice_eq(row->queue, SLICE("hold"))) {
        j->missed++;
        return;
    }
    if (row->todo_n == 0) { /* it was delivered meanwhile: an empty envelope is left */
        j->ghosts = job_grow(j, j->ghosts, j->ghosts_n++, &j->ghosts_room, row->id);
        return;
    }
    j->messages++;
    j->recipients += row->todo_n;
    box_found_held(j->d->box, j->work.incident, row->id, row->arrival, row->todo_n, row->size,
                   row->sender);
}

static void checked(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;
    const struct box_incident *i = box_find(j->d->box, j->work.incident);
    struct helper_result again = *r;
    struct buf words = buf_make(BOX_WHY);

    daemon_clock(j->d);
    if (r->status == 0 && i != NULL)
        detect_queue_held(j->d->detect, i->fuse, j->messages, j->recipients, j->d->now);
    if (j->messages > 0) /* what was under way is delivered by then */
        j->d->look_again.ms = j->d->now.ms + LOOK_AGAIN_MS;
    for (size_t k = 0; k < j->ghosts_n; k++)
        ghosts_add(j->d, j->ghosts[k]);
    if (r->status == 0 && j->missed > 0) {
        buf_printf(&words, "%u are being delivered", j->missed);
        again.status = -EBUSY;
        again.output = buf_slice(&words);
    }
    job_finished(j, &again);
    buf_done(&words);
}

static void held(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;
    const struct box_incident *i = box_find(j->d->box, j->work.incident);

    if (r->status != 0 || i == NULL)
        job_finished(j, r);
    else
        (void)helper_queue_list(j->d->helper, i->subject.name, true, check_row, checked, j);
}

static void listed(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;

    if (r->status != 0 || j->n == 0)
        job_finished(j, r);
    else
        (void)helper_queue(j->d->helper, HELPER_HOLD, j->ids, j->n, held, j);
}

void hold_queue(struct job *j)
{
    const struct box_incident *i = box_find(j->d->box, j->work.incident);
    struct helper_result nothing = { .fd = -1 };

    if (i == NULL)
        job_finished(j, &nothing);
    else
        (void)helper_queue_list(j->d->helper, i->subject.name, false, take_row, listed, j);
}
