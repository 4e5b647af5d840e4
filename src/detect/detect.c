#include "detect/detect.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "detect/fuse.h"

#include "base/ban.h"

enum { FIRST_ROOM = 256, DAY_HOURS = 24, DEFAULT_FUSES = 1 << 20 };

static const double default_hold = 6.5, default_lock = 9.5;
static const double incident_opens = 4, incident_closes = 1;
static const double trace_step = 0.5;

struct detect *detect_new(const struct detect_options *options)
{
    struct detect *d = memory_new(1, sizeof *d);

    d->options = *options;
    d->fuses = pool_make(sizeof(struct fuse));
    if (!(d->options.hold_score > 0))
        d->options.hold_score = default_hold;
    if (!(d->options.lock_score > 0))
        d->options.lock_score = default_lock;
    if (d->options.max_fuses == 0)
        d->options.max_fuses = DEFAULT_FUSES;
    return d;
}

void detect_free(struct detect *d)
{
    if (d == NULL)
        return;
    arena_done(&d->strings);
    table_done(&d->by_name);
    pool_done(&d->fuses);
    free(d->incidents);
    free(d);
}

uint32_t detect_find(const struct detect *d, const struct subject *subject)
{
    uint32_t i = subject->hint - 1;

    if (i < d->fuses.n && fuse_at(d, i)->subject.hash == subject->hash)
        return i;
    for (struct table_probe p = table_find(&d->by_name, subject->hash);
         table_at(&d->by_name, &p, &i); table_step(&d->by_name, &p))
        if (fuse_at(d, i)->subject.hash == subject->hash) /* 64 bits: as good as the name */
            return i;
    return UINT32_MAX;
}

static uint32_t fuse_new(struct detect *d, const struct subject *subject)
{
    uint32_t number = d->fuses.n;
    struct fuse *f;

    if (number == d->options.max_fuses) {
        d->forgotten++;
        return UINT32_MAX;
    }
    f = pool_add(&d->fuses);
    f->subject = *subject;
    f->subject.name = arena_copy(&d->strings, subject->name);
    f->incident = f->worst = NO_INCIDENT;
    table_add(&d->by_name, subject->hash, number);
    return number;
}

static void trace(struct detect *d, const struct fuse *f, const struct event *e, enum signal s)
{
    if (d->options.trace == NULL || d->options.traced.hash != f->subject.hash ||
        fabs((double)(f->now[s].weight - d->traced[s])) < trace_step)
        return;
    d->traced[s] = f->now[s].weight;
    d->options.trace(d->options.trace_ctx, e, s, &f->now[s], evidence_score(f->now));
}

void fuse_set(struct detect *d, struct fuse *f, const struct event *e, enum signal s, double weight,
              double observed, double expected)
{
    double before = (double)f->now[s].weight;

    evidence_set(&f->now[s], s, weight, observed, expected, e->at);
    f->score += (double)f->now[s].weight - before;
    trace(d, f, e, s);
}

void fuse_add(struct detect *d, struct fuse *f, const struct event *e, enum signal s, double weight,
              double observed, double expected)
{
    double before = (double)f->now[s].weight;

    if (weight <= 0 && before <= 0)
        return;
    evidence_add(&f->now[s], s, weight, e->at);
    f->now[s].observed = (float)observed;
    f->now[s].expected = (float)expected;
    f->score += (double)f->now[s].weight - before;
    trace(d, f, e, s);
}

/* Evidence and the counts of a day fade by the hour. A clock that steps back fades nothing; events
 * that are more than a day behind say that it was set. */
static void fuse_fade(struct fuse *f, struct wall at)
{
    int64_t hour = at.ms / HOUR_MS;
    double hours = (double)(hour - f->faded_hour), day;

    if (f->faded_hour != 0 && hour > f->faded_hour) {
        evidence_fade(f->now, hours);
        f->score = evidence_score(f->now);
        day = exp2(-hours / 12);
        f->day_strangers *= (float)day;
        f->day_unknown *= (float)day;
        f->day_spam *= (float)day;
        f->day_senders *= (float)day;
        f->day_results *= (float)day;
    }
    if (hour > f->faded_hour || hour < f->faded_hour - DAY_HOURS)
        f->faded_hour = hour;
}

static uint32_t incident_new(struct detect *d)
{
    if (d->incidents_n == d->incidents_room) {
        d->incidents_room = d->incidents_room > 0 ? d->incidents_room * 2 : FIRST_ROOM;
        d->incidents = memory_resize(d->incidents, d->incidents_room, sizeof *d->incidents);
    }
    return d->incidents_n++;
}

