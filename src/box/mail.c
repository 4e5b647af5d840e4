/* mail.c - the messages that are on hold, or about to be. Each stands in the list of its incident,
 * the oldest first. What the engine or somebody let go is remembered while the incident is open: it
 * may be found in the queue again. */
#include <stdlib.h>

#include "base/memory.h"
#include "box/private.h"
#include "box/work.h"

#include "base/ban.h"

enum { NEAR = 64 };

static uint64_t id_hash(struct slice queue_id)
{
    return hash_slice(queue_id, 5);
}

static struct slice id_of(const struct box_message *m)
{
    return (struct slice){ m->queue_id, m->queue_id_n };
}

/* In whatever state; also one that was let go. */
static struct box_message *find_any(const struct box *b, struct slice queue_id, uint32_t *number)
{
    for (struct table_probe p = table_find(&b->by_queue_id, id_hash(queue_id));
         table_at(&b->by_queue_id, &p, number); table_step(&b->by_queue_id, &p)) {
        struct box_message *m = pool_at(&b->mail, *number);

        if (slice_eq(queue_id, id_of(m)))
            return m;
    }
    return NULL;
}

struct box_message *mail_find(const struct box *b, struct slice queue_id)
{
    uint32_t number;
    struct box_message *m = find_any(b, queue_id, &number);

    return m != NULL && m->holding != BOX_GONE ? m : NULL;
}

const struct box_message *box_message(const struct box *b, struct slice queue_id)
{
    return mail_find(b, queue_id);
}

uint32_t box_holding(const struct box *b, struct slice queue_id)
{
    const struct box_message *m = mail_find(b, queue_id);

    return m != NULL && m->holding != BOX_TO_RELEASE ? m->incident : 0;
}

static void count(struct box_incident *i, const struct box_message *m, bool more)
{
    struct box_amount *in = &i->own.in[m->holding];

    if (more) {
        in->messages++;
        in->recipients += m->recipients;
    } else {
        in->messages--;
        in->recipients -= m->recipients;
    }
    i->held = (struct box_amount){ 0 };
    for (int h = 0; h < BOX_GONE; h++) {
        i->held.messages += i->own.in[h].messages;
        i->held.recipients += i->own.in[h].recipients;
    }
}

/* To the end of the list, or a little before it. */
static void link_in(struct box *b, struct box_incident *i, uint32_t number)
{
    struct box_message *m = pool_at(&b->mail, number), *after;
    uint32_t at = i->own.last, steps = 0, *next = &i->own.first;

    while (at != NOWHERE && mail_at(b, at)->at.ms > m->at.ms && ++steps < NEAR)
        at = mail_at(b, at)->before;
    if (steps == NEAR) {
        i->own.unsorted = true;
        at = i->own.last;
    }
    if (at != NOWHERE)
        next = &mail_at(b, at)->next;
    after = mail_at(b, *next);
    m->before = at;
    m->next = *next;
    *next = number;
    *(after != NULL ? &after->before : &i->own.last) = number;
}

static void unlink_from(struct box *b, struct box_incident *i, const struct box_message *m)
{
    if (m->before != NOWHERE)
        mail_at(b, m->before)->next = m->next;
    else
        i->own.first = m->next;
    if (m->next != NOWHERE)
        mail_at(b, m->next)->before = m->before;
    else
        i->own.last = m->before;
}

static struct slice copy_of(struct slice s)
{
    char *p = s.n > 0 ? memory_new(1, s.n) : NULL;

    if (p != NULL)
        memcpy(p, s.p, s.n);
    return (struct slice){ p, p != NULL ? s.n : 0 };
}

static void forget_sender(struct box_message *m)
{
    free((void *)(uintptr_t)m->sender.p); /* from copy_of */
    m->sender = (struct slice){ 0 };
}

