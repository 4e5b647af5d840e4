/* admin.c - what people decide. */
#include <stdlib.h>

#include "box/private.h"

#include "base/ban.h"

static void note(struct box *b, const struct box_incident *i, const struct box_decision *by,
                 const char *what)
{
    box_note(b, by->at, i->number, by->who, i->subject.name, what, by->reason);
}

/* Its open incident, a new one if need be; NULL when there are too many accounts. */
static struct box_incident *incident_of(struct box *b, const struct subject *s, struct wall at)
{
    uint32_t fuse = detect_ensure(b->detect, s);
    struct box_incident *i;

    if (fuse == UINT32_MAX)
        return NULL;
    i = box_open(b, fuse);
    return i != NULL ? i : incident_new(b, fuse, at);
}

/* Its open incident in which something was done, or NULL. */
static struct box_incident *acted_on(const struct box *b, const struct subject *s)
{
    uint32_t fuse = detect_find(b->detect, s);
    struct box_incident *i = fuse != UINT32_MAX ? box_open(b, fuse) : NULL;

    return i != NULL && i->state != BOX_WATCHED ? i : NULL;
}

enum box_said box_hold(struct box *b, const struct subject *s, const struct box_decision *by,
                       uint32_t *incident)
{
    struct box_incident *i = incident_of(b, s, by->at);

    if (i == NULL)
        return BOX_TOO_MANY;
    *incident = i->number;
    if (i->state == BOX_LOCKED || i->state == BOX_WAITING || (i->state == BOX_HELD && i->by_hand))
        return BOX_ALREADY;
    i->by_hand = true;
    i->by = arena_copy(&b->strings, by->who);
    i->would_lock = false;
    i->locked = (struct wall){ 0 }; /* it would have been */
    if (i->held_from.ms == 0)
        i->held_from = by->at;
    incident_peak(b, i);
    incident_become(b, i, BOX_HELD, by->at);
    *incident = i->number;
    note(b, i, by, "hold");
    if (kind_has_queue(s->kind))
        task_ask(b, i, BOX_HOLD_QUEUE, by->at);
    return BOX_OK;
}

enum box_said box_lock(struct box *b, const struct subject *s, const struct box_decision *by,
                       uint32_t *incident)
{
    struct box_incident *i = incident_of(b, s, by->at);

    if (i == NULL)
        return BOX_TOO_MANY;
    *incident = i->number;
    if (i->state == BOX_LOCKED)
        return BOX_ALREADY;
    i->by_hand = true;
    i->by = arena_copy(&b->strings, by->who);
    incident_peak(b, i);
    incident_lock(b, i, by->at);
    *incident = i->number;
    note(b, i, by, "lock");
    return BOX_OK;
}

static bool passwords_known(const struct box_incident *i)
{
    for (int k = 0; k < BOX_PASSWORDS; k++)
        if (i->passwords[k] != 0)
            return true;
    return false;
}

enum box_said box_unlock(struct box *b, const struct subject *s, bool force,
                         const struct box_decision *by, uint32_t *incident)
{
    struct box_incident *i = acted_on(b, s);

    if (i == NULL)
        return BOX_NO_SUCH;
    *incident = i->number;
    if (i->state == BOX_WAITING && !force)
        return BOX_ALREADY;
    if (i->state == BOX_LOCKED && s->kind == SUBJECT_ACCOUNT && !force) {
        if (!passwords_known(i))
            return BOX_CANNOT;
        incident_become(b, i, BOX_WAITING, by->at);
        note(b, i, by, "unlock");
        box_note(b, by->at, i->number, BY_MAILFUSE, i->subject.name, "unlock",
                 SLICE("as soon as its password is another one"));
        task_ask(b, i, BOX_LOCK_FILES, by->at);
        task_ask(b, i, BOX_FLUSH, by->at);
        return BOX_OK;
    }
    incident_close(b, i, by->at);
    note(b, i, by, "unlock");
    return BOX_OK;
}

enum box_said box_release_all(struct box *b, uint32_t incident, const struct box_decision *by,
                              uint32_t *n)
{
    struct box_incident *i = box_find(b, incident);
    struct wall oldest;

    *n = 0;
    if (i == NULL)
        return BOX_NO_SUCH;
    *n = mail_let_go(b, i, UINT32_MAX, true, &oldest, by->at);
    if (*n == 0)
        return BOX_ALREADY;
    mail_tell_engine(b, i);
    note(b, i, by, "release");
    return BOX_OK;
}

enum box_said box_release_one(struct box *b, uint32_t incident, struct slice queue_id,
                              const struct box_decision *by)
{
    struct box_message *m = mail_find(b, queue_id);
    struct box_incident *i = m != NULL && m->incident == incident ? box_find(b, m->incident) : NULL;

    if (m == NULL || i == NULL)
        return BOX_NO_SUCH;
    if (m->holding != BOX_IS_HELD && m->holding != BOX_TO_HOLD)
        return BOX_ALREADY;
    m->by_hand = true;
    mail_set(b, m, BOX_TO_RELEASE);
    mail_tell_engine(b, i);
    task_ask(b, i, BOX_RELEASE, by->at);
    box_note(b, by->at, i->number, by->who, queue_id, "release", by->reason);
    return BOX_OK;
}

static uint32_t purge(struct box *b, struct box_incident *i, enum box_holding holding)
{
    size_t n;
    struct box_message **all = mail_gather(b, i, holding, &n);

    for (size_t k = 0; k < n; k++)
        mail_set(b, all[k], BOX_TO_PURGE);
    free(all);
    return (uint32_t)n;
}

enum box_said box_purge(struct box *b, uint32_t incident, const struct box_decision *by,
                        uint32_t *n)
{
    struct box_incident *i = box_find(b, incident);

    *n = 0;
    if (i == NULL)
        return BOX_NO_SUCH;
    *n = purge(b, i, BOX_IS_HELD) + purge(b, i, BOX_TO_HOLD);
    if (*n == 0)
        return BOX_ALREADY;
    mail_tell_engine(b, i);
    task_ask(b, i, BOX_PURGE, by->at);
    note(b, i, by, "purge");
    return BOX_OK;
}