/* A fuse has at most two incidents: the last one, and the worst of those before it. */
static void incident_open(struct detect *d, struct fuse *f, struct wall at)
{
    uint32_t last = f->incident;

    if (last != NO_INCIDENT &&
        (f->worst == NO_INCIDENT || d->incidents[last].score > d->incidents[f->worst].score)) {
        f->incident = f->worst;
        f->worst = last;
    }
    if (f->incident == NO_INCIDENT)
        f->incident = incident_new(d);
    d->incidents[f->incident] = (struct incident){ .since = at };
    f->open = true;
}

/* Climb the ladder, or come down from it; a lock stays. */
static void ladder(struct detect *d, struct fuse *f, struct wall at, struct verdict *v)
{
    struct incident *i;

    v->score = f->score;
    if (!f->open && v->score >= incident_opens) {
        incident_open(d, f, at);
        v->suspicion_began = true;
    }
    if (!f->open || f->stage == STAGE_LOCK)
        return;
    i = &d->incidents[f->incident];
    if (v->score > i->score) {
        f->score = v->score = i->score = evidence_score(f->now);
        memcpy(i->at_peak, f->now, sizeof i->at_peak);
    }
    if (v->score >= d->options.hold_score && f->stage == STAGE_OBSERVE) {
        f->stage = STAGE_HOLD;
        i->held_from = at;
    }
    if (v->score >= d->options.lock_score) {
        f->stage = STAGE_LOCK;
        i->locked = at;
    } else if (v->score < incident_closes) {
        f->stage = STAGE_OBSERVE;
        f->open = false;
        v->suspicion_ended = true;
    }
}

/* Only what somebody really did makes a fuse: strangers can invent names. */
static bool makes_fuse(const struct event *e)
{
    return e->type == EVENT_LOGIN || e->type == EVENT_SUBMISSION || e->type == EVENT_FIREWALL;
}

static void signals(struct detect *d, struct fuse *f, const struct event *e)
{
    switch (e->type) {
    case EVENT_SUBMISSION:
        signals_submission(d, f, e);
        break;
    case EVENT_DELIVERY:
        signals_delivery(d, f, e);
        break;
    case EVENT_LOGIN:
        signals_login(d, f, e);
        break;
    case EVENT_LOGIN_FAILURE:
        signals_failure(d, f, e);
        break;
    case EVENT_RECEIVED:
        (void)picture_knew_correspondent(&f->picture, e->correspondent);
        break;
    case EVENT_FIREWALL:
        signals_firewall(d, f, e);
        break;
    case EVENT_REJECT:
        break;
    }
}

void detect_prefetch(const struct detect *d, const struct subject *subject, uint64_t recipient)
{
    const struct fuse *f;

    if (recipient != 0)
        __builtin_prefetch(&d->correspondents[recipient & (SERVER_BLOOM_BLOCKS - 1)]);
    if (subject->hint == 0 || subject->hint > d->fuses.n)
        return;
    f = fuse_at(d, subject->hint - 1);
    for (size_t at = 0; at < FUSE_HOT; at += 64)
        __builtin_prefetch((const char *)f + at);
    if (recipient != 0)
        __builtin_prefetch(&f->picture.correspondents[recipient & (PICTURE_BLOOM_BLOCKS - 1)]);
}

struct verdict detect_event(struct detect *d, const struct event *e)
{
    struct verdict v = { .fuse = UINT32_MAX };
    struct fuse *f;

    if (e->subject.name.n > 0) {
        v.fuse = detect_find(d, &e->subject);
        if (v.fuse == UINT32_MAX && makes_fuse(e))
            v.fuse = fuse_new(d, &e->subject);
    }
    if (v.fuse == UINT32_MAX) {
        if (e->type == EVENT_LOGIN_FAILURE)
            signals_failure(d, NULL, e);
        return v;
    }
    f = fuse_at(d, v.fuse);
    fuse_fade(f, e->at);
    signals(d, f, e);
    ladder(d, f, e->at, &v);
    v.stage = f->stage;
    return v;
}

uint32_t detect_count(const struct detect *d)
{
    return d->fuses.n;
}

struct subject detect_subject(const struct detect *d, uint32_t fuse)
{
    return fuse_at(d, fuse)->subject;
}

const struct incident *detect_incident(const struct detect *d, uint32_t fuse)
{
    const struct fuse *f = fuse_at(d, fuse);
    uint32_t which = f->incident;

    if (f->worst != NO_INCIDENT && d->incidents[f->worst].score > d->incidents[which].score)
        which = f->worst;
    return which != NO_INCIDENT ? &d->incidents[which] : NULL;
}

uint64_t detect_forgotten(const struct detect *d)
{
    return d->forgotten;
}
