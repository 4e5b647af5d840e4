/* results.c - what the results of its mail say for or against somebody else using the account. */
#include <math.h>

#include "detect/fuse.h"

#include "base/ban.h"

enum {
    HOUR_FLOOR = 25,     /* first contacts in an hour that are nobody's business, known account */
    HOUR_FLOOR_NEW = 50, /* the same of an account without a past */
};

/* Memory of delivery results: each new one makes the older ones count this much. */
static const double result_memory = 0.998;

/* First contacts in about an hour: this clock hour, and what is left of the one before. */
static double count_hour(struct fuse *f, const struct event *e)
{
    double left = 1 - (double)(e->at.ms % HOUR_MS) / HOUR_MS;

    fuse_begin_hour(f, e->at);
    f->hour_now += 1;
    return (double)f->hour_now + left * (double)f->hour_before;
}

/* The logarithm of how much likelier `hit` is at a rate of `p1` than of `p0`. */
static double log_ratio(bool hit, double p1, double p0)
{
    return (double)logf((float)(hit ? p1 / p0 : (1 - p1) / (1 - p0)));
}

/* Most results are neither a refusal nor a first contact, of an account with no evidence against
 * it: then there is nothing to add, and nothing to work out. */
static bool tells_something(const struct fuse *f, enum signal s, bool hit)
{
    return hit || f->now[s].weight > 0;
}

/* Notes that somebody here wrote to `key`; true when nobody had. */
static bool nobody_knew(struct detect *d, uint64_t key)
{
    return !bloom_note(d->correspondents, SERVER_BLOOM_BLOCKS, key);
}

/* First contacts in an hour, against the busiest hour of its past: a newsletter to the same list,
 * or many letters to colleagues, are no news. */
static void signal_volume(struct detect *d, struct fuse *f, const struct event *e)
{
    double mature = picture_maturity(&f->picture);
    double floor = HOUR_FLOOR_NEW + (HOUR_FLOOR - HOUR_FLOOR_NEW) * mature;
    double peak = (double)f->picture.peak_hour;
    double hour = count_hour(f, e);
    double expected = fmax(1.5 * peak, floor), weight;

    if (hour <= expected)
        return;
    weight = 1.2 * (double)log2f((float)(hour / expected));
    if (weight > (double)f->now[SIGNAL_VOLUME].weight)
        fuse_set(d, f, e, SIGNAL_VOLUME, weight, hour, peak);
}

/* The share of first contacts among its recipients; that of an account with little past is taken
 * for what is common (40 %), so that the first hundred of a thief do not become usual. */
static double usual_strangers(const struct picture *p)
{
    return ((double)p->strangers + 8) / ((double)p->recipients + 20);
}

static void signal_strangers(struct detect *d, struct fuse *f, const struct event *e)
{
    struct picture *p = &f->picture;
    uint64_t key = e->correspondent;
    bool nobody = nobody_knew(d, key);
    bool stranger = !picture_knew_correspondent(p, key) && nobody;
    double p0;

    f->day_strangers += stranger;
    if (tells_something(f, SIGNAL_STRANGERS, stranger)) {
        p0 = fmin(0.9, fmax(0.1, usual_strangers(p)));
        fuse_add(d, f, e, SIGNAL_STRANGERS, 0.5 * log_ratio(stranger, 0.9, p0),
                 (double)f->day_strangers, p0);
    }
    if (stranger)
        signal_volume(d, f, e);
    if (!fuse_learns(f))
        return;
    p->recipients = p->recipients * (float)result_memory + 1;
    p->strangers = p->strangers * (float)result_memory + (stranger ? 1.0F : 0.0F);
}

/* The share of the others' recipients that was refused as spam within the day: after one account's
 * run the whole server is refused, and that proves nothing against the rest. */
static double others_refused(struct detect *d, const struct fuse *f, const struct event *e)
{
    int64_t hour = e->at.ms / HOUR_MS;
    double fade = hour > d->faded_hour ? exp2(-(double)(hour - d->faded_hour) / 12) : 1;

    d->faded_hour = hour > d->faded_hour ? hour : d->faded_hour;
    d->day_results *= fade;
    d->day_spam *= fade;
    return (fmax(0, d->day_spam - (double)f->day_spam) + 0.2) /
           (fmax(0, d->day_results - (double)f->day_results) + 100);
}

/* How likely an honest recipient of this account is to be unknown, or refused as spam. */
static double usual_unknown(const struct picture *p)
{
    return fmin(0.3, fmax(0.015, ((double)p->unknown + 1) / ((double)p->results + 50)));
}

static double usual_spam(struct detect *d, const struct fuse *f, const struct event *e)
{
    const struct picture *p = &f->picture;
    double own = fmax(0.01, ((double)p->spam + 0.2) / ((double)p->results + 40));

    return fmin(0.25, fmax(own, 3 * others_refused(d, f, e)));
}

static void count_result(struct detect *d, struct fuse *f, bool unknown, bool spam)
{
    struct picture *p = &f->picture;

    f->day_results += 1;
    f->day_unknown += unknown;
    f->day_spam += spam;
    d->day_results += 1;
    d->day_spam += spam;
    if (!fuse_learns(f))
        return;
    p->results = p->results * (float)result_memory + 1;
    p->unknown = p->unknown * (float)result_memory + (unknown ? 1.0F : 0.0F);
    p->spam = p->spam * (float)result_memory + (spam ? 1.0F : 0.0F);
}

static void signal_refusals(struct detect *d, struct fuse *f, const struct event *e)
{
    bool unknown = e->status == DELIVERY_BOUNCED &&
                   (e->reply == REPLY_UNKNOWN_RECIPIENT || e->reply == REPLY_UNKNOWN_DOMAIN);
    bool spam = e->status != DELIVERY_SENT && e->reply == REPLY_SPAM;
    double p0;

    if (tells_something(f, SIGNAL_UNKNOWN_RECIPIENTS, unknown)) {
        p0 = usual_unknown(&f->picture);
        fuse_add(d, f, e, SIGNAL_UNKNOWN_RECIPIENTS,
                 log_ratio(unknown, fmax(0.3, fmin(0.9, 3 * p0)), p0),
                 (double)f->day_unknown + unknown, p0);
    }
    if (tells_something(f, SIGNAL_REFUSED_AS_SPAM, spam)) {
        p0 = usual_spam(d, f, e);
        fuse_add(d, f, e, SIGNAL_REFUSED_AS_SPAM,
                 log_ratio(spam, fmax(0.15, fmin(0.9, 3 * p0)), p0), (double)f->day_spam + spam,
                 p0);
    }
    count_result(d, f, unknown, spam);
}

void signals_delivery(struct detect *d, struct fuse *f, const struct event *e)
{
    if (e->retry)
        return;
    if (!e->local)
        signal_strangers(d, f, e);
    signal_refusals(d, f, e);
}
