/* events.c - from the ledger to the engine to the box. */
#include "run/daemon.h"

#include "base/ban.h"

static void count(struct daemon *d, const struct event *e)
{
    if (e->type == EVENT_SUBMISSION) {
        hour_add(&d->hours[HOUR_MESSAGES], e->at, 1);
        hour_add(&d->hours[HOUR_RECIPIENTS], e->at, e->recipients);
    } else if (e->type == EVENT_LOGIN_FAILURE) {
        hour_add(&d->hours[HOUR_FAILURES], e->at, e->count);
    }
}

/* It left: what a complaint may name one day. */
static void remember(struct daemon *d, const struct event *e, uint32_t fuse)
{
    if (e->type != EVENT_DELIVERY || e->status != DELIVERY_SENT || e->local || fuse == UINT32_MAX)
        return;
    if (e->queue_id.n > 0)
        sent_note(d->sent, sent_queue_key(e->queue_id), fuse, e->at);
    if (e->message_id != 0)
        sent_note(d->sent, e->message_id, fuse, e->at);
    if (e->correspondent != 0)
        sent_note(d->sent, sent_recipient_key(e->correspondent), fuse, e->at);
}

uint32_t events_take(void *ctx, const struct event *from)
{
    struct daemon *d = ctx;
    struct event e = *from;
    struct verdict v;
    bool known;

    if (d->replaying)
        return 0; /* it was counted before the restart */
    judge_complete(&d->judge, &e);
    if (e.type == EVENT_DELIVERY && !e.local)
        e.site_refused = refusal_watch_is_common(d);
    count(d, &e);
    known = e.type == EVENT_SUBMISSION && !ip_none(&e.client) &&
            detect_knows_network(d->detect, &e.subject, &e.client, e.at, e.utc_offset_s);
    v = box_enforces(d->box) ? detect_event(d->detect, &e) : rehearsal_event(d->rehearsal, &e);
    remember(d, &e, v.fuse);
    d->to_hold = box_verdict(d->box, &e, &v, d->told);
    if (v.fuse != UINT32_MAX) {
        active_count(&d->active, v.fuse, &e, known);
        trail_count(d->trail, v.fuse, &e, v.stranger);
    }
    return v.fuse + 1;
}

void events_announce(void *ctx, uint32_t hint, uint64_t recipient)
{
    const struct daemon *d = ctx;

    detect_prefetch(d->detect, hint, recipient);
    if (hint != 0)
        active_prefetch(&d->active, hint - 1);
}

void events_tick(struct daemon *d)
{
    detect_pass_time(d->detect, d->now);
    box_pass_time(d->box, d->now);
}

/* What it did in the last minutes from where it had never been. */
void events_before(void *ctx, struct box_incident *i)
{
    const struct daemon *d = ctx;
    const struct active_row *row = active_of(&d->active, i->fuse);

    for (uint32_t k = 0; row != NULL && k < row->marks_n && k < ACTIVE_MARKS; k++)
        i->lately[i->lately_next++ % BOX_LATELY] = row->marks[k];
    for (uint32_t k = 0; row != NULL && k < row->networks_n && k < ACTIVE_NETWORKS; k++) {
        const struct box_address *from = &row->from[k];

        if (from->known || d->now.ms - from->last.ms > HOUR_MS)
            continue;
        i->addresses[i->addresses_n++] = *from;
        i->out.messages += from->messages;
        i->out.recipients += from->recipients;
        if (from->first.ms < i->since.ms)
            i->since = from->first;
    }
    if (row != NULL && d->now.ms - row->last.ms <= HOUR_MS) {
        i->out.messages += row->others.messages;
        i->out.recipients += row->others.recipients;
    }
}
