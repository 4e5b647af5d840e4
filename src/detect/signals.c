/* signals.c - what each kind of event says for or against somebody else using the account.
 * All figures are natural logarithms of likelihood ratios, or stand for one. */
#include <math.h>

#include "base/hash.h"
#include "detect/fuse.h"

#include "base/ban.h"

enum {
    CROWD_ACCOUNTS = 4, /* accounts that make a network nobody's own: office, carrier, webmail */
    TOGETHER_MIN = 120, /* minutes within which networks count as used at once */
};

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

    if (!fuse_learns(f))
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
    if (fuse_learns(f))
        picture_active(&f->picture, local_day(e), local_hour(e));
}

void signals_login(struct detect *d, struct fuse *f, const struct event *e)
{
    if (!has_network(e))
        return;
    (void)visit(d, f, e, network_key(&e->client));
    if (fuse_learns(f))
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
    double empty, bits = 64 * DESTINATION_WORDS;

    fuse_begin_hour(f, e->at);
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
    if (fuse_learns(f))
        picture_active(&f->picture, local_day(e), local_hour(e));
}
