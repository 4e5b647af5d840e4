#include "box/culprits.h"

#include "box/private.h"

#include "base/ban.h"

enum {
    ENDED_BEFORE_MS = TRAIL_DAYS * DAY_MS, /* longer ago, it is another story */
    BEGAN_AFTER_MS = HOUR_MS,              /* what was sent takes a while to be noticed here, too */
    DETECTED_AFTER_MS = 7 * DAY_MS,        /* of an account whose trail tells that it was the one */
    TRAIL_FRESH_MS = 10 * SECOND_MS,
};

static const double least = 0.2;      /* of one message to one recipient */
static const double others_most = 3;  /* so much heavier may somebody without an incident be */
static const double lan_attempts = 2; /* its mail was not counted: it went past this server */
static const double named = 3;        /* of the account that the finding is about */

/* volume x share of new recipients x share of refusals, none of which may be nothing. */
static double weight_of(const struct trail_sum *s)
{
    double n = (double)s->recipients;

    return s->volume * ((double)s->fresh + 0.5) / (n + 5) *
           (0.05 + ((double)s->refused + 0.5) / (n + 10));
}

/* That incident may be the cause of what was first seen at `since`: nothing was wrong with those
 * that were cleared. */
static bool is_timely(const struct box_incident *i, struct wall since, bool left_a_trail)
{
    int64_t after = left_a_trail ? DETECTED_AFTER_MS : BEGAN_AFTER_MS;

    return i->number > 0 && i->state != BOX_CLEARED && i->since.ms <= since.ms + after &&
           (i->ended.ms == 0 || i->ended.ms >= since.ms - ENDED_BEFORE_MS);
}

/* Its last one that may be; or NULL. */
static const struct box_incident *incident_of(const struct box *b, uint32_t fuse, struct wall since,
                                              bool left_a_trail)
{
    const struct box_incident *i = incident_last(b, fuse);

    while (i != NULL && !is_timely(i, since, left_a_trail))
        i = i->own.former;
    return i;
}

static void insert(struct finding *f, const struct finding_culprit *one)
{
    uint32_t at = f->culprits_n;

    for (uint32_t k = 0; k < f->culprits_n; k++)
        if (f->culprits[k].fuse == one->fuse)
            return;
    while (at > 0 && f->culprits[at - 1].weight < one->weight)
        at--;
    if (at == FINDING_CULPRITS)
        return;
    f->culprits_n += f->culprits_n < FINDING_CULPRITS;
    memmove(&f->culprits[at + 1], &f->culprits[at],
            (f->culprits_n - at - 1) * sizeof f->culprits[0]);
    f->culprits[at] = *one;
}

/* `s` is what is known of its mail. */
static void consider(const struct box *b, struct finding *f, const struct trail_sum *s)
{
    const struct box_incident *i = incident_of(b, s->fuse, f->since, s->recipients > 0);
    struct finding_culprit one = { .fuse = s->fuse,
                                   .incident = i != NULL ? i->number : 0,
                                   .recipients = s->recipients,
                                   .fresh = s->fresh,
                                   .refused = s->refused,
                                   .weight = weight_of(s) };

    if (i != NULL)
        one.weight *= 1 + (i->score > 0 ? i->score : 0);
    if (i != NULL && i->subject.kind == SUBJECT_LAN)
        one.weight += lan_attempts;
    if (s->fuse == f->fuse)
        one.weight = named * (one.weight + least);
    if (one.weight >= least)
        insert(f, &one);
}

/* What it sent while the trail was not kept, or is lost, the incident has counted. */
static struct trail_sum known_of(const struct box_incident *i, const struct trail *t,
                                 struct wall until)
{
    struct trail_sum s = trail_of(t, i->fuse, until);
    uint64_t out = i->out.recipients;

    if (s.recipients > 0 || i->since.ms > until.ms)
        return s;
    s.recipients = out < UINT32_MAX ? (uint32_t)out : UINT32_MAX;
    s.fresh = s.recipients / 2;
    s.volume = (double)s.recipients;
    return s;
}

static const struct culprits_trail *look(struct culprits_trail *t, struct wall until,
                                         struct wall at)
{
    if (t->known && t->until.ms / HOUR_MS == until.ms / HOUR_MS && at.ms >= t->at.ms &&
        at.ms - t->at.ms < TRAIL_FRESH_MS)
        return t;
    t->n = trail_top(t->trail, until, t->top, CULPRITS_SEEN);
    t->until = until;
    t->at = at;
    t->known = true;
    return t;
}

static void gather(const struct box *b, struct culprits_trail *t, struct finding *f, struct wall at)
{
    const struct culprits_trail *top = look(t, f->since, at);
    const struct box_incident *i;

    for (uint32_t k = 0; (i = box_at(b, k)) != NULL; k++) {
        struct trail_sum s;

        if (!is_timely(i, f->since, true))
            continue;
        s = known_of(i, t->trail, f->since);
        consider(b, f, &s);
    }
    for (size_t k = 0; k < top->n; k++)
        consider(b, f, &top->top[k]);
}

/* Queue and complaints name whose they are. */
static void take_named(const struct box *b, const struct trail *t, struct finding *f)
{
    struct trail_sum s = trail_of(t, f->fuse, f->since);

    s.recipients += s.recipients == 0; /* something it sent */
    consider(b, f, &s);
}

uint32_t culprits_find(struct box *b, struct culprits_trail *t, struct finding *f, struct wall at)
{
    bool ranked = f->kind == FINDING_LISTING || f->kind == FINDING_BLOCKED;

    f->culprits_n = 0;
    if (f->kind == FINDING_SPOOL)
        return 0;
    if (ranked)
        gather(b, t, f, at);
    else if (f->fuse != FINDING_NOBODY)
        take_named(b, t->trail, f);
    for (uint32_t k = 0; k < f->culprits_n; k++)
        if (f->culprits[k].incident != 0)
            return f->culprits[k].weight * others_most >= f->culprits[0].weight
                       ? f->culprits[k].incident
                       : 0;
    return 0;
}
