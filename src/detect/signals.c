/* signals.c - what each kind of event says for or against somebody else using the account.
 * All figures are natural logarithms of likelihood ratios, or stand for one. */
#include <math.h>

#include "base/hash.h"
#include "detect/fuse.h"

#include "base/ban.h"

enum {
    CROWD_ACCOUNTS = 4,  /* accounts that make a network nobody's own: office, carrier, webmail */
    TOGETHER_MIN = 120,  /* minutes within which networks count as used at once */
    HOUR_FLOOR = 25,     /* recipients in an hour that are nobody's business, known account */
    HOUR_FLOOR_NEW = 50, /* the same of an account without a past */
};

/* Above this score nothing is learnt: it would be the thief's habits. */
static const double learn_below = 3;
/* Memory of delivery results: each new one makes the older ones count this much. */
static const double result_memory = 0.998;

static bool learning(const struct fuse *f)
{
    return f->stage == STAGE_OBSERVE && f->score < learn_below;
}

static uint16_t local_day(const struct event *e)
{
    return (uint16_t)((e->at.ms + (int64_t)e->utc_offset_s * 1000) / DAY_MS);
}

static int local_hour(const struct event *e)
{
    return (int)((e->at.ms + (int64_t)e->utc_offset_s * 1000) / HOUR_MS % 24);
}

static bool has_network(const struct event *e)
{
    return e->subject.kind == SUBJECT_ACCOUNT && !ip_none(&e->client) && !ip_is_private(&e->client);
}

static bool crowded(const struct detect *d, uint32_t key)
{
    const struct crowd *c = &d->crowds[key % CROWD_SLOTS];

    return c->key == key && __builtin_popcount(c->accounts) >= CROWD_ACCOUNTS;
}

static void join_crowd(struct detect *d, uint32_t key, uint64_t account)
{
    struct crowd *c = &d->crowds[key % CROWD_SLOTS];

    if (c->key != key)
        *c = (struct crowd){ .key = key };
    c->accounts |= (uint32_t)1 << (account >> 59);
}

/* The account is in a network: from a login or a message. True when that network is new to it. */
static bool visit(struct detect *d, struct fuse *f, const struct event *e, struct network_key key)
{
    uint16_t today = local_day(e);
    struct place *place = picture_place(&f->picture, key.near);
    bool was_new = place == NULL || (place->first >= today && place->days < 2);

    if (!learning(f))
        return was_new;
    if (place == NULL && f->picture.moves < UINT16_MAX)
        f->picture.moves++;
    if (place == NULL || place->last != today)
        join_crowd(d, key.near, f->subject.hash);
    picture_been(&f->picture, key, today);
    return was_new;
}

/* Moves on a usual day, from 0 (always at home) upwards. */
static double restlessness(const struct fuse *f)
{
    return (double)f->picture.moves / (2.0 + f->picture.active_days);
}

static double guesses_now(const struct detect *d, const struct event *e)
{
    const struct guess *g = &d->guesses[e->subject.hash % GUESS_SLOTS];

    if (g->name != e->subject.hash || e->at.ms < g->last.ms)
        return 0;
    return (double)g->count * exp2(-(double)(e->at.ms - g->last.ms) / (double)DAY_MS);
}

static void network_is_new(struct detect *d, struct fuse *f, const struct event *e,
                           struct network_key key)
{
    double weight =
        3.0 * (0.25 + 0.75 * picture_maturity(&f->picture)) * exp(-1.5 * restlessness(f));
    double guesses = guesses_now(d, e);

    if (picture_knows_wide(&f->picture, key.wide, local_day(e)))
        weight *= 0.4;
    if (weight > (double)f->now[SIGNAL_NEW_NETWORK].weight)
        fuse_set(d, f, e, SIGNAL_NEW_NETWORK, weight, 1, restlessness(f));
    if (guesses >= 3)
        fuse_set(d, f, e, SIGNAL_WAY_IN, 1 + 0.4 * log2(guesses), guesses, 0);
}

/* How many new networks were used within the last two hours, this one included. */
static int together(struct fuse *f, const struct event *e, uint32_t key)
{
    uint32_t minute = (uint32_t)(e->at.ms / MINUTE_MS);
    struct recent *oldest = &f->recent[0];
    int n = 0;

    for (int i = 0; i < RECENT_NETWORKS; i++) {
        struct recent *r = &f->recent[i];

        if (r->key == key)
            r->key = 0;
        if (r->key != 0 && r->minute + TOGETHER_MIN >= minute)
            n++;
        if (r->key == 0 || (oldest->key != 0 && r->minute < oldest->minute))
            oldest = r;
    }
    *oldest = (struct recent){ key, minute };
    return n + 1;
}

static void signal_networks(struct detect *d, struct fuse *f, const struct event *e)
{
    struct network_key key = network_key(&e->client);
    const struct place *place = picture_place(&f->picture, key.near);
    double usual = 2 + 2 * restlessness(f);
    int n;

    if (!visit(d, f, e, key) && place != NULL) {
        fuse_set(d, f, e, SIGNAL_KNOWN_NETWORK, -0.8 * place->days, place->days, 0);
        return;
    }
    if (crowded(d, key.near))
        return;
    fuse_set(d, f, e, SIGNAL_KNOWN_NETWORK, 0, 0, 0);
    network_is_new(d, f, e, key);
    n = together(f, e, key.near);
    if (n > usual && 1.2 * (n - usual) > (double)f->now[SIGNAL_MANY_NETWORKS].weight)
        fuse_set(d, f, e, SIGNAL_MANY_NETWORKS, 1.2 * (n - usual), n, usual);
}

