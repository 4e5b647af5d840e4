#include "detect/fuse.h"

#include <math.h>

#include "base/ban.h"

/* Above this score nothing is learnt: it would be the thief's habits. */
static const double learn_below = 3;
static const double trace_step = 0.5, least_doubt = 0.4;

bool fuse_learns(const struct fuse *f)
{
    return f->stage == STAGE_OBSERVE && (double)f->score < learn_below;
}

uint16_t event_day(const struct event *e)
{
    return (uint16_t)((e->at.ms + (int64_t)e->utc_offset_s * 1000) / DAY_MS);
}

int event_hour(const struct event *e)
{
    return (int)((e->at.ms + (int64_t)e->utc_offset_s * 1000) / HOUR_MS % 24);
}

/* An hour that has not come yet was counted before the clock was set back. */
static bool is_to_come(const struct detect *d, uint32_t hour)
{
    return d->present.ms != 0 && (int64_t)hour * HOUR_MS > d->present.ms + MINUTE_MS;
}

void fuse_begin_hour(const struct detect *d, struct fuse *f, struct wall at)
{
    uint32_t hour = (uint32_t)(at.ms / HOUR_MS);
    struct doubts *doubts = fuse_doubts(d, f);

    if (hour <= f->counted_hour && hour + 1 >= f->counted_hour && !is_to_come(d, f->counted_hour))
        return; /* events a little out of order still belong to the hour that is counted */
    if (fuse_learns(f)) { /* what it had is learnt now that it is over */
        f->picture.peak_hour = fmaxf(f->picture.peak_hour, f->hour_now);
        f->picture.peak_known = fmaxf(f->picture.peak_known, f->known_now);
    }
    f->hour_before = hour == f->counted_hour + 1 ? f->hour_now : 0;
    f->hour_now = f->known_now = 0;
    f->counted_hour = hour;
    if (doubts != NULL && f->kind == SUBJECT_LAN)
        memset(doubts->destinations, 0, sizeof doubts->destinations);
}

struct doubts *fuse_doubt(struct detect *d, struct fuse *f)
{
    struct doubts *doubts = fuse_doubts(d, f);

    if (doubts != NULL)
        return doubts;
    if (d->free_doubts != NONE) {
        f->doubts = d->free_doubts;
        doubts = fuse_doubts(d, f);
        d->free_doubts = doubts->next_free;
        *doubts = (struct doubts){ 0 };
        return doubts;
    }
    f->doubts = d->doubts.n;
    return pool_add(&d->doubts);
}

static void trace(struct detect *d, const struct fuse *f, const struct event *e, enum signal s)
{
    const struct evidence *now = &fuse_doubts(d, f)->now[s];

    if (d->options.trace == NULL || d->options.traced.hash != f->hash ||
        fabs((double)(now->weight - d->traced[s])) < trace_step)
        return;
    d->traced[s] = now->weight;
    d->options.trace(d->options.trace_ctx, e, s, now, (double)f->score);
}

void fuse_set(struct detect *d, struct fuse *f, const struct event *e, enum signal s, double weight,
              double observed, double expected)
{
    struct doubts *doubts;
    double before;

    if ((f->doubts == NONE && weight < least_doubt) || policy_ignores(d, f, s))
        return;
    doubts = fuse_doubt(d, f);
    before = (double)doubts->now[s].weight;
    if (before == 0 && weight == 0)
        return;
    evidence_set(&doubts->now[s], s, weight, observed, expected, e->at);
    f->score += (float)((double)doubts->now[s].weight - before);
    trace(d, f, e, s);
}

void fuse_raise(struct detect *d, struct fuse *f, const struct event *e, enum signal s,
                double weight, double observed, double expected)
{
    if (weight > fuse_weight(d, f, s))
        fuse_set(d, f, e, s, weight, observed, expected);
}