static uint32_t add(struct box *b, const struct box_message *from)
{
    uint32_t number = b->mail_free;
    struct box_message *m;

    if (number != NOWHERE) {
        m = pool_at(&b->mail, number);
        b->mail_free = m->next;
    } else {
        number = b->mail.n;
        m = pool_add(&b->mail);
    }
    *m = *from;
    m->sender = copy_of(from->sender);
    m->next = m->before = NOWHERE;
    m->under_way = m->noted = false;
    table_add(&b->by_queue_id, id_hash(id_of(m)), number);
    return number;
}

/* Its place is free. */
static void forget(struct box *b, struct box_message *m, uint32_t number)
{
    (void)table_remove(&b->by_queue_id, id_hash(id_of(m)), number);
    forget_sender(m);
    m->holding = BOX_GONE;
    m->queue_id_n = 0;
    m->next = b->mail_free;
    b->mail_free = number;
}

void mail_done(struct box *b)
{
    for (uint32_t k = 0; k < b->mail.n; k++)
        forget_sender(pool_at(&b->mail, k));
    pool_done(&b->mail);
}

void mail_forget(struct box *b, struct box_incident *i)
{
    while (i->own.let_go != NOWHERE) {
        uint32_t number = i->own.let_go;
        struct box_message *m = mail_at(b, number);

        i->own.let_go = m->next;
        forget(b, m, number);
    }
}

/* One that was let go is held again, or its queue ID is in use again. */
static void forget_let_go(struct box *b, uint32_t number)
{
    struct box_message *m = mail_at(b, number);
    struct box_incident *i = box_find(b, m->incident);

    for (uint32_t *at = i != NULL ? &i->own.let_go : NULL; at != NULL && *at != NOWHERE;
         at = &mail_at(b, *at)->next)
        if (*at == number) {
            *at = m->next;
            break;
        }
    forget(b, m, number);
}

static bool make(struct box_message *m, struct slice queue_id)
{
    if (queue_id.n == 0 || queue_id.n > sizeof m->queue_id)
        return false;
    m->queue_id_n = (uint8_t)queue_id.n;
    memcpy(m->queue_id, queue_id.p, queue_id.n);
    return true;
}

bool mail_add(struct box *b, struct box_incident *i, const struct event *e,
              enum box_holding holding)
{
    struct box_message m = { .incident = i->number,
                             .holding = holding,
                             .at = e->at,
                             .recipients = e->recipients,
                             .size = e->size,
                             .sender = e->sender };
    uint32_t number;
    const struct box_message *known = find_any(b, e->queue_id, &number);

    if ((known != NULL && known->holding != BOX_GONE) || !make(&m, e->queue_id))
        return false;
    if (known != NULL)
        forget_let_go(b, number);
    number = add(b, &m);
    link_in(b, i, number);
    count(i, &m, true);
    b->keeper.message(b->keeper.ctx, mail_at(b, number));
    i->dirty = true;
    return true;
}

bool box_may_hold(const struct box *b, uint32_t incident, struct slice queue_id)
{
    const struct box_incident *i = box_find(b, incident);
    uint32_t number;
    const struct box_message *m = find_any(b, queue_id, &number);

    if (i == NULL || incident_ended(i))
        return false;
    if (m == NULL || m->incident != incident)
        return true;
    return m->holding != BOX_TO_RELEASE &&
           (m->holding != BOX_GONE || (incident_locked(i) && !m->by_hand));
}

bool mail_was_let_go(const struct box *b, uint32_t incident, struct slice queue_id)
{
    uint32_t number;
    const struct box_message *m = find_any(b, queue_id, &number);

    return m != NULL && m->holding == BOX_GONE && m->incident == incident;
}

void mail_resize(struct box *b, struct box_message *m, uint32_t recipients)
{
    struct box_incident *i = box_find(b, m->incident);

    if (i != NULL)
        count(i, m, false);
    m->recipients = recipients;
    if (i != NULL)
        count(i, m, true);
}

