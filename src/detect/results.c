/* results.c - to whom the mail goes and what comes back, and what that says for or against somebody
 * else using the account. */
#include <math.h>

#include "detect/fuse.h"
#include "detect/odds.h"

#include "base/ban.h"

enum {
    HOUR_FLOOR = 25,     /* first contacts in an hour that are nobody's business, known account */
    HOUR_FLOOR_NEW = 50, /* the same of an account without a past */
    A_FEW = 4,           /* recipients of one letter to several friends or colleagues */
    TWO = 2,             /* refusals: one is no reason to begin to doubt */
    OWN_TRIALS = 40,     /* recipients that the belief in an honest account weighs */
};

/* What a thief's mail meets: from a clean list to a very old one; from new spam to well-known. In
 * any case it is several times as bad as what is usual. */
static const struct belief abuse_unknown = { 1.0, 4.5 }, abuse_spam = { 0.8, 8 },
                           abuse_strangers = { 6, 1 };
static const double times_as_bad = 3, worst_rate = 0.7;
static const float spam_again = 0.5F;
/* Many dead addresses, and nobody calls it spam: that is what an old address list looks like. */
static const double not_spam = 0.5, old_list = 4;
/* A clean list that is called spam: it may be this server that is not trusted. */
static const double spam_of_clean = 0.4, least_of_spam = 0.4;
/* So many refusals a day do harm, whatever others meet. */
static const double many_spam = 70;
static const double honest_below = 2;
/* Mail that arrives only speaks for somebody: below that score nobody asks. */
static const double worth_weighing = 1.5;
/* What everybody meets changes within hours; this share of an account's own results is among it. */
static const double others_half_life = 4, own_among = 0.3;
/* One refusal is an accident. */
static const double weight_of_a_hit = 1.2;

/* First contacts in about an hour: this clock hour, and what is left of the one before. */
static double count_hour(const struct detect *d, struct fuse *f, const struct event *e)
{
    double left = 1 - (double)(e->at.ms % HOUR_MS) / HOUR_MS;

    fuse_begin_hour(d, f, e->at);
    f->hour_now += 1;
    return (double)f->hour_now + left * (double)f->hour_before;
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
    double hour = count_hour(d, f, e);
    double expected = fmax(1.5 * peak, floor);

    if (hour > expected) /* a run from new networks is the same news */
        fuse_raise(d, f, e, SIGNAL_VOLUME,
                   (0.5 + 0.4 * mature) * (double)log2f((float)(hour / expected)) -
                       fuse_weight(d, f, SIGNAL_RUN),
                   hour, peak);
}

/* One letter to all colleagues is nothing; a letter to each of them is. */
static void count_known(struct detect *d, struct fuse *f, const struct event *e)
{
    double new = origin_novelty(d, f, e);

    fuse_begin_hour(d, f, e->at);
    f->known_now += 1;
    if (new > 0.2)
        f->lately.book += (float)(new *fmin(1, (double)A_FEW / fmax(1, e->recipients)));
}

/* A server that puts off whom it does not know (greylisting, RFC 6647), or that does not answer,
 * says nothing yet. */
static bool is_put_off(const struct event *e)
{
    return e->status == DELIVERY_DEFERRED && e->reply != REPLY_SPAM;
}

/* True when the account knew the recipient. `*stranger`: nobody here did. Who was put off is noted
 * when it is known what became of that. */
static bool count_recipient(struct detect *d, struct fuse *f, const struct event *e, bool *stranger)
{
    struct picture *p = &f->picture;
    bool nobody = nobody_knew(d, e->correspondent);
    bool mine = is_put_off(e) ? picture_knows_correspondent(p, e->correspondent)
                              : picture_knew_correspondent(p, e->correspondent);

    *stranger = !mine && nobody;
    f->lately.recipients += 1;
    f->lately.strangers += *stranger;
    if (mine)
        count_known(d, f, e);
    else
        signal_volume(d, f, e);
    if (fuse_learns(f)) {
        p->today.recipients += 1;
        p->today.strangers += *stranger;
    }
    return mine;
}

static void add(struct results *r, bool unknown, float spam)
{
    r->all += 1;
    r->unknown += unknown;
    r->spam += spam;
}

