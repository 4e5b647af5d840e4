/* follow.c - what the engine finds, and what time brings. */
#include "box/private.h"
#include "mail/address.h"

#include "base/ban.h"

/* The engine wants its mail held. */
static void engine_holds(struct box *b, struct box_incident *i, struct wall at)
{
    i->held_from = at;
    incident_become(b, i, b->enforcing ? BOX_HELD : BOX_OBSERVED, at);
    box_note(b, at, i->number, BY_MAILFUSE, i->subject.name, "hold",
             b->enforcing ? SLICE("") : SLICE("only observed"));
    if (b->enforcing && kind_has_queue(i->subject.kind))
        task_ask(b, i, BOX_HOLD_QUEUE, at);
}

static void engine_locks(struct box *b, struct box_incident *i, struct wall at)
{
    const struct incident *engine = detect_open_incident(b->detect, i->fuse);
    struct wall from = engine != NULL ? engine->held_from : at;

    if (i->held_from.ms == 0 || from.ms < i->held_from.ms)
        i->held_from = from;
    if (b->enforcing) {
        incident_lock(b, i, at);
    } else {
        i->would_lock = true;
        i->locked = at;
        incident_become(b, i, BOX_OBSERVED, at);
    }
    box_note(b, at, i->number, BY_MAILFUSE, i->subject.name, "lock",
             b->enforcing ? SLICE("") : SLICE("only observed"));
}

/* A hold that the engine has ended. */
static void engine_clears(struct box *b, struct box_incident *i, struct wall at)
{
    struct wall oldest;

    (void)mail_let_go(b, i, UINT32_MAX, false, &oldest, at);
    incident_become(b, i, BOX_CLEARED, at);
    box_note(b, at, i->number, BY_MAILFUSE, i->subject.name, "closed", SLICE("nothing was wrong"));
}

/* The engine's stage, if it is news. Who was held while it acted is not locked while it observes.
 */
static void follow(struct box *b, struct box_incident *i, enum stage stage, struct wall at)
{
    incident_peak(b, i);
    if (stage == STAGE_HOLD && i->state == BOX_WATCHED)
        engine_holds(b, i, at);
    if (stage == STAGE_LOCK && (i->state == BOX_WATCHED || (i->state == BOX_HELD && b->enforcing) ||
                                (i->state == BOX_OBSERVED && !i->would_lock)))
        engine_locks(b, i, at);
}

/* True for the first time: of so many addresses few are taken for another. */
static bool is_another(struct box_incident *i, const struct ip *ip)
{
    uint64_t bit = ip_hash(ip, 8) % BOX_SEEN, mask = (uint64_t)1 << (bit % 64);
    bool known = (i->own.seen[bit / 64] & mask) != 0;

    i->own.seen[bit / 64] |= mask;
    return !known;
}

static void note_address(const struct box *b, struct box_incident *i, const struct event *e)
{
    if (ip_none(&e->client))
        return;
    for (uint32_t k = 0; k < i->addresses_n; k++)
        if (ip_eq(&i->addresses[k].ip, &e->client)) {
            i->addresses[k].messages++;
            i->addresses[k].recipients += e->recipients;
            i->addresses[k].last = e->at;
            return;
        }
    if (i->addresses_n == BOX_ADDRESSES)
        i->addresses_more += is_another(i, &e->client);
    else
        i->addresses[i->addresses_n++] = (struct box_address){
            .ip = e->client,
            .messages = 1,
            .recipients = e->recipients,
            .known =
                detect_knows_network(b->detect, &i->subject, &e->client, e->at, e->utc_offset_s),
            .first = e->at,
            .last = e->at,
        };
}

static void note_delivery(struct box_incident *i, const struct event *e)
{
    char pattern[COMMONEST_TEXT];

    if (e->retry)
        return;
    commonest_add(&i->domains, address_domain(e->recipient), 1);
    if (e->status != DELIVERY_SENT)
        commonest_add(&i->replies,
                      (struct slice){ pattern, reply_pattern(e->text, pattern, sizeof pattern) },
                      1);
    i->dirty = true;
}

static bool must_hold(const struct box *b, const struct box_incident *i, const struct verdict *v)
{
    return incident_locked(i) || (incident_holds(b, i) && (i->by_hand || v->hold));
}

/* There is no room to hold it: whoever sent it keeps it and tries again. It is not counted, for it
 * comes once more; the engine is not to wait for its results. */
