/* work.c - what the box wants done in the world, through the helper. */
#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/memory.h"
#include "run/daemon.h"

#include "base/ban.h"

/* One step on its way. */
struct job {
    struct daemon *d;
    struct box_work work;
    struct wall begun;
    struct arena arena;            /* what the request is made of, until it is answered */
    uint32_t messages, recipients; /* found in the queue */
    struct slice *ids;
    size_t n, room;
};

static struct job *job_new(struct daemon *d, const struct box_work *w)
{
    struct job *j = memory_new(1, sizeof *j);

    *j = (struct job){ .d = d, .work = *w, .begun = d->now };
    return j;
}

static void job_free(struct job *j)
{
    arena_done(&j->arena);
    free(j->ids);
    free(j);
}

/* Why it failed, in a sentence; empty when it went well. */
static void why_of(const struct helper_result *r, struct buf *why)
{
    if (r->status == 0)
        return;
    if (r->output.n > 0)
        buf_add(why, slice_head(r->output, BOX_WHY - 1));
    else if (r->status < 0)
        buf_add(why, slice_of(strerror(-r->status)));
    else
        buf_printf(why, "ended with status %d", r->status);
}

static void finished(struct job *j, const struct helper_result *r)
{
    struct buf why = buf_make(BOX_WHY);
    struct daemon *d = j->d;

    daemon_clock(d);
    why_of(r, &why);
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
    finished(ctx, r);
}

static void add_id(void *ctx, struct slice queue_id)
{
    struct job *j = ctx;

    if (j->n == j->room) {
        j->room = j->room > 0 ? 2 * j->room : 64;
        j->ids = memory_resize(j->ids, j->room, sizeof *j->ids);
    }
    j->ids[j->n++] = arena_copy(&j->arena, queue_id);
}

/* Hold, release or delete the messages of a step. */
static void send_ids(struct job *j)
{
    static const enum helper_op ops[BOX_STEPS] = {
        [BOX_HOLD_MAIL] = HELPER_HOLD,
        [BOX_HOLD_QUEUE] = HELPER_HOLD,
        [BOX_RELEASE] = HELPER_RELEASE,
        [BOX_PURGE] = HELPER_DELETE,
    };
    struct helper_result nothing = { .fd = -1 };

    if (j->n == 0)
        finished(j, &nothing);
    else
        (void)helper_queue(j->d->helper, ops[j->work.step], j->ids, j->n, simple_done, j);
}

/* A message of the account in the queue, on hold already or not. */
static void take_row(void *ctx, const struct queue_row *row)
{
    struct job *j = ctx;
    struct daemon *d = j->d;
    const struct box_incident *i = box_find(d->box, j->work.incident);

    if (i == NULL || slice_eq(row->queue, SLICE("hold")))
        return; /* whoever put it there lets it go */
    add_id(j, row->id);
    j->messages++;
    j->recipients += row->rcpts_n;
    box_found_held(d->box, j->work.incident, row->id, row->arrival, row->rcpts_n, row->size,
                   row->sender);
}

static void queue_held(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;
    const struct box_incident *i = box_find(j->d->box, j->work.incident);

    if (r->status == 0 && i != NULL)
        detect_queue_held(j->d->detect, i->fuse, j->messages, j->recipients, j->d->now);
    finished(j, r);
}

static void queue_listed(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;

    if (r->status != 0 || j->n == 0)
        finished(j, r);
    else
        (void)helper_queue(j->d->helper, HELPER_HOLD, j->ids, j->n, queue_held, j);
}

/* ---- the plain files, of all locks at once */

struct lock_list {
    struct daemon *d;
    struct arena arena;
    struct helper_lock *locks;
    size_t n, room;
};

static void add_lock(void *ctx, const struct subject *s, uint32_t incident, bool waiting)
{
    struct lock_list *l = ctx;
    struct buf reply = buf_make(CONF_REPLY_FULL_MAX + 16);

    buf_add(&reply, SLICE("421 4.7.1 "));
    conf_reply_add(&reply, &l->d->conf->daemon, CONF_REPLY_LOCKED, incident, s->name);
    if (l->n == l->room) {
        l->room = l->room > 0 ? 2 * l->room : 16;
        l->locks = memory_resize(l->locks, l->room, sizeof *l->locks);
    }
    l->locks[l->n++] = (struct helper_lock){ .account = arena_copy(&l->arena, s->name),
                                             .reply = arena_copy(&l->arena, buf_slice(&reply)),
                                             .mail_only = waiting };
    buf_done(&reply);
}

static void files_written(void *ctx, const struct helper_result *r)
{
    struct job *j = ctx;
    struct daemon *d = j->d;
    struct buf why = buf_make(BOX_WHY);

    daemon_clock(d);
    d->files_running = false;
    why_of(r, &why);
    box_locks_written(d->box, j->begun, buf_slice(&why), d->now);
    buf_clear(&d->files_trouble);
    buf_add(&d->files_trouble, buf_slice(&why));
    if (why.n > 0)
        daemon_say(d, LOG_ERR, "the lock files cannot be written: %.*s",
                   SLICE_ARG(buf_slice(&why)));
    buf_done(&why);
    job_free(j);
    control_look(d);
    work_look(d);
}

static void write_files(struct job *j)
{
    struct lock_list l = { .d = j->d };

    box_locks(j->d->box, add_lock, &l);
    if (j->d->conf->daemon.lock_logins == CONF_LOCK_SUBMISSION)
        for (size_t i = 0; i < l.n; i++)
            l.locks[i].mail_only = true;
    j->d->files_running = true;
    (void)helper_lock_files(j->d->helper, l.locks, l.n, files_written, j);
    free(l.locks);
    arena_done(&l.arena);
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
        write_files(j);
        return;
    case BOX_KICK:
    case BOX_FLUSH:
        if (d->conf->daemon.dovecot_config[0] == '\0')
            finished(j, &nothing); /* there is no Dovecot */
        else if (w->step == BOX_KICK)
            (void)helper_kick(d->helper, i->subject.name, simple_done, j);
        else
            (void)helper_flush(d->helper, i->subject.name, simple_done, j);
        return;
    case BOX_HOLD_QUEUE:
        (void)helper_queue_list(d->helper, i->subject.name, false, take_row, queue_listed, j);
        return;
    case BOX_HOLD_MAIL:
    case BOX_RELEASE:
    case BOX_PURGE:
        (void)box_work_ids(d->box, w, add_id, j);
        send_ids(j);
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
