/* work.c - what the box wants done in the world, through the helper. */
#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/memory.h"
#include "run/job.h"

#include "base/ban.h"

struct job *job_new(struct daemon *d, const struct box_work *w)
{
    struct job *j = memory_new(1, sizeof *j);

    *j = (struct job){ .d = d, .work = *w };
    return j;
}

void job_free(struct job *j)
{
    arena_done(&j->arena);
    free(j->ids);
    free(j->seen);
    free(j->where);
    free(j->ghosts);
    table_done(&j->known);
    free(j);
}

/* Why it failed, in a sentence; empty when it went well. */
void job_why(const struct helper_result *r, struct buf *why)
{
    struct slice rest = slice_trim(r->output), line;

    if (r->status == 0)
        return;
    while (rest.n > 0) { /* one line of several */
        if (!slice_cut(&rest, '\n', &line)) {
            line = rest;
            rest.n = 0;
        }
        line = slice_trim(line);
        if (line.n > 0 && why->n > 0)
            buf_add(why, SLICE("; "));
        buf_add(why, line);
    }
    if (why->n == 0 && r->status < 0)
        buf_add(why, slice_of(strerror(-r->status)));
    else if (why->n == 0)
        buf_printf(why, "ended with status %d", r->status);
}

void job_finished(struct job *j, const struct helper_result *r)
{
    struct buf why = buf_make(BOX_WHY);
    struct daemon *d = j->d;

    daemon_clock(d);
    job_why(r, &why);
    box_work_done(d->box, &j->work, buf_slice(&why), d->now);
    if (why.n > 0)
        daemon_say(d, LOG_WARNING, "incident %u: cannot %s: %.*s", j->work.incident,
                   box_step_name(j->work.step), SLICE_ARG(buf_slice(&why)));
    buf_done(&why);
    job_free(j);
    control_look(d);
    work_look(d);
}

static void simple_done(void *ctx, const struct helper_result *r)
{
    job_finished(ctx, r);
}

/* What was not found may be on its way to the hold queue: it is let go once more. */
static void released(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;

    daemon_clock(j->d);
    for (size_t k = 0; r->status == 0 && r->count < j->n && k < j->n; k++)
        if (job_is_young(j, k))
            ghosts_add(j->d, j->ids[k], IN_QUEUE_AFTER_MS);
    job_finished(j, r);
}

static void release_held(struct job *j)
{
    if (job_take_ids(j))
        (void)helper_queue(j->d->helper, HELPER_RELEASE, j->ids, j->n, released, j);
}

static void begin(struct daemon *d, const struct box_work *w)
{
    const struct box_incident *i = box_find(d->box, w->incident);
    struct job *j = job_new(d, w);
    struct helper_result nothing = { .fd = -1 };

    if (i == NULL) {
        job_free(j);
        return;
    }
    switch (w->step) {
    case BOX_LOCK_FILES:
        files_write(d, j);
        return;
    case BOX_KICK:
    case BOX_FLUSH:
        if (d->conf->daemon.dovecot_config[0] == '\0')
            job_finished(j, &nothing); /* there is no Dovecot */
        else if (w->step == BOX_KICK)
            (void)helper_kick(d->helper, i->subject.name, simple_done, j);
        else
            (void)helper_flush(d->helper, i->subject.name, simple_done, j);
        return;
    case BOX_HOLD_QUEUE:
        hold_queue(j);
        return;
    case BOX_PURGE:
        purge_held(j);
        return;
    case BOX_HOLD_MAIL:
        hold_mail(j);
        return;
    case BOX_RELEASE:
        release_held(j);
        return;
    case BOX_STEPS:
        break;
    }
    job_free(j);
}

static void look(evutil_socket_t fd, short what, void *ctx)
{
    struct daemon *d = ctx;
    struct box_work w;

    (void)fd;
    (void)what;
    while (box_next_work(d->box, d->now, &w))
        begin(d, &w);
}

void work_look(struct daemon *d)
{
    if (d->working == NULL)
        d->working = event_new(d->base, -1, 0, look, d);
    event_active(d->working, 0, 0);
}
