#include "detect/detect.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "detect/fuse.h"

#include "base/ban.h"

enum { DAY_HOURS = 24, DEFAULT_FUSES = 1 << 24 };

static const double default_hold = 5.5, default_lock = 8.5;
static const double slow_half_life = 16, fast_half_life = 6, hour_half_life = 1,
                    complaints_half_life = 48; /* hours */
static const double least_weight = 0.3;

struct detect *detect_new(const struct detect_options *options)
{
    struct detect *d = memory_new(1, sizeof *d);

    d->options = *options;
    d->fuses = pool_make(sizeof(struct fuse));
    d->doubts = pool_make(sizeof(struct doubts));
    d->counts = pool_make(sizeof(struct counts));
    d->free_doubts = NONE;
    if (!(d->options.hold_score > 0))
        d->options.hold_score = default_hold;
    if (!(d->options.lock_score > 0))
        d->options.lock_score = default_lock;
    if (d->options.sensitivity > 0) {
        d->options.hold_score /= d->options.sensitivity;
        d->options.lock_score /= d->options.sensitivity;
    }
    if (d->options.max_fuses == 0)
        d->options.max_fuses = DEFAULT_FUSES;
    return d;
}

void detect_free(struct detect *d)
{
    if (d == NULL)
        return;
    for (uint32_t i = 0; i < d->fuses.n; i++)
        picture_done(&fuse_at(d, i)->picture);
    arena_done(&d->strings);
    table_done(&d->by_name);
    pool_done(&d->fuses);
    pool_done(&d->doubts);
    pool_done(&d->counts);
    free(d->policies);
    free(d->incidents);
    free(d->held);
    free(d);
}

uint32_t detect_find(const struct detect *d, const struct subject *subject)
{
    uint32_t i = subject->hint - 1;

    if (i < d->fuses.n && fuse_at(d, i)->hash == subject->hash)
        return i;
    for (struct table_probe p = table_find(&d->by_name, subject->hash);
         table_at(&d->by_name, &p, &i); table_step(&d->by_name, &p))
        if (fuse_at(d, i)->hash == subject->hash) /* 64 bits: as good as the name */
            return i;
    return UINT32_MAX;
}

uint32_t detect_add(struct detect *d, const struct subject *subject)
{
    uint32_t number = d->fuses.n;
    struct slice name;
    struct fuse *f;

    if (number == d->options.max_fuses || subject->name.n > FUSE_NAME_MAX) {
        d->forgotten++;
        return UINT32_MAX;
    }
    f = pool_add(&d->fuses);
    name = arena_copy(&d->strings, subject->name);
    f->hash = subject->hash;
    f->kind = (uint32_t)subject->kind & 0xf;
    f->name = name.p;
    f->name_n = (uint32_t)name.n & FUSE_NAME_MAX;
    f->doubts = f->incident = f->worst = f->counts = NONE;
    table_add(&d->by_name, subject->hash, number);
    return number;
}

static void fade_lately(struct lately *l, double hours)
{
    float slow = (float)exp2(-hours / slow_half_life), fast = (float)exp2(-hours / fast_half_life);
    float hourly = (float)exp2(-hours / hour_half_life);

    for (struct results *r = &l->results; r <= &l->away; r++) {
        r->all *= slow;
        r->unknown *= slow;
        r->spam *= slow;
    }
    l->recipients *= slow;
    l->strangers *= slow;
    l->senders *= slow;
    l->home *= fast;
    l->run *= fast;
    l->elsewhere *= fast;
    l->book *= hourly;
    l->spread *= fast;
    l->awaited *= hourly;
}

/* Nothing is left that speaks against it: what speaks for it is no doubt. */
static void end_doubts(struct detect *d, struct fuse *f, struct doubts *doubts)
{
    for (int s = 0; s < SIGNALS; s++)
        if ((double)doubts->now[s].weight >= least_weight)
            return;
    doubts->next_free = d->free_doubts;
    d->free_doubts = f->doubts;
    f->doubts = NONE;
    f->score = 0;
}

/* Evidence and the counts of a day fade by the hour. A clock that steps back fades nothing; events
 * that are more than a day behind say that it was set. */