/* How much a refusal as spam counts: a domain that refuses this server refuses all its mail. */
static float count_spam(struct lately *l, const struct event *e)
{
    uint16_t domain = (uint16_t)(e->domain ^ e->domain >> 16);

    if (e->status == DELIVERY_SENT || e->reply != REPLY_SPAM)
        return 0;
    for (int i = 0; i < REFUSERS; i++)
        if (l->refused_by[i] == domain)
            return spam_again;
    memmove(&l->refused_by[1], &l->refused_by[0], sizeof l->refused_by - sizeof l->refused_by[0]);
    l->refused_by[0] = domain;
    return 1;
}

static bool is_unknown(const struct event *e)
{
    return e->status == DELIVERY_BOUNCED &&
           (e->reply == REPLY_UNKNOWN_RECIPIENT || e->reply == REPLY_UNKNOWN_DOMAIN);
}

/* True when the result is one of those that count. */
static bool count_result(struct detect *d, struct fuse *f, const struct event *e)
{
    struct picture *p = &f->picture;
    bool unknown = is_unknown(e);
    float spam = count_spam(&f->lately, e);

    add(&f->lately.results, unknown, spam);
    if (origin_novelty(d, f, e) > 0.2)
        add(&f->lately.away, unknown, spam);
    if ((double)f->score < honest_below) { /* what people meet after one account's run */
        d->recent_results += 1;
        d->recent_spam += (double)spam;
    }
    if (fuse_learns(f)) {
        p->today.results += 1;
        p->today.unknown += unknown;
        p->today.spam += spam;
    }
    return unknown || spam > 0;
}

/* The share of everybody's recipients that was refused as spam in the last hours: after one
 * account's run the whole server is refused, and that proves nothing against the rest. Some of its
 * own results are among them, those from before it came under suspicion. */
static double others_refused(struct detect *d, const struct fuse *f, const struct event *e)
{
    int64_t hour = e->at.ms / HOUR_MS;
    const struct results *own = &f->lately.results;

    if (hour > d->faded_hour) {
        double left = exp2(-(double)(hour - d->faded_hour) / others_half_life);

        d->recent_results *= left;
        d->recent_spam *= left;
        d->faded_hour = hour;
    }
    return (fmax(0, d->recent_spam - own_among * (double)own->spam) + 0.2) /
           (fmax(0, d->recent_results - own_among * (double)own->all) + 100);
}

/* How likely an honest recipient of this account is to be unknown, or refused as spam. */
double results_usual_unknown(const struct fuse *f)
{
    const struct past *p = &f->picture.past;

    return fmin(0.25, fmax(0.01, ((double)p->unknown + 2) / ((double)p->results + 100)));
}

static double usual_spam(const struct past *p)
{
    return fmin(0.03, fmax(0.008, ((double)p->spam + 0.3) / ((double)p->results + 40)));
}

/* `own` is the account's own rate, `usual` what may be expected today. A rate between the two says
 * nothing. What a thief's mail meets today is what everybody's meets, and besides several times
 * what the account's own would. */
static double odds_refused(double hits, double all, struct belief abuse, double own, double usual)
{
    double trials = abuse.hits + abuse.misses;
    double rate = fmin(worst_rate, fmax(abuse.hits / trials, times_as_bad * own) + usual - own);
    double odds = odds_log(hits, all, belief_make(rate, trials), belief_make(usual, OWN_TRIALS));

    if (hits > usual * all)
        return fmin(odds, weight_of_a_hit * hits);
    return hits > own * all ? 0 : fmin(0, odds);
}

/* How much a list without dead addresses says for an account: not much, once it is its own address
 * book that is written to from new networks. */
static double good_list(const struct detect *d, const struct fuse *f)
{
    return fmax(
        0, 1 - (fuse_weight(d, f, SIGNAL_ADDRESS_BOOK) + fuse_weight(d, f, SIGNAL_CIRCULAR)) / 2);
}