/* It is on hold no more. */
static void gone(struct box *b, struct box_incident *i, struct box_message *m, bool purged)
{
    struct box_amount *done = purged ? &i->purged : &i->released;
    uint32_t number = NOWHERE;

    (void)find_any(b, id_of(m), &number);
    done->messages++;
    done->recipients += m->recipients;
    i->dirty = true;
    unlink_from(b, i, m);
    if (purged || incident_ended(i)) {
        forget(b, m, number);
        return;
    }
    forget_sender(m);
    m->next = i->own.let_go;
    i->own.let_go = number;
}

void mail_set(struct box *b, struct box_message *m, enum box_holding holding)
{
    struct box_incident *i = box_find(b, m->incident);
    bool purged = m->holding == BOX_TO_PURGE;

    if (m->holding == holding)
        return;
    if (i != NULL)
        count(i, m, false);
    m->holding = holding;
    m->under_way = false;
    b->keeper.message(b->keeper.ctx, m);
    if (i != NULL && holding == BOX_GONE)
        gone(b, i, m, purged);
    else if (i != NULL)
        count(i, m, true);
}

void mail_went_out(struct box *b, struct box_incident *i, struct box_message *m)
{
    struct box_amount *done = m->holding == BOX_TO_PURGE ? &i->purged : &i->released;
    uint32_t recipients = m->recipients;

    mail_set(b, m, BOX_GONE);
    amount_less(done, recipients);
}

static int oldest_first(const void *a, const void *b)
{
    const struct box_message *const *x = a, *const *y = b;

    return (*x)->at.ms < (*y)->at.ms ? -1 : (*x)->at.ms > (*y)->at.ms;
}

void mail_sort(struct box *b, struct box_incident *i)
{
    size_t n = (size_t)i->held.messages, k = 0;
    struct box_message **all, *m = mail_at(b, i->own.first);
    uint32_t number = NOWHERE;

    if (!i->own.unsorted || n == 0)
        return;
    all = memory_new(n, sizeof *all);
    for (; m != NULL && k < n; m = mail_at(b, m->next))
        all[k++] = m;
    n = k;
    qsort(all, n, sizeof *all, oldest_first);
    i->own.first = i->own.last = NOWHERE;
    i->own.unsorted = false;
    for (k = 0; k < n; k++) {
        (void)find_any(b, id_of(all[k]), &number);
        link_in(b, i, number);
    }
    free(all);
}

bool box_message_left(struct box *b, struct slice queue_id, uint32_t recipients)
{
    struct box_message *m = mail_find(b, queue_id);
    struct box_incident *i = m != NULL ? box_find(b, m->incident) : NULL;
    uint32_t fewer = m != NULL && recipients < m->recipients ? m->recipients - recipients : 0;

    if (fewer == 0 || i == NULL)
        return false;
    count(i, m, false);
    m->recipients = recipients;
    count(i, m, true);
    i->out.recipients += fewer;
    if (recipients > 0) {
        b->keeper.message(b->keeper.ctx, m);
    } else { /* nobody waits for it: it had left before it was held */
        mail_went_out(b, i, m);
        i->out.messages++;
    }
    mail_tell_engine(b, i);
    incident_keep(b, i);
    return recipients == 0;
}

void box_load_message(struct box *b, const struct box_message *m)
{
    if (m->holding != BOX_GONE && mail_find(b, id_of(m)) == NULL)
        (void)add(b, m);
}

void mail_loaded(struct box *b)
{
    for (uint32_t k = 0; k < b->mail.n; k++) {
        struct box_message *m = pool_at(&b->mail, k);
        struct box_incident *i = m->holding != BOX_GONE ? box_find(b, m->incident) : NULL;

        if (i == NULL)
            continue;
        link_in(b, i, k);
        count(i, m, true);
    }
    for (uint32_t k = 0; k < b->lists[BOX_ALL].n; k++)
        mail_sort(b, b->lists[BOX_ALL].all[k]);
}
