/* let_go.c - which messages of an incident are on hold, and letting them go. */
#include "base/memory.h"
#include "box/private.h"
#include "box/work.h"

#include "base/ban.h"

struct box_message **mail_gather(const struct box *b, const struct box_incident *i,
                                 enum box_holding holding, size_t *n)
{
    size_t all = (size_t)i->own.in[holding].messages;
    bool young = holding == BOX_TO_HOLD; /* they are at the end */
    struct box_message **out = all > 0 ? memory_new(all, sizeof *out) : NULL;
    struct box_message *m = mail_at(b, young ? i->own.last : i->own.first);

    for (*n = 0; m != NULL && *n < all; m = mail_at(b, young ? m->before : m->next))
        if (m->holding == holding)
            out[(*n)++] = m;
    return out;
}

struct box_amount mail_waiting(const struct box_incident *i)
{
    const struct box_amount *held = &i->own.in[BOX_IS_HELD], *to_hold = &i->own.in[BOX_TO_HOLD];

    return (struct box_amount){ held->messages + to_hold->messages,
                                held->recipients + to_hold->recipients };
}

void mail_tell_engine(struct box *b, const struct box_incident *i)
{
    struct box_amount waiting = mail_waiting(i);

    if (i->state == BOX_HELD && detect_stage(b->detect, i->fuse) == STAGE_HOLD)
        detect_set_held(b->detect, i->fuse, (uint32_t)waiting.messages,
                        (uint32_t)waiting.recipients);
}

uint32_t mail_let_go(struct box *b, struct box_incident *i, uint32_t n, bool by_hand,
                     struct wall *oldest, struct wall at)
{
    uint64_t left = mail_waiting(i).messages;
    struct box_message *m;
    uint32_t done = 0;

    mail_sort(b, i);
    *oldest = (struct wall){ 0 };
    for (m = mail_at(b, i->own.first); m != NULL && left > 0; m = mail_at(b, m->next)) {
        if (m->holding != BOX_IS_HELD && m->holding != BOX_TO_HOLD)
            continue;
        if (done == n) {
            *oldest = m->at;
            break;
        }
        m->by_hand = by_hand;
        mail_set(b, m, BOX_TO_RELEASE);
        done++;
        left--;
    }
    if (done > 0)
        task_ask(b, i, BOX_RELEASE, at);
    return done;
}

void box_message_gone(struct box *b, struct slice queue_id, struct wall at)
{
    struct box_message *m = mail_find(b, queue_id);
    struct box_incident *i = m != NULL ? box_find(b, m->incident) : NULL;

    if (m == NULL)
        return;
    box_note(b, at, m->incident, BY_MAILFUSE, queue_id, "release",
             SLICE("it left the hold queue by somebody else's hand"));
    mail_set(b, m, BOX_GONE);
    if (i == NULL)
        return;
    mail_tell_engine(b, i);
    incident_keep(b, i);
}

void box_messages(const struct box *b, uint32_t incident, box_each_message *each, void *ctx)
{
    const struct box_incident *i = box_find(b, incident);
    const struct box_message *m = i != NULL ? mail_at(b, i->own.first) : NULL;

    for (; m != NULL; m = mail_at(b, m->next))
        if (!each(ctx, m))
            return;
    for (uint32_t k = 0; incident == 0 && k < b->mail.n; k++) {
        m = pool_at(&b->mail, k);
        if (m->holding != BOX_GONE && !each(ctx, m))
            return;
    }
}
