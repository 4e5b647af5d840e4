/* queued.c - mail that Postfix had taken already when its account was stopped; and which messages
 * are counted, so that none counts twice: in the queue it was counted as sent before, and after a
 * restart the log tells once more of what came after the last snapshot of the engine. */
#include "box/private.h"
#include "box/work.h"

#include "base/ban.h"

uint32_t box_mark(struct slice queue_id)
{
    return (uint32_t)hash_slice(queue_id, 17) | 1;
}

void mail_counted(struct box_incident *i, struct slice queue_id)
{
    i->lately[i->lately_next++ % BOX_LATELY] = box_mark(queue_id);
}

bool mail_is_counted(const struct box_incident *i, struct slice queue_id)
{
    uint32_t id = box_mark(queue_id);

    for (uint32_t k = 0; k < BOX_LATELY; k++)
        if (i->lately[k] == id)
            return true;
    return false;
}

/* It is in the sums of the incident. */
static bool is_of(const struct box_incident *i, struct slice queue_id, struct wall accepted)
{
    return accepted.ms >= i->since.ms || mail_is_counted(i, queue_id);
}

void amount_less(struct box_amount *from, uint32_t recipients)
{
    from->messages -= from->messages > 0;
    from->recipients -= from->recipients < recipients ? from->recipients : recipients;
}

void box_found_queued(struct box *b, uint32_t incident, struct slice queue_id, struct wall accepted,
                      uint32_t recipients, uint64_t size, struct slice sender, struct wall at)
{
    struct box_incident *i = box_find(b, incident);
    struct event e = { .at = accepted,
                       .recipients = recipients,
                       .size = size,
                       .sender = sender,
                       .queue_id = queue_id };
    bool let_go = mail_was_let_go(b, incident, queue_id);

    if (i == NULL || !mail_add(b, i, &e, BOX_TO_HOLD))
        return;
    task_ask(b, i, BOX_HOLD_MAIL, at);
    if (let_go)
        amount_less(&i->released, recipients);
    else if (is_of(i, queue_id, accepted))
        amount_less(&i->out, recipients); /* it had not left after all */
}

void box_was_held(struct box *b, struct slice queue_id, uint32_t recipients)
{
    struct box_message *m = mail_find(b, queue_id);

    if (m == NULL || m->holding != BOX_TO_HOLD)
        return;
    mail_resize(b, m, recipients);
    mail_set(b, m, BOX_IS_HELD);
}

bool box_purge_noted(struct box *b, struct slice queue_id)
{
    struct box_message *m = mail_find(b, queue_id);
    bool first = m != NULL && !m->noted;

    if (first)
        m->noted = true;
    return first;
}

void box_had_left(struct box *b, struct slice queue_id)
{
    struct box_message *m = mail_find(b, queue_id);
    struct box_incident *i = m != NULL ? box_find(b, m->incident) : NULL;
    uint32_t recipients;
    bool counts;

    if (m == NULL || i == NULL || (m->holding != BOX_TO_HOLD && m->holding != BOX_TO_PURGE))
        return;
    recipients = m->recipients;
    counts = is_of(i, queue_id, m->at);
    mail_went_out(b, i, m);
    if (counts) {
        i->out.messages++;
        i->out.recipients += recipients;
    }
    mail_tell_engine(b, i);
}
