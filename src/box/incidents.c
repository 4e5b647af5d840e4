/* incidents.c - from the first suspicion to the end. */
#include <stdlib.h>

#include "base/memory.h"
#include "box/private.h"
#include "box/work.h"
#include "mail/address.h"

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

bool incident_ended(const struct box_incident *i)
{
    return i->state == BOX_CLEARED || i->state == BOX_CLOSED;
}

static void set_flag(struct box *b, uint32_t fuse, enum box_flag flag, bool on)
{
    box_know(b, fuse);
    b->flags[fuse] = (uint8_t)(on ? b->flags[fuse] | flag : b->flags[fuse] & ~(unsigned)flag);
}

static void append(struct box *b, struct box_incident *i)
{
    b->incidents =
        box_grown(b->incidents, b->incidents_n, &b->incidents_room, sizeof *b->incidents);
    i->at = b->incidents_n++;
    b->incidents[i->at] = i;
    if (i->number != 0)
        table_add(&b->by_number, hash_u64(i->number), i->at);
    if (!incident_ended(i)) {
        table_add(&b->open, hash_u64(i->fuse), i->at);
        set_flag(b, i->fuse, FLAG_OPEN, true);
        set_flag(b, i->fuse, FLAG_LOCKED, i->state == BOX_LOCKED || i->state == BOX_WAITING);
    }
}

struct box_incident *incident_new(struct box *b, uint32_t fuse, struct wall since)
{
    struct box_incident *i = memory_new(1, sizeof *i);

    i->fuse = fuse;
    i->subject = detect_subject(b->detect, fuse); /* its name lives as long as the engine */
    i->since = since;
    if (b->keeper.before != NULL)
        b->keeper.before(b->keeper.ctx, i);
    append(b, i);
    return i;
}

/* It came to nothing and never had a number. The last one takes its place. */
static void forget(struct box *b, struct box_incident *i)
{
    struct box_incident *last = b->incidents[--b->incidents_n];

    (void)table_remove(&b->open, hash_u64(i->fuse), i->at);
    set_flag(b, i->fuse, FLAG_OPEN, false);
    if (last != i) {
        if (!incident_ended(last))
            table_move(&b->open, hash_u64(last->fuse), last->at, i->at);
        if (last->number != 0)
            table_move(&b->by_number, hash_u64(last->number), last->at, i->at);
        last->at = i->at;
        b->incidents[last->at] = last;
    }
    free(i);
}

void incident_name(struct box *b, struct box_incident *i)
{
    if (i->number != 0)
        return;
    i->number = b->next_number++;
    table_add(&b->by_number, hash_u64(i->number), i->at);
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

void incident_become(struct box *b, struct box_incident *i, enum box_state state, struct wall at)
{
    bool ended;

    i->state = state;
    incident_name(b, i);
    ended = incident_ended(i);
    if (ended && i->ended.ms == 0) {
        i->ended = at;
        (void)table_remove(&b->open, hash_u64(i->fuse), i->at);
        set_flag(b, i->fuse, FLAG_OPEN, false);
    }
    set_flag(b, i->fuse, FLAG_LOCKED, state == BOX_LOCKED || state == BOX_WAITING);
    incident_keep(b, i);
}

void incident_lock(struct box *b, struct box_incident *i, struct wall at)
{
    bool account = i->subject.kind == SUBJECT_ACCOUNT;

    i->locked = at;
    if (i->held_from.ms == 0)
        i->held_from = at;
    box_know(b, i->fuse);
    memcpy(i->passwords, b->passwords[i->fuse], sizeof i->passwords);
    set_flag(b, i->fuse, FLAG_STOLEN, true);
    incident_become(b, i, BOX_LOCKED, at);
    for (int s = BOX_LOCK_FILES; account && s <= BOX_HOLD_QUEUE; s++)
        task_ask(b, i, (enum box_step)s, at);
}

/* The engine wants its mail held. */
static void engine_holds(struct box *b, struct box_incident *i, struct wall at)
{
    i->held_from = at;
    incident_become(b, i, b->enforcing ? BOX_HELD : BOX_OBSERVED, at);
    box_note(b, at, i->number, BY_MAILFUSE, i->subject.name, "hold",
             b->enforcing ? SLICE("") : SLICE("only observed"));
    if (b->enforcing && i->subject.kind == SUBJECT_ACCOUNT)
        task_ask(b, i, BOX_HOLD_QUEUE, at);
}

static void engine_locks(struct box *b, struct box_incident *i, struct wall at)
{
    const struct incident *engine = detect_open_incident(b->detect, i->fuse);

    i->held_from = engine != NULL ? engine->held_from : at;
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
    uint32_t n = i->state == BOX_HELD ? mail_let_go(b, i, UINT32_MAX, &oldest, at) : 0;

    (void)n;
    incident_become(b, i, BOX_CLEARED, at);
    box_note(b, at, i->number, BY_MAILFUSE, i->subject.name, "closed", SLICE("nothing was wrong"));
}

/* The engine's stage, if it is news. */
static void follow(struct box *b, struct box_incident *i, enum stage stage, struct wall at)
{
    incident_peak(b, i);
    if (stage == STAGE_HOLD && i->state == BOX_WATCHED)
        engine_holds(b, i, at);
    if (stage == STAGE_LOCK && (i->state == BOX_WATCHED || i->state == BOX_HELD ||
                                (i->state == BOX_OBSERVED && !i->would_lock)))
        engine_locks(b, i, at);
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
        i->addresses_more++;
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
    if (e->retry)
        return;
    commonest_add(&i->domains, address_domain(e->recipient), 1);
    if (e->status != DELIVERY_SENT)
        commonest_add(&i->replies, e->text, 1);
    i->dirty = true;
}

static bool must_hold(const struct box *b, const struct box_incident *i, const struct verdict *v)
{
    if (i->state == BOX_LOCKED || i->state == BOX_WAITING || (i->state == BOX_HELD && i->by_hand))
        return true;
    return b->enforcing && i->state == BOX_HELD && v->hold;
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
    if (e->type != EVENT_SUBMISSION)
        return false;
    note_address(b, i, e);
    i->dirty = true;
    if (must_hold(b, i, v)) {
        mail_add(b, i, e, told ? BOX_IS_HELD : BOX_TO_HOLD);
        if (!told)
            task_ask(b, i, BOX_HOLD_MAIL, e->at);
        return true;
    }
    i->out.messages++;
    i->out.recipients += e->recipients;
    return false;
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
        (void)mail_let_go(b, i, n, &oldest, at);
    return oldest;
}

void box_pass_time(struct box *b, struct wall at)
{
    for (uint32_t k = b->incidents_n; k-- > 0;) {
        struct box_incident *i = b->incidents[k];
        enum stage stage;

        if (!incident_ended(i)) {
            stage = detect_stage(b->detect, i->fuse);
            follow(b, i, stage, at);
            if (i->state == BOX_WATCHED && detect_open_incident(b->detect, i->fuse) == NULL) {
                forget(b, i);
                continue;
            }
            if (stage == STAGE_OBSERVE && !i->by_hand &&
                (i->state == BOX_HELD || i->state == BOX_OBSERVED))
                engine_clears(b, i, at);
        }
        if (i->dirty)
            incident_keep(b, i);
    }
}

static void no_longer_observed(struct box *b, struct box_incident *i, struct wall at)
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
    for (uint32_t k = 0; enforce && k < b->incidents_n; k++) {
        struct box_incident *i = b->incidents[k];

        if (i->state == BOX_OBSERVED)
            no_longer_observed(b, i, at);
    }
}

