/* tasks.c - what has to be done in the world, until it is done. */
#include "box/work.h"

#include <stdlib.h>

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

bool task_open(const struct box_task *t)
{
    return t->progress == BOX_PENDING || t->progress == BOX_RUNNING;
}

void task_ask(struct box *b, struct box_incident *i, enum box_step step, struct wall at)
{
    struct box_task *t = &i->tasks[step];
    int64_t soon = at.ms + FIRST_WAIT_MS;

    if (t->progress == BOX_RUNNING) {
        t->again = true;
    } else if (t->progress == BOX_PENDING && t->tries > 0) {
        t->next.ms = t->next.ms < soon ? t->next.ms : soon; /* it is in trouble: not at once */
    } else {
        b->pending += t->progress != BOX_PENDING;
        *t = (struct box_task){ .progress = BOX_PENDING, .at = at, .next = at };
        incident_sort_in(b, i);
    }
    incident_keep(b, i);
    t->version = i->version;
}

void task_drop(struct box *b, struct box_incident *i, enum box_step step)
{
    struct box_task *t = &i->tasks[step];

    t->again = false;
    if (t->progress != BOX_PENDING)
        return;
    b->pending--;
    *t = (struct box_task){ .progress = BOX_NOTHING };
    incident_sort_in(b, i);
}

/* Another step is running that must not be overtaken. */
static bool in_the_way(const struct box *b, const struct box_incident *i, int step)
{
    if (step == BOX_LOCK_FILES)
        return b->files > 0;
    for (int s = BOX_HOLD_QUEUE; step >= BOX_HOLD_QUEUE && s < BOX_STEPS; s++)
        if (i->tasks[s].progress == BOX_RUNNING)
            return true;
    return false;
}

static bool due(const struct box *b, const struct box_incident *i, int step, struct wall at)
{
    const struct box_task *t = &i->tasks[step];
    bool soon = t->next.ms <= at.ms || t->next.ms > at.ms + LONGEST_WAIT_MS; /* clock set back */

    return t->progress == BOX_PENDING && soon && i->stored >= t->version && !in_the_way(b, i, step);
}

/* What a step does with the messages it is about. */
static const struct move {
    enum box_holding from, to;
} moves[BOX_STEPS] = {
    [BOX_HOLD_MAIL] = { BOX_TO_HOLD, BOX_IS_HELD },
    [BOX_RELEASE] = { BOX_TO_RELEASE, BOX_GONE },
    [BOX_PURGE] = { BOX_TO_PURGE, BOX_GONE },
};

static void run(struct box *b, struct box_incident *i, enum box_step step)
{
    bool moves_mail = moves[step].from != moves[step].to;
    struct box_message **all;
    size_t n = 0;

    i->tasks[step].progress = BOX_RUNNING;
    b->pending--;
    b->files += step == BOX_LOCK_FILES;
    all = moves_mail ? mail_gather(b, i, moves[step].from, &n) : NULL;
    for (size_t k = 0; k < n; k++)
        all[k]->under_way = true;
    free(all);
}

/* The files are written for everybody who waits for them. */
static void run_files(struct box *b)
{
    for (uint32_t k = 0; k < b->lists[BOX_BUSY].n; k++) {
        struct box_incident *i = b->lists[BOX_BUSY].all[k];
        const struct box_task *t = &i->tasks[BOX_LOCK_FILES];

        if (t->progress == BOX_PENDING && i->stored >= t->version)
            run(b, i, BOX_LOCK_FILES);
    }
}

bool box_next_work(struct box *b, struct wall at, struct box_work *out)
{
    const struct incident_list *busy = &b->lists[BOX_BUSY];

    for (uint32_t n = 0; b->pending > 0 && n < busy->n; n++) {
        uint32_t k = (b->busy_next + n) % busy->n; /* everybody in turn */
        struct box_incident *i = busy->all[k];

        for (int s = 0; s < BOX_STEPS; s++) {
            if (!due(b, i, s, at))
                continue;
            if (s == BOX_LOCK_FILES)
                run_files(b);
            else
                run(b, i, (enum box_step)s);
            b->busy_next = k;
            *out = (struct box_work){ i->number, (enum box_step)s };
            return true;
        }
    }
    return false;
}