static void put_off(struct box *b, struct box_incident *i, const struct event *e)
{
    note_address(b, i, e);
    i->refused += e->recipients;
    i->dirty = true;
    mail_tell_engine(b, i);
}

/* A message of an open incident: true when it is to be held. Postfix tells of it twice when we died
 * before it had the answer. */
static bool take_message(struct box *b, struct box_incident *i, const struct event *e, bool hold,
                         bool told)
{
    bool counted = mail_is_counted(i, e->queue_id);

    if (hold && told && !counted && b->no_room) {
        put_off(b, i, e);
        return true;
    }
    if (counted && !told)
        return hold; /* after a restart the log tells of it once more */
    if (!counted) {
        mail_counted(i, e->queue_id);
        note_address(b, i, e);
    }
    i->dirty = true;
    if (hold && mail_add(b, i, e, told ? BOX_IS_HELD : BOX_TO_HOLD)) {
        if (!told)
            task_ask(b, i, BOX_HOLD_MAIL, e->at);
        if (counted)
            amount_less(&i->out, e->recipients);
        return true;
    }
    if (hold && mail_find(b, e->queue_id) != NULL)
        return true; /* it is counted already */
    if (!counted) {
        i->out.messages++;
        i->out.recipients += e->recipients;
    }
    return hold && told;
}

bool box_verdict(struct box *b, const struct event *e, const struct verdict *v, bool told)
{
    struct box_incident *i;
    const struct incident *engine;

    if (v->fuse == UINT32_MAX)
        return false;
    i = box_open(b, v->fuse);
    if (i == NULL && v->stage == STAGE_OBSERVE && !v->suspicion_began)
        return false;
    if (i == NULL) {
        engine = detect_open_incident(b->detect, v->fuse);
        i = incident_new(b, v->fuse, engine != NULL ? engine->since : e->at);
    }
    follow(b, i, v->stage, e->at);
    if (e->type == EVENT_DELIVERY)
        note_delivery(i, e);
    return e->type == EVENT_SUBMISSION && take_message(b, i, e, must_hold(b, i, v), told);
}

struct wall box_release(void *ctx, uint32_t fuse, uint32_t n, struct wall at)
{
    struct box *b = ctx;
    struct box_incident *i = box_open(b, fuse);
    struct wall oldest = { 0 };

    if (i == NULL || i->by_hand || i->state != BOX_HELD)
        return oldest;
    if (n == UINT32_MAX)
        engine_clears(b, i, at);
    else
        (void)mail_let_go(b, i, n, false, &oldest, at);
    return oldest;
}

static void look_at(struct box *b, struct box_incident *i, struct wall at)
{
    enum stage stage = detect_stage(b->detect, i->fuse);

    follow(b, i, stage, at);
    if (i->state == BOX_WATCHED && detect_open_incident(b->detect, i->fuse) == NULL) {
        incident_drop(b, i); /* it came to nothing and never had a number */
        return;
    }
    if (stage == STAGE_OBSERVE && !i->by_hand && (i->state == BOX_HELD || i->state == BOX_OBSERVED))
        engine_clears(b, i, at);
    if (i->dirty)
        incident_keep(b, i);
}

void box_pass_time(struct box *b, struct wall at)
{
    for (uint32_t k = b->lists[BOX_LIVE].n; k-- > 0;) /* each may leave the list */
        look_at(b, b->lists[BOX_LIVE].all[k], at);
    incidents_trim(b);
}

void incident_unobserve(struct box *b, struct box_incident *i, struct wall at)
{
    incident_become(b, i, BOX_CLOSED, at);
    detect_reset(b->detect, i->fuse);
    box_note(b, at, i->number, BY_MAILFUSE, i->subject.name, "closed",
             SLICE("it was only observed; from now on it is judged anew"));
}

void box_enforce(struct box *b, bool enforce, struct wall at)
{
    if (b->enforcing == enforce)
        return;
    b->enforcing = enforce;
    box_note(b, at, 0, BY_MAILFUSE, SLICE(""), "config",
             enforce ? SLICE("acts from now on") : SLICE("only observes from now on"));
    for (uint32_t k = b->lists[BOX_LIVE].n; enforce && k-- > 0;) {
        struct box_incident *i = b->lists[BOX_LIVE].all[k];

        if (i->state == BOX_OBSERVED)
            incident_unobserve(b, i, at);
    }
}

void box_enforce_quietly(struct box *b)
{
    b->enforcing = true;
}
