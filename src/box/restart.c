/* restart.c - as it was before the restart: what was kept of the incidents is right; the engine,
 * whose copy may be older or younger, is brought to agree. */
#include "base/memory.h"
#include "box/private.h"

#include "base/ban.h"

void box_load_incident(struct box *b, const struct box_incident *from)
{
    struct box_incident *i = memory_new(1, sizeof *i);

    *i = *from;
    i->stored = i->version;
    i->dirty = false;
    i->by = arena_copy(&b->strings, from->by);
    i->held = (struct box_amount){ 0 }; /* the messages tell */
    i->subject = detect_subject(b->detect, i->fuse);
    incident_append(b, i);
    box_numbers_taken(b, i->number);
    if (i->passwords[0] != 0)
        box_flag(b, i->fuse, FLAG_STOLEN, true);
}

/* Not agreed on: the engine is where it was when the incident was kept. */
static void agree(struct box *b, struct box_incident *i, struct wall at)
{
    bool locked = incident_locked(i) || i->would_lock;
    struct detect_past past = { .stage = locked ? STAGE_LOCK : STAGE_HOLD,
                                .since = i->since,
                                .held_from = i->held_from,
                                .locked = locked ? i->locked : (struct wall){ 0 },
                                .evidence = i->evidence };

    if (i->state == BOX_WATCHED || i->by_hand)
        return;
    if (detect_stage(b->detect, i->fuse) != past.stage)
        detect_restore(b->detect, i->fuse, &past, at);
    mail_tell_engine(b, i);
}

/* True when its last incident was ended after the last copy of the engine. */
static bool is_ended(const struct box *b, uint32_t fuse)
{
    const struct incident *engine = detect_open_incident(b->detect, fuse);
    const struct box_incident *i = incident_last(b, fuse);

    if (i == NULL || engine == NULL ||
        (i->ended.ms < engine->since.ms && i->since.ms != engine->since.ms))
        return false;
    return i->state == BOX_CLOSED || detect_stage(b->detect, fuse) != STAGE_OBSERVE;
}

/* The engine suspects, holds or locks somebody who has no open incident. */
static void take_up(struct box *b, uint32_t fuse, struct wall at)
{
    struct verdict v = { .fuse = fuse,
                         .stage = detect_stage(b->detect, fuse),
                         .suspicion_began = true };
    struct event e = { .type = EVENT_LOGIN, .at = at };

    if (is_ended(b, fuse))
        detect_reset(b->detect, fuse);
    else
        (void)box_verdict(b, &e, &v, false);
}

/* A step that was under way may or may not have been done. Plain files are written in any case:
 * others may have written them without a change that was not on disk yet. */
static bool must_be_done(const struct box_incident *i, enum box_step step)
{
    static const enum box_holding waiting[BOX_STEPS] = {
        [BOX_HOLD_MAIL] = BOX_TO_HOLD, [BOX_RELEASE] = BOX_TO_RELEASE, [BOX_PURGE] = BOX_TO_PURGE
    };

    if (task_open(&i->tasks[step]))
        return step != BOX_HOLD_QUEUE || !incident_ended(i);
    if (step == BOX_LOCK_FILES)
        return kind_has_file(i->subject.kind) && incident_locked(i);
    return waiting[step] != BOX_IS_HELD && i->own.in[waiting[step]].messages > 0;
}

static void begin_anew(struct box *b, struct box_incident *i, struct wall at)
{
    for (int s = 0; s < BOX_STEPS; s++) {
        struct box_task *t = &i->tasks[s];

        if (!must_be_done(i, (enum box_step)s)) {
            t->progress = task_open(t) ? BOX_DONE : t->progress;
            continue;
        }
        if (!task_open(t))
            *t = (struct box_task){ .at = at };
        t->progress = BOX_PENDING;
        t->again = false;
        t->next = at;
        t->version = 0;
        b->pending++;
    }
    incident_sort_in(b, i);
}

void box_loaded(struct box *b, struct wall at)
{
    uint32_t fuses = detect_count(b->detect);

    mail_loaded(b);
    for (uint32_t k = 0; k < b->lists[BOX_ALL].n; k++)
        begin_anew(b, b->lists[BOX_ALL].all[k], at);
    for (uint32_t k = b->lists[BOX_LIVE].n; k-- > 0;) {
        struct box_incident *i = b->lists[BOX_LIVE].all[k];

        if (b->enforcing && i->state == BOX_OBSERVED)
            incident_unobserve(b, i, at);
        else
            agree(b, i, at);
    }
    for (uint32_t f = 0; f < fuses; f++)
        if (detect_open_incident(b->detect, f) != NULL && box_open(b, f) == NULL)
            take_up(b, f, at);
    incidents_trim(b);
}
