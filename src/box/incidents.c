/* incidents.c - from the first suspicion to the end. */
#include <stdlib.h>

#include "base/memory.h"
#include "box/private.h"
#include "box/work.h"

#include "base/ban.h"

static const char *const state_names[] = {
    [BOX_WATCHED] = "watched", [BOX_OBSERVED] = "observed", [BOX_HELD] = "held",
    [BOX_LOCKED] = "locked",   [BOX_WAITING] = "waiting",   [BOX_CLEARED] = "cleared",
    [BOX_CLOSED] = "closed",
};

const char *box_state_name(enum box_state state)
{
    return state_names[state];
}

struct box_incident *incident_new(struct box *b, uint32_t fuse, struct wall since)
{
    struct box_incident *i = memory_new(1, sizeof *i);

    i->fuse = fuse;
    i->subject = detect_subject(b->detect, fuse); /* its name lives as long as the engine */
    i->since = since;
    if (b->keeper.before != NULL)
        b->keeper.before(b->keeper.ctx, i);
    incident_append(b, i);
    return i;
}

static void give_number(struct box *b, struct box_incident *i)
{
    if (i->number != 0)
        return;
    i->number = b->next_number++;
    table_add(&b->by_number, hash_u64(i->number), i->own.place[BOX_ALL]);
}

void incident_keep(struct box *b, struct box_incident *i)
{
    i->dirty = false;
    if (i->number == 0)
        return;
    i->version++;
    b->keeper.incident(b->keeper.ctx, i);
}

void incident_peak(struct box *b, struct box_incident *i)
{
    const struct incident *engine = detect_open_incident(b->detect, i->fuse);

    if (engine == NULL || engine->score <= i->score)
        return;
    i->score = engine->score;
    memcpy(i->evidence, engine->at_peak, sizeof i->evidence);
    i->dirty = true;
}

/* What was to be held is not, and what was let go need not be known. */
static void end(struct box *b, struct box_incident *i, struct wall at)
{
    i->ended = at;
    task_drop(b, i, BOX_HOLD_QUEUE);
    if (i->own.in[BOX_TO_HOLD].messages == 0)
        task_drop(b, i, BOX_HOLD_MAIL);
    mail_forget(b, i);
}

void incident_become(struct box *b, struct box_incident *i, enum box_state state, struct wall at)
{
    bool was_ended = incident_ended(i);

    i->state = state;
    give_number(b, i);
    if (incident_ended(i) && !was_ended)
        end(b, i, at);
    incident_sort_in(b, i);
    incident_keep(b, i);
}

/* Those in use lately; what was known when it was locked before stays known. */
static void take_passwords(struct box *b, struct box_incident *i, bool was_locked)
{
    const uint16_t *lately;

    box_know(b, i->fuse);
    lately = b->passwords[i->fuse];
    if (lately[0] != 0 && !(was_locked && i->passwords[0] != 0))
        memcpy(i->passwords, lately, sizeof i->passwords);
    box_flag(b, i->fuse, FLAG_STOLEN, i->passwords[0] != 0 || box_has(b, i->fuse, FLAG_STOLEN));
}

/* What the engine was about to let go stays, unless that is under way. It may never have been put
 * on hold. */
static void keep_back(struct box *b, struct box_incident *i, struct wall at)
{
    size_t n;
    struct box_message **all = mail_gather(b, i, BOX_TO_RELEASE, &n);
    bool some = false;

    for (size_t k = 0; k < n; k++)
        if (!all[k]->by_hand && !all[k]->under_way) {
            mail_set(b, all[k], BOX_TO_HOLD);
            some = true;
        }
    free(all);
    if (some)
        task_ask(b, i, BOX_HOLD_MAIL, at);
}

void incident_lock(struct box *b, struct box_incident *i, struct wall at)
{
    bool account = i->subject.kind == SUBJECT_ACCOUNT, was_locked = incident_locked(i);

    i->locked = at;
    i->would_lock = false;
    if (i->held_from.ms == 0)
        i->held_from = at;
    take_passwords(b, i, was_locked);
    incident_become(b, i, BOX_LOCKED, at);
    keep_back(b, i, at);
    if (!was_locked)
        i->own.locked_version = i->version;
    if (kind_has_file(i->subject.kind))
        task_ask(b, i, BOX_LOCK_FILES, at);
    for (int s = BOX_KICK; account && s <= BOX_FLUSH; s++)
        task_ask(b, i, (enum box_step)s, at);
    if (kind_has_queue(i->subject.kind))
        task_ask(b, i, BOX_HOLD_QUEUE, at);
}

void incident_close(struct box *b, struct box_incident *i, struct wall at)
{
    bool locked = incident_locked(i);

    detect_reset(b->detect, i->fuse);
    incident_become(b, i, BOX_CLOSED, at);
    if (locked && kind_has_file(i->subject.kind))
        task_ask(b, i, BOX_LOCK_FILES, at);
    if (locked && i->subject.kind == SUBJECT_ACCOUNT)
        task_ask(b, i, BOX_FLUSH, at);
}