void box_enforce_quietly(struct box *b)
{
    b->enforcing = true;
}

/* Engine and box disagree after a crash: what was kept of the incident is right. */
static void agree(struct box *b, struct box_incident *i, struct wall at)
{
    enum stage stage = detect_stage(b->detect, i->fuse);
    bool locked = i->state == BOX_LOCKED || i->state == BOX_WAITING || i->would_lock;
    struct detect_past past = { .stage = locked ? STAGE_LOCK : STAGE_HOLD,
                                .since = i->since,
                                .held_from = i->held_from,
                                .locked = locked ? i->locked : (struct wall){ 0 },
                                .evidence = i->evidence };

    if (i->state == BOX_WATCHED || i->by_hand)
        return;
    if (stage != past.stage)
        detect_restore(b->detect, i->fuse, &past, at);
    if (past.stage == STAGE_HOLD)
        detect_set_held(b->detect, i->fuse, (uint32_t)i->held.messages,
                        (uint32_t)i->held.recipients);
}

/* The engine holds or locks somebody of whom nothing was kept. */
static void take_up(struct box *b, uint32_t fuse, struct wall at)
{
    const struct incident *engine = detect_open_incident(b->detect, fuse);
    struct verdict v = { .fuse = fuse, .stage = detect_stage(b->detect, fuse) };
    struct event e = { .type = EVENT_LOGIN, .at = at };

    for (uint32_t k = b->incidents_n; k-- > 0;)
        if (b->incidents[k]->fuse == fuse && engine != NULL &&
            b->incidents[k]->ended.ms >= engine->since.ms) {
            detect_reset(b->detect, fuse); /* it was ended after the last snapshot */
            return;
        }
    (void)box_verdict(b, &e, &v, false);
}

void box_load_incident(struct box *b, const struct box_incident *from)
{
    struct box_incident *i = memory_new(1, sizeof *i);

    *i = *from;
    i->stored = i->version;
    i->dirty = false;
    i->by = arena_copy(&b->strings, from->by);
    i->held = (struct box_amount){ 0 }; /* the messages tell */
    i->subject = detect_subject(b->detect, i->fuse);
    append(b, i);
    if (i->number >= b->next_number)
        b->next_number = i->number + 1;
    for (int p = 0; p < BOX_PASSWORDS; p++)
        if (i->passwords[p] != 0)
            set_flag(b, i->fuse, FLAG_STOLEN, true);
}

static void begin_anew(struct box *b, struct box_incident *i, struct wall at)
{
    for (int s = 0; s < BOX_STEPS; s++) {
        struct box_task *t = &i->tasks[s];

        if (t->progress != BOX_PENDING && t->progress != BOX_RUNNING)
            continue;
        t->progress = BOX_PENDING;
        t->next = at;
        t->version = 0;
        b->pending++;
    }
}

void box_loaded(struct box *b, struct wall at)
{
    uint32_t fuses = detect_count(b->detect);

    for (uint32_t k = 0; k < b->messages_n; k++) {
        struct box_incident *i = box_find(b, b->messages[k].incident);

        if (i == NULL)
            continue;
        i->held.messages++;
        i->held.recipients += b->messages[k].recipients;
    }
    for (uint32_t k = 0; k < b->incidents_n; k++) {
        begin_anew(b, b->incidents[k], at);
        if (b->enforcing && b->incidents[k]->state == BOX_OBSERVED)
            no_longer_observed(b, b->incidents[k], at);
        if (!incident_ended(b->incidents[k]))
            agree(b, b->incidents[k], at);
    }
    for (uint32_t f = 0; f < fuses; f++)
        if (detect_stage(b->detect, f) != STAGE_OBSERVE && box_open(b, f) == NULL)
            take_up(b, f, at);
}