static void fuse_fade(struct detect *d, struct fuse *f, struct wall at)
{
    uint32_t hour = (uint32_t)(at.ms / HOUR_MS);
    struct doubts *doubts = fuse_doubts(d, f);
    double hours = (double)hour - (double)f->faded_hour;

    if (f->faded_hour != 0 && hours > 0) {
        fade_lately(&f->lately, hours);
        f->complaints *= (float)exp2(-hours / complaints_half_life);
        if (doubts != NULL) {
            evidence_fade(doubts->now, hours);
            doubts->letters *= (float)exp2(-hours / hour_half_life);
            f->score = (float)evidence_score(doubts->now);
            if (!f->open && f->stage == STAGE_OBSERVE)
                end_doubts(d, f, doubts);
        }
    }
    if (hours > 0 || hours < -DAY_HOURS)
        f->faded_hour = hour;
}

/* Only what somebody really did makes a fuse: strangers can invent names. */
static bool makes_fuse(const struct event *e)
{
    return e->type == EVENT_LOGIN || e->type == EVENT_SUBMISSION || e->type == EVENT_FIREWALL;
}

static void take(struct detect *d, struct fuse *f, const struct event *e, struct verdict *v)
{
    switch (e->type) {
    case EVENT_SUBMISSION:
        origin_submission(d, f, e);
        policy_submission(d, f, e);
        break;
    case EVENT_SOFTWARE:
        origin_software(d, f, e);
        break;
    case EVENT_DELIVERY:
        v->stranger = results_delivery(d, f, e);
        break;
    case EVENT_LOGIN:
        origin_login(d, f, e);
        break;
    case EVENT_LOGIN_FAILURE:
        origin_failure(d, f, e);
        break;
    case EVENT_RECEIVED:
        (void)picture_knew_correspondent(&f->picture, e->correspondent);
        break;
    case EVENT_FIREWALL:
        firewall_attempt(d, f, e);
        break;
    case EVENT_BLOCKED:
        blocked_take(d, f, e);
        break;
    case EVENT_COMPLAINT:
        complaints_take(d, f, e);
        break;
    case EVENT_REJECT:
        break;
    }
    if (f->doubts == NONE ||
        (e->type != EVENT_SUBMISSION && e->type != EVENT_SOFTWARE && e->type != EVENT_DELIVERY))
        return;
    origin_weigh(d, f, e);
    results_weigh(d, f, e);
}

void detect_prefetch(const struct detect *d, uint32_t hint, uint64_t recipient)
{
    const struct fuse *f;

    if (recipient != 0)
        __builtin_prefetch(&d->correspondents[recipient & (SERVER_BLOOM_BLOCKS - 1)]);
    if (hint == 0 || hint > d->fuses.n)
        return;
    f = fuse_at(d, hint - 1);
    for (size_t at = 0; at < sizeof *f; at += 64)
        __builtin_prefetch((const char *)f + at);
}

struct verdict detect_event(struct detect *d, const struct event *e)
{
    struct verdict v = { .fuse = UINT32_MAX };
    struct fuse *f;

    if (e->subject.name.n > 0) {
        v.fuse = detect_find(d, &e->subject);
        if (v.fuse == UINT32_MAX && makes_fuse(e))
            v.fuse = detect_add(d, &e->subject);
    }
    if (d->held_n > 0)
        hold_look_at_all(d, e->at);
    if (v.fuse == UINT32_MAX) {
        if (e->type == EVENT_LOGIN_FAILURE)
            origin_failure(d, NULL, e);
        return v;
    }
    fuse_touch(d, v.fuse);
    f = fuse_at(d, v.fuse);
    policy_ask(d, f, e);
    fuse_fade(d, f, e->at);
    take(d, f, e, &v);
    ladder_climb(d, f, e, &v);
    if (e->type == EVENT_SUBMISSION) {
        v.hold = f->stage == STAGE_LOCK || (f->stage == STAGE_HOLD && hold_message(d, f, e));
        f->lately.awaited += v.hold ? 0 : (float)e->recipients;
    }
    v.stage = (enum stage)f->stage;
    return v;
}

uint32_t detect_count(const struct detect *d)
{
    return d->fuses.n;
}

struct subject detect_subject(const struct detect *d, uint32_t fuse)
{
    const struct fuse *f = fuse_at(d, fuse);

    return (
        struct subject){ (enum subject_kind)f->kind, { f->name, f->name_n }, f->hash, fuse + 1 };
}

const struct incident *detect_incident(const struct detect *d, uint32_t fuse)
{
    const struct fuse *f = fuse_at(d, fuse);
    uint32_t which = f->incident;

    if (f->stage == STAGE_LOCK)
        return &d->incidents[which]; /* whatever there was before */
    if (f->worst != NONE && d->incidents[f->worst].score > d->incidents[which].score)
        which = f->worst;
    return which != NONE ? &d->incidents[which] : NULL;
}

uint64_t detect_forgotten(const struct detect *d)
{
    return d->forgotten;
}
