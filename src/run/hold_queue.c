/* hold_queue.c - hold mail that Postfix has taken already. What an account has in the queue is
 * listed first, and is to be held from then on: only when that is on disk it is put on hold, so
 * that a crash leaves no message on hold of which nobody knows. Then it is looked up what became of
 * each: what was being delivered at that moment cannot be held and is tried again, what has left is
 * told of as sent. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "run/job.h"

#include "base/ban.h"

enum { LOOK_AGAIN_MS = 5 * SECOND_MS, LOOK_UNTIL_MS = MINUTE_MS };

/* ---- BOX_HOLD_QUEUE */

/* The list is of one account, or, of a host, of all: then it is one without login. */
static bool is_of(const struct job *j, const struct queue_row *row)
{
    const struct box_incident *i = box_find(j->d->box, j->work.incident);
    char text[IP_TEXT_MAX];
    struct ip client;

    if (i == NULL || i->subject.kind == SUBJECT_ACCOUNT)
        return i != NULL;
    return row->login.n == 0 && ip_parse(row->client, &client) &&
           slice_eq(slice_of(ip_text(&client, text)), i->subject.name);
}

static void take_row(void *ctx, const struct queue_row *row)
{
    struct job *j = ctx;

    if (!is_of(j, row) || slice_eq(row->queue, SLICE("hold")) || /* who put it there lets it go */
        !box_may_hold(j->d->box, j->work.incident, row->id))
        return;
    j->messages++;
    j->recipients += row->rcpts_n;
    box_found_queued(j->d->box, j->work.incident, row->id, row->arrival, row->rcpts_n, row->size,
                     row->sender, j->d->now);
}

static void listed(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;
    const struct box_incident *i = box_find(j->d->box, j->work.incident);

    if (r->status == 0 && i != NULL)
        detect_queue_held(j->d->detect, i->fuse, j->messages, j->recipients, j->d->now);
    job_finished(j, r);
}

void hold_queue(struct job *j)
{
    const struct box_incident *i = box_find(j->d->box, j->work.incident);
    struct helper_result nothing = { .fd = -1 };

    if (i == NULL)
        job_finished(j, &nothing);
    else
        (void)helper_queue_list(j->d->helper, job_login(j), false, take_row, listed, j);
}

/* ---- BOX_HOLD_MAIL */

static void check_row(void *ctx, const struct queue_row *row)
{
    struct job *j = ctx;
    size_t at = job_find_id(j, row->id);

    if (at == j->n || j->seen[at])
        return;
    if (!slice_eq(row->queue, SLICE("hold"))) {
        j->seen[at] = true;
        j->missed++;
    } else if (row->todo_n == 0) { /* it was delivered meanwhile: an empty envelope is left */
        job_add_ghost(j, row->id);
    } else {
        j->seen[at] = true;
        j->d->put_on_hold++;
        box_was_held(j->d->box, row->id, row->todo_n);
    }
}

static void checked(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;
    struct helper_result again = *r;
    struct buf words = buf_make(BOX_WHY);

    daemon_clock(j->d);
    for (size_t k = 0; r->status == 0 && k < j->n; k++)
        if (!j->seen[k])
            box_had_left(j->d->box, j->ids[k]);
    if (j->n > 0) { /* what was under way is delivered by then */
        j->d->look_again.ms = j->d->now.ms + LOOK_AGAIN_MS;
        j->d->look_until.ms = j->d->now.ms + LOOK_UNTIL_MS;
    }
    for (size_t k = 0; k < j->ghosts_n; k++)
        ghosts_add(j->d, j->ghosts[k], GHOSTS_AFTER_MS);
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

    if (r->status != 0)
        job_finished(j, r);
    else
        (void)helper_queue_list(j->d->helper, job_login(j), true, check_row, checked, j);
}

void hold_mail(struct job *j)
{
    if (!job_take_ids(j))
        return;
    j->seen = memory_new(j->n, sizeof *j->seen);
    (void)helper_queue(j->d->helper, HELPER_HOLD, j->ids, j->n, held, j);
}
