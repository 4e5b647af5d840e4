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

uint32_t events_take(void *ctx, const struct event *from)
{
    struct daemon *d = ctx;
    struct event e = *from;
    struct verdict v;

    if (d->replaying)
        return 0; /* it was counted before the restart */
    judge_complete(&d->judge, &e);
    count(d, &e);
    v = box_enforces(d->box) ? detect_event(d->detect, &e) : rehearsal_event(d->rehearsal, &e);
    if (v.fuse != UINT32_MAX)
        active_count(&d->active, v.fuse, &e);
    d->to_hold = box_verdict(d->box, &e, &v, d->told);
    return v.fuse + 1;
}

void events_announce(void *ctx, const struct subject *subject, uint64_t recipient)
{
    const struct daemon *d = ctx;

    detect_prefetch(d->detect, subject, recipient);
}

void events_tick(struct daemon *d)
{
    detect_pass_time(d->detect, d->now);
    box_pass_time(d->box, d->now);
}