struct wall box_work_at(const struct box *b)
{
    const struct incident_list *busy = &b->lists[BOX_BUSY];
    struct wall first = { 0 };

    for (uint32_t k = 0; b->pending > 0 && k < busy->n; k++)
        for (int s = 0; s < BOX_STEPS; s++) {
            const struct box_task *t = &busy->all[k]->tasks[s];

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
    bool wanted = step != BOX_HOLD_QUEUE || !incident_ended(i);

    b->files -= step == BOX_LOCK_FILES;
    t->progress = (why.n > 0 || t->again) && wanted ? BOX_PENDING : BOX_DONE;
    b->pending += t->progress == BOX_PENDING;
    t->next = at;
    if (why.n > 0) {
        try_later(t, why, at);
    } else {
        t->at = at;
        t->tries = 0;
        t->why[0] = '\0';
    }
    t->again = false;
    if (why.n == 0 || first_trouble)
        tell(b, i, step, why, at);
    incident_sort_in(b, i);
    incident_keep(b, i);
}

/* The messages that a step was about are where it put them. */
/* True when some of them were the engine's choice, and nobody's. */
static bool settle(struct box *b, const struct box_incident *i, enum box_step step)
{
    bool moves_mail = moves[step].from != moves[step].to;
    bool engine_s = false;
    size_t n = 0;
    struct box_message **all = moves_mail ? mail_gather(b, i, moves[step].from, &n) : NULL;

    for (size_t k = 0; k < n; k++) {
        if (!all[k]->under_way)
            continue;
        engine_s = engine_s || !all[k]->by_hand;
        mail_set(b, all[k], moves[step].to);
    }
    free(all);
    return engine_s;
}

void box_work_done(struct box *b, const struct box_work *w, struct slice why, struct wall at)
{
    struct box_incident *i = box_find(b, w->incident);
    struct wall oldest;
    bool engine_s = false;

    if (i == NULL || i->tasks[w->step].progress != BOX_RUNNING)
        return;
    if (why.n == 0)
        engine_s = settle(b, i, w->step);
    finish(b, i, w->step, why, at);
    if (w->step == BOX_RELEASE && i->state == BOX_LOCKED && engine_s &&
        kind_has_queue(i->subject.kind))
        task_ask(b, i, BOX_HOLD_QUEUE, at); /* it was locked meanwhile: back with it */
    if (i->state == BOX_CLEARED)            /* meanwhile: what it has put on hold leaves */
        (void)mail_let_go(b, i, UINT32_MAX, false, &oldest, at);
}

void box_locks_written(struct box *b, struct slice why, struct wall at)
{
    for (uint32_t k = b->lists[BOX_BUSY].n; k-- > 0;) { /* each may leave the list */
        struct box_incident *i = b->lists[BOX_BUSY].all[k];

        if (i->tasks[BOX_LOCK_FILES].progress == BOX_RUNNING)
            finish(b, i, BOX_LOCK_FILES, why, at);
    }
}

uint32_t box_work_ids(const struct box *b, const struct box_work *w, box_each_id *each, void *ctx)
{
    const struct box_incident *i = box_find(b, w->incident);
    bool moves_mail = i != NULL && moves[w->step].from != moves[w->step].to;
    size_t all_n = 0;
    struct box_message **all = moves_mail ? mail_gather(b, i, moves[w->step].from, &all_n) : NULL;
    uint32_t n = 0;

    for (size_t k = 0; k < all_n; k++) {
        if (!all[k]->under_way)
            continue;
        each(ctx, (struct slice){ all[k]->queue_id, all[k]->queue_id_n });
        n++;
    }
    free(all);
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
    for (uint32_t k = 0; k < b->lists[BOX_LIVE].n; k++) {
        const struct box_incident *i = b->lists[BOX_LIVE].all[k];

        if (kind_has_file(i->subject.kind) && incident_locked(i) &&
            i->stored >= i->own.locked_version)
            each(ctx, &i->subject, i->number, i->state == BOX_WAITING);
    }
}
