/* tasks.c - what has to be done in the world, until it is done. */
#include "box/work.h"

#include "base/buf.h"
#include "box/private.h"

#include "base/ban.h"

enum { FIRST_WAIT_MS = SECOND_MS, LONGEST_WAIT_MS = MINUTE_MS };

static const char *const step_names[] = {
    [BOX_LOCK_FILES] = "write the lock files",
    [BOX_KICK] = "end its mailbox sessions",
    [BOX_FLUSH] = "forget its password in Dovecot's cache",
    [BOX_HOLD_QUEUE] = "hold its mail in the queue",
    [BOX_HOLD_MAIL] = "hold messages that came past the policy service",
    [BOX_RELEASE] = "release held mail",
    [BOX_PURGE] = "delete held mail",
};

const char *box_step_name(enum box_step step)
{
    return step_names[step];
}

void task_ask(struct box *b, struct box_incident *i, enum box_step step, struct wall at)
{
    struct box_task *t = &i->tasks[step];

    if (t->progress == BOX_RUNNING) {
        t->again = true;
        return;
    }
    b->pending += t->progress != BOX_PENDING;
    *t = (struct box_task){ .progress = BOX_PENDING, .at = at, .next = at };
    incident_keep(b, i);
    t->version = i->version;
}

static bool due(const struct box_incident *i, const struct box_task *t, struct wall at)
{
    bool soon = t->next.ms <= at.ms || t->next.ms > at.ms + LONGEST_WAIT_MS; /* clock set back */

    return t->progress == BOX_PENDING && soon && i->stored >= t->version;
}

bool box_next_work(struct box *b, struct wall at, struct box_work *out)
{
    if (b->pending == 0)
        return false;
    for (uint32_t k = 0; k < b->incidents_n; k++) {
        struct box_incident *i = b->incidents[k];

        for (int s = 0; s < BOX_STEPS; s++) {
            if (!due(i, &i->tasks[s], at))
                continue;
            i->tasks[s].progress = BOX_RUNNING;
            b->pending--;
            *out = (struct box_work){ i->number, (enum box_step)s };
            return true;
        }
    }
    return false;
}

struct wall box_work_at(const struct box *b)
{
    struct wall first = { 0 };

    for (uint32_t k = 0; b->pending > 0 && k < b->incidents_n; k++)
        for (int s = 0; s < BOX_STEPS; s++) {
            const struct box_task *t = &b->incidents[k]->tasks[s];

            if (t->progress == BOX_PENDING && (first.ms == 0 || t->next.ms < first.ms))
                first = t->next;
        }
    return first;
}

static void try_later(struct box_task *t, struct slice why, struct wall at)
{
    int64_t wait = FIRST_WAIT_MS;
    size_t n = why.n < sizeof t->why - 1 ? why.n : sizeof t->why - 1;

    for (uint32_t k = 0; k < t->tries && wait < LONGEST_WAIT_MS; k++)
        wait *= 2;
    t->tries += t->tries < UINT32_MAX;
    t->next.ms = at.ms + (wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS);
    memcpy(t->why, why.p, n);
    t->why[n] = '\0';
}

static void tell(struct box *b, const struct box_incident *i, enum box_step step, struct slice why,
                 struct wall at)
{
    struct buf words = buf_make(2 * BOX_WHY);

    buf_printf(&words, "%s: %s", step_names[step], why.n == 0 ? "done" : "not yet: ");
    buf_add(&words, why);
    box_note(b, at, i->number, BY_MAILFUSE, i->subject.name, "action", buf_slice(&words));
    buf_done(&words);
}

static void finish(struct box *b, struct box_incident *i, enum box_step step, struct slice why,
                   struct wall at)
{
    struct box_task *t = &i->tasks[step];
    bool first_trouble = why.n > 0 && t->why[0] == '\0';

    if (t->progress != BOX_RUNNING)
        return;
    t->progress = why.n > 0 || t->again ? BOX_PENDING : BOX_DONE;
    b->pending += t->progress == BOX_PENDING;
    t->next = at;
    if (why.n > 0) {
        try_later(t, why, at);
    } else {
        t->at = at;
        t->why[0] = '\0';
    }
    t->again = false;
    if (why.n == 0 || first_trouble)
        tell(b, i, step, why, at);
    incident_keep(b, i);
}

/* The messages that a step was about are where it put them. */
static void settle(struct box *b, struct box_incident *i, enum box_step step)
{
    static const struct {
        enum box_holding from, to;
    } moves[BOX_STEPS] = {
        [BOX_HOLD_MAIL] = { BOX_TO_HOLD, BOX_IS_HELD },
        [BOX_RELEASE] = { BOX_TO_RELEASE, BOX_GONE },
        [BOX_PURGE] = { BOX_TO_PURGE, BOX_GONE },
    };

    if (moves[step].from == moves[step].to)
        return;
    for (uint32_t k = 0; k < b->messages_n; k++)
        if (b->messages[k].incident == i->number && b->messages[k].holding == moves[step].from)
            mail_set(b, &b->messages[k], moves[step].to);
}

void box_work_done(struct box *b, const struct box_work *w, struct slice why, struct wall at)
{
    struct box_incident *i = box_find(b, w->incident);

    if (i == NULL)
        return;
    if (why.n == 0 && !i->tasks[w->step].again)
        settle(b, i, w->step);
    finish(b, i, w->step, why, at);
}

void box_locks_written(struct box *b, struct wall begun, struct slice why, struct wall at)
{
    for (uint32_t k = 0; k < b->incidents_n; k++) {
        struct box_task *t = &b->incidents[k]->tasks[BOX_LOCK_FILES];

        if (t->progress == BOX_PENDING && why.n == 0 && t->at.ms <= begun.ms) {
            t->progress = BOX_RUNNING; /* this write was for it, too */
            b->pending--;
        }
        finish(b, b->incidents[k], BOX_LOCK_FILES, why, at);
    }
}

uint32_t box_work_ids(const struct box *b, const struct box_work *w, box_each_id *each, void *ctx)
{
    enum box_holding wanted = w->step == BOX_HOLD_MAIL ? BOX_TO_HOLD
                              : w->step == BOX_PURGE   ? BOX_TO_PURGE
                                                       : BOX_TO_RELEASE;
    uint32_t n = 0;

    for (uint32_t k = 0; k < b->messages_n; k++) {
        const struct box_message *m = &b->messages[k];

        if (m->incident != w->incident || m->holding != wanted)
            continue;
        each(ctx, (struct slice){ m->queue_id, m->queue_id_n });
        n++;
    }
    return n;
}

void box_stored(struct box *b, uint32_t incident, uint32_t version)
{
    struct box_incident *i = box_find(b, incident);

    if (i != NULL && version > i->stored)
        i->stored = version;
}

void box_locks(const struct box *b, box_each_lock *each, void *ctx)
{
    for (uint32_t k = 0; k < b->incidents_n; k++) {
        const struct box_incident *i = b->incidents[k];

        if (i->subject.kind == SUBJECT_ACCOUNT &&
            (i->state == BOX_LOCKED || i->state == BOX_WAITING))
            each(ctx, &i->subject, i->number, i->state == BOX_WAITING);
    }
}