/* Of all its results; but while it sends from new networks, the results of that mail decide. */
static void weigh_refusals(struct detect *d, struct fuse *f, const struct event *e)
{
    const struct results *all = &f->lately.results, *away = &f->lately.away;
    double unknown = results_usual_unknown(f), spam = usual_spam(&f->picture.past);
    double today = fmin(0.25, fmax(spam, others_refused(d, f, e)));
    double u =
        odds_refused((double)all->unknown, (double)all->all, abuse_unknown, unknown, unknown);
    double s = odds_refused((double)all->spam, (double)all->all, abuse_spam, spam, today);

    if (((double)f->lately.run >= 1 || away->all >= 1) && away->all < all->all) {
        u = fmax(u, odds_refused((double)away->unknown, (double)away->all, abuse_unknown, unknown,
                                 unknown));
        s = fmax(s, odds_refused((double)away->spam, (double)away->all, abuse_spam, spam, today));
    }
    if ((double)all->spam >= many_spam &&
        (double)all->spam > times_as_bad * spam * (double)all->all)
        s = fmax(s, 0.8 + 0.5 * log2((double)all->spam / many_spam));
    if (s > 0 && u < 0)
        s *= fmax(least_of_spam, 1 + spam_of_clean * u);
    if (s < not_spam)
        u = fmin(u, old_list);
    fuse_set(d, f, e, SIGNAL_UNKNOWN_RECIPIENTS, u > 0 ? u : u * good_list(d, f),
             (double)all->unknown, unknown);
    fuse_set(d, f, e, SIGNAL_REFUSED_AS_SPAM, s > 0 ? s : s * good_list(d, f), (double)all->spam,
             today);
}

/* The share of first contacts; that of an account with little past is taken for what is common. */
static void weigh_strangers(struct detect *d, struct fuse *f, const struct event *e)
{
    const struct lately *l = &f->lately;
    const struct past *p = &f->picture.past;
    double usual = fmin(0.9, ((double)p->strangers + 8) / ((double)p->recipients + 20));
    double odds = odds_log((double)l->strangers, (double)l->recipients, abuse_strangers,
                           belief_make(usual, 6));

    odds *= odds > 0 ? 0.5 : 0.5 * good_list(d, f);
    fuse_set(d, f, e, SIGNAL_STRANGERS, odds, (double)l->strangers, usual);
}

/* One more among many changes nothing. */
static bool about(float now, float then)
{
    return now <= 1.08F * then && now >= 0.92F * then;
}

static bool same_results(const struct results *now, const struct results *then)
{
    return now->unknown == then->unknown && now->spam == then->spam && about(now->all, then->all);
}

void results_weigh(struct detect *d, struct fuse *f, const struct event *e)
{
    struct doubts *doubts = fuse_doubts(d, f);
    const struct lately *l = &f->lately;
    float refused = l->results.unknown + l->results.spam;

    if (doubts == NULL)
        return;
    if (!same_results(&l->results, &doubts->weighed) ||
        !same_results(&l->away, &doubts->weighed_away)) {
        doubts->weighed = l->results;
        doubts->weighed_away = l->away;
        if ((double)f->score >= worth_weighing || refused > 0)
            weigh_refusals(d, f, e);
    }
    if (!about(l->recipients, doubts->weighed_recipients)) {
        doubts->weighed_recipients = l->recipients;
        weigh_strangers(d, f, e);
    }
}

/* Mail to somebody it knows arrives whoever sends it: that says nothing. */
static bool is_known(struct detect *d, struct fuse *f, const struct event *e, bool *stranger)
{
    if (e->local && e->status != DELIVERY_SENT)
        return false;
    if (e->local)
        count_known(d, f, e);
    else if (!e->retry)
        return count_recipient(d, f, e, stranger);
    return e->local || picture_knew_correspondent(&f->picture, e->correspondent);
}

bool results_delivery(struct detect *d, struct fuse *f, const struct event *e)
{
    bool stranger = false, known;

    if (e->retry && e->status == DELIVERY_DEFERRED)
        return false;
    if (is_unknown(e))
        policy_unknown(d, f, e);
    known = is_known(d, f, e, &stranger);
    if (!e->retry) /* nobody waits for servers that take their time */
        f->lately.awaited = fmaxf(0, f->lately.awaited - 1);
    if (is_put_off(e))
        return stranger;
    if (e->site_refused)
        return stranger; /* whoever writes there now meets that */
    if (!known && count_result(d, f, e) && f->doubts == NONE &&
        f->lately.results.unknown + f->lately.results.spam >= TWO)
        weigh_refusals(d, f, e);
    return stranger;
}
