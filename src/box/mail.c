/* mail.c - the messages that are on hold, or about to be. */
#include "base/memory.h"
#include "box/private.h"
#include "box/work.h"

#include "base/ban.h"

enum { COMPACT_FROM = 64 };

static uint64_t id_hash(struct slice queue_id)
{
    return hash_slice(queue_id, 5);
}

struct box_message *mail_find(const struct box *b, struct slice queue_id)
{
    uint32_t at;

    for (struct table_probe p = table_find(&b->by_queue_id, id_hash(queue_id));
         table_at(&b->by_queue_id, &p, &at); table_step(&b->by_queue_id, &p)) {
        const struct box_message *m = &b->messages[at];

        if (m->holding != BOX_GONE &&
            slice_eq(queue_id, (struct slice){ m->queue_id, m->queue_id_n }))
            return &b->messages[at];
    }
    return NULL;
}

/* Close the gaps, when they are many. */
static void compact(struct box *b)
{
    uint32_t left = 0;

    if (b->messages_gone < COMPACT_FROM || b->messages_gone < b->messages_n / 2)
        return;
    table_clear(&b->by_queue_id);
    for (uint32_t k = 0; k < b->messages_n; k++) {
        struct box_message *m = &b->messages[k];

        if (m->holding == BOX_GONE)
            continue;
        b->messages[left] = *m;
        table_add(&b->by_queue_id, id_hash((struct slice){ m->queue_id, m->queue_id_n }), left++);
    }
    b->messages_n = left;
    b->messages_gone = 0;
}

static void count(struct box_incident *i, const struct box_message *m, bool more)
{
    struct box_amount *held = &i->held;

    if (more) {
        held->messages++;
        held->recipients += m->recipients;
        return;
    }
    held->messages -= held->messages > 0;
    held->recipients -= held->recipients < m->recipients ? held->recipients : m->recipients;
}

static void add(struct box *b, struct box_incident *i, const struct box_message *m)
{
    struct slice queue_id = { m->queue_id, m->queue_id_n };

    compact(b);
    b->messages = box_grown(b->messages, b->messages_n, &b->messages_room, sizeof *m);
    b->messages[b->messages_n] = *m;
    b->messages[b->messages_n].sender = arena_copy(&b->strings, m->sender);
    table_add(&b->by_queue_id, id_hash(queue_id), b->messages_n++);
    if (m->holding != BOX_GONE && i != NULL)
        count(i, m, true);
}

static bool make(struct box_message *m, struct slice queue_id)
{
    if (queue_id.n == 0 || queue_id.n > sizeof m->queue_id)
        return false;
    m->queue_id_n = (uint8_t)queue_id.n;
    memcpy(m->queue_id, queue_id.p, queue_id.n);
    return true;
}

void mail_add(struct box *b, struct box_incident *i, const struct event *e,
              enum box_holding holding)
{
    struct box_message m = { .incident = i->number,
                             .holding = holding,
                             .at = e->at,
                             .recipients = e->recipients,
                             .size = e->size,
                             .sender = e->sender };

    if (mail_find(b, e->queue_id) != NULL || !make(&m, e->queue_id))
        return;
    add(b, i, &m);
    b->keeper.message(b->keeper.ctx, &b->messages[b->messages_n - 1]);
    i->dirty = true;
}

void box_found_held(struct box *b, uint32_t incident, struct slice queue_id, struct wall accepted,
                    uint32_t recipients, uint64_t size, struct slice sender)
{
    struct box_incident *i = box_find(b, incident);
    struct event e = { .at = accepted,
                       .recipients = recipients,
                       .size = size,
                       .sender = sender,
                       .queue_id = queue_id };

    if (i == NULL || mail_find(b, queue_id) != NULL)
        return;
    mail_add(b, i, &e, BOX_IS_HELD);
    i->out.messages -= i->out.messages > 0; /* it had not left after all */
    i->out.recipients -= i->out.recipients < recipients ? i->out.recipients : recipients;
}

void mail_set(struct box *b, struct box_message *m, enum box_holding holding)
{
    struct box_incident *i = box_find(b, m->incident);
    enum box_holding before = m->holding;
    struct box_amount *done;

    if (before == holding)
        return;
    m->holding = holding;
    b->keeper.message(b->keeper.ctx, m);
    if (holding != BOX_GONE)
        return;
    b->messages_gone++;
    if (i == NULL)
        return;
    count(i, m, false);
    done = before == BOX_TO_PURGE ? &i->purged : &i->released;
    done->messages++;
    done->recipients += m->recipients;
    i->dirty = true;
}

uint32_t mail_let_go(struct box *b, struct box_incident *i, uint32_t n, struct wall *oldest,
                     struct wall at)
{
    uint32_t done = 0;

    *oldest = (struct wall){ 0 };
    for (uint32_t k = 0; k < b->messages_n; k++) {
        struct box_message *m = &b->messages[k];

        if (m->incident != i->number || (m->holding != BOX_IS_HELD && m->holding != BOX_TO_HOLD))
            continue;
        if (done == n) {
            *oldest = m->at;
            break;
        }
        mail_set(b, m, BOX_TO_RELEASE);
        done++;
    }
    if (done > 0)
        task_ask(b, i, BOX_RELEASE, at);
    return done;
}

void box_message_gone(struct box *b, struct slice queue_id, struct wall at)
{
    struct box_message *m = mail_find(b, queue_id);

    if (m == NULL)
        return;
    box_note(b, at, m->incident, BY_MAILFUSE, queue_id, "release",
             SLICE("it left the hold queue by somebody else's hand"));
    mail_set(b, m, BOX_GONE);
}

void box_messages(const struct box *b, uint32_t incident, box_each_message *each, void *ctx)
{
    for (uint32_t k = 0; k < b->messages_n; k++) {
        const struct box_message *m = &b->messages[k];

        if (m->holding != BOX_GONE && (incident == 0 || m->incident == incident) && !each(ctx, m))
            return;
    }
}

void box_load_message(struct box *b, const struct box_message *m)
{
    struct slice queue_id = { m->queue_id, m->queue_id_n };

    if (m->holding != BOX_GONE && mail_find(b, queue_id) == NULL)
        add(b, NULL, m);
}
