/* purge.c - delete held messages. Only what is on hold is deleted, for what is being delivered goes
 * out all the same: so all is put on hold first. Then the envelopes are read and go to the journal,
 * so that what is gone can be told of later; and when it is deleted it is looked for once more. */
#include <errno.h>

#include "base/memory.h"
#include "run/job.h"

#include "base/ban.h"

enum { DETAIL_MAX = 1200, RECIPIENTS_ROOM = DETAIL_MAX - 100 };

/* Where a message is. */
enum { NOT_SEEN, ON_HOLD, ELSEWHERE, STILL_THERE };

/* As many recipients as a line of the journal takes. */
static void add_recipients(struct buf *words, const struct queue_row *row)
{
    struct slice rest = row->rcpts, one;
    uint32_t told = 0;

    while (slice_cut(&rest, '\0', &one) && words->n + one.n < RECIPIENTS_ROOM) {
        buf_add(words, told++ > 0 ? SLICE(", ") : SLICE(""));
        buf_add(words, one);
    }
    if (told < row->rcpts_n)
        buf_printf(words, "%s%u%s", told > 0 ? " and " : "", row->rcpts_n - told,
                   told > 0 ? " more" : " recipients");
}

static void note(struct job *j, const struct queue_row *row)
{
    const struct box_incident *i = box_find(j->d->box, j->work.incident);
    struct buf words = buf_make(DETAIL_MAX);

    if (i != NULL && box_purge_noted(j->d->box, row->id)) {
        buf_add(&words, row->id);
        buf_add(&words, SLICE(" from <"));
        buf_add(&words, row->sender);
        buf_printf(&words, ">, %llu bytes, to ", (unsigned long long)row->size);
        add_recipients(&words, row);
        keep_note(j->d, i->number, SLICE("mailfuse"), i->subject.name, "purged-message",
                  buf_slice(&words));
    }
    buf_done(&words);
}

static void note_row(void *ctx, const struct queue_row *row)
{
    struct job *j = ctx;
    size_t at = job_find_id(j, row->id);

    if (at == j->n)
        return;
    j->where[at] = slice_eq(row->queue, SLICE("hold")) ? ON_HOLD : ELSEWHERE;
    if (j->where[at] == ON_HOLD)
        note(j, row);
}

static void left_row(void *ctx, const struct queue_row *row)
{
    struct job *j = ctx;
    size_t at = job_find_id(j, row->id);

    if (at < j->n)
        j->where[at] = STILL_THERE;
}

static void looked(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;
    struct helper_result again = *r;
    struct buf words = buf_make(BOX_WHY);

    daemon_clock(j->d);
    for (size_t k = 0; r->status == 0 && k < j->n; k++)
        if (j->where[k] == STILL_THERE || (j->where[k] == NOT_SEEN && job_is_young(j, k)))
            j->missed++;
        else if (j->where[k] == ELSEWHERE)
            box_had_left(j->d->box, j->ids[k]);
    if (j->missed > 0) {
        buf_printf(&words, "%u are being delivered, or not on hold yet", j->missed);
        again.status = -EBUSY;
        again.output = buf_slice(&words);
    }
    job_finished(j, &again);
    buf_done(&words);
}

static void deleted(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;

    if (r->status != 0)
        job_finished(j, r);
    else
        (void)helper_queue_list(j->d->helper, job_login(j), false, left_row, looked, j);
}

void purge_look(struct daemon *d)
{
    for (struct job **at = &d->purges; *at != NULL && !d->stopping;) {
        struct job *j = *at;

        if (d->keep.written < j->noted) {
            at = &j->next;
            continue;
        }
        *at = j->next;
        (void)helper_queue(d->helper, HELPER_DELETE, j->ids, j->n, deleted, j);
    }
}

void purge_forget(struct daemon *d)
{
    while (d->purges != NULL) {
        struct job *j = d->purges;

        d->purges = j->next;
        job_free(j);
    }
}

/* Not before the journal is on disk: of what is gone nothing else tells. */
static void noted(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;

    if (r->status != 0) {
        job_finished(j, r);
        return;
    }
    j->noted = keep_told(j->d);
    j->next = j->d->purges;
    j->d->purges = j;
    purge_look(j->d);
}

static void held(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;

    if (r->status != 0)
        job_finished(j, r);
    else
        (void)helper_queue_list(j->d->helper, job_login(j), true, note_row, noted, j);
}

void purge_held(struct job *j)
{
    if (!job_take_ids(j))
        return;
    j->where = memory_new(j->n, sizeof *j->where);
    (void)helper_queue(j->d->helper, HELPER_HOLD, j->ids, j->n, held, j);
}