/* Events a little out of order still belong to the hour that is counted. */
static bool hour_is_over(const struct fuse *f, int64_t hour)
{
    return hour > f->counted_hour || hour < f->counted_hour - 1;
}

/* A new clock hour: what the one before had is learnt now that it is over. */
static void next_hour(struct fuse *f, int64_t hour)
{
    if (learning(f) && f->hour_now > f->picture.peak_hour)
        f->picture.peak_hour = f->hour_now;
    f->hour_before = hour == f->counted_hour + 1 ? f->hour_now : 0;
    f->hour_now = 0;
    f->counted_hour = hour;
    memset(f->destinations, 0, sizeof f->destinations);
}

/* First contacts, or tries, in about an hour: this clock hour, and what is left of the one before.
 */
static double count_hour(struct fuse *f, const struct event *e, double more)
{
    int64_t hour = e->at.ms / HOUR_MS;
    double left = 1 - (double)(e->at.ms % HOUR_MS) / HOUR_MS;

    if (hour_is_over(f, hour))
        next_hour(f, hour);
    f->hour_now += (float)more;
    return (double)f->hour_now + left * (double)f->hour_before;
}

static void signal_sender(struct detect *d, struct fuse *f, const struct event *e)
{
    double churn = ((double)f->churn + 0.2) / ((double)f->sends + 4);
    bool first = f->sends < 1;

    if (e->sender_is_null || e->sender.n == 0)
        return;
    f->sends = f->sends * 0.99F + 1;
    f->churn *= 0.99F;
    if (picture_knew_sender(&f->picture, event_address_key(e->sender)) || first)
        return;
    f->churn += 1;
    f->day_senders += 1;
    if (churn < 0.3)
        fuse_add(d, f, e, SIGNAL_NEW_SENDER, exp(-6 * churn), (double)f->day_senders, churn);
}

void signals_submission(struct detect *d, struct fuse *f, const struct event *e)
{
    uint32_t hour = (uint32_t)1 << local_hour(e);

    if (has_network(e))
        signal_networks(d, f, e);
    else
        fuse_set(d, f, e, SIGNAL_KNOWN_NETWORK, 0, 0, 0);
    signal_sender(d, f, e);
    if (picture_maturity(&f->picture) >= 1 && (f->picture.hours & hour) == 0)
        fuse_set(d, f, e, SIGNAL_ODD_HOUR, 1, local_hour(e), 0);
    if (learning(f))
        picture_active(&f->picture, local_day(e), local_hour(e));
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
    double hour = count_hour(f, e, 1);
    double expected = fmax(1.5 * peak, floor), weight;

    if (hour <= expected)
        return;
    weight = 1.2 * (double)log2f((float)(hour / expected));
    if (weight > (double)f->now[SIGNAL_VOLUME].weight)
        fuse_set(d, f, e, SIGNAL_VOLUME, weight, hour, peak);
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
        p0 = fmin(0.9, fmax(0.1, ((double)p->strangers + 2) / ((double)p->recipients + 4)));
        fuse_add(d, f, e, SIGNAL_STRANGERS, 0.5 * log_ratio(stranger, 0.9, p0),
                 (double)f->day_strangers, p0);
    }
    if (stranger)
        signal_volume(d, f, e);
    if (!learning(f))
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
    if (!learning(f))
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

void signals_login(struct detect *d, struct fuse *f, const struct event *e)
{
    if (!has_network(e))
        return;
    (void)visit(d, f, e, network_key(&e->client));
    if (learning(f))
        picture_active(&f->picture, local_day(e), local_hour(e));
}

/* A failure from where the account is at home is an old password in a telephone; the others count.
 */
void signals_failure(struct detect *d, struct fuse *f, const struct event *e)
{
    struct guess *g = &d->guesses[e->subject.hash % GUESS_SLOTS];

    if (e->subject.name.n == 0)
        return;
    if (f != NULL && has_network(e) &&
        picture_place(&f->picture, network_key(&e->client).near) != NULL)
        return;
    if (g->name != e->subject.hash) {
        if (g->name != 0 && f == NULL && e->at.ms - g->last.ms < DAY_MS)
            return; /* an invented name does not push out another one */
        *g = (struct guess){ .name = e->subject.hash, .last = e->at };
    }
    g->count = (float)guesses_now(d, e) + (float)e->count;
    g->last = e->at;
}

/* How many different servers a LAN host tried in this clock hour (linear counting, to about 1000).
 */
static double count_destinations(struct fuse *f, const struct event *e)
{
    uint64_t hash = ip_hash(&e->destination, 2);
    int64_t hour = e->at.ms / HOUR_MS;
    double empty, bits = 64 * DESTINATION_WORDS;

    if (hour_is_over(f, hour))
        next_hour(f, hour);
    f->destinations[hash % DESTINATION_WORDS] |= (uint64_t)1 << (hash >> 58);
    empty = bits;
    for (int i = 0; i < DESTINATION_WORDS; i++)
        empty -= __builtin_popcountll(f->destinations[i]);
    f->hour_now = (float)(bits * log(bits / fmax(1, empty)));
    return (double)f->hour_now;
}

void signals_firewall(struct detect *d, struct fuse *f, const struct event *e)
{
    double n = count_destinations(f, e);
    double usual = (double)f->picture.peak_hour;
    double weight = 1.5 * (n - 1.5 * usual - 5);

    if (weight > (double)f->now[SIGNAL_DESTINATIONS].weight && weight > 0)
        fuse_set(d, f, e, SIGNAL_DESTINATIONS, weight, n, usual);
    if (learning(f))
        picture_active(&f->picture, local_day(e), local_hour(e));
}
