/* purge.c - delete held messages: first their envelopes are read and go to the journal, so that
 * what is gone can be told of later. */
#include "run/job.h"

#include "base/ban.h"

enum { DETAIL_MAX = 1200, RECIPIENTS_ROOM = DETAIL_MAX - 100 };

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

static void note_row(void *ctx, const struct queue_row *row)
{
    struct job *j = ctx;
    const struct box_incident *i = box_find(j->d->box, j->work.incident);
    struct buf words = buf_make(DETAIL_MAX);

    if (job_find_id(j, row->id) < j->n && i != NULL && i->tasks[BOX_PURGE].tries == 0) {
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

static void deleted(void *ctx, const struct helper_result *r)
{
    job_finished(ctx, r);
}

static void noted(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;

    if (r->status != 0)
        job_finished(j, r);
    else
        (void)helper_queue(j->d->helper, HELPER_DELETE, j->ids, j->n, deleted, j);
}

void purge_held(struct job *j)
{
    if (job_take_ids(j))
        (void)helper_queue_list(j->d->helper, job_login(j), true, note_row, noted, j);
}
