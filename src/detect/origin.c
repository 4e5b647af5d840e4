/* origin.c - where the mail comes from and what made it, and what that says for or against somebody
 * else using the account. All figures are natural logarithms of likelihood ratios, or stand for
 * one. */
#include <math.h>

#include "detect/fuse.h"

#include "base/ban.h"

enum {
    CROWD_NETWORK = 4,  /* accounts that make a network nobody's own: office, webmail, NAT */
    CROWD_PROVIDER = 6, /* accounts that make a provider a usual one */
    ABUSED_MS = 3 * DAY_MS,
    LETTER_TO_MANY = 5, /* recipients */
    LETTER_COUNTS = 20, /* as so many at most: one invitation is no run */
    ODD_AFTER = 2,      /* hours from the nearest in which it was ever active */
    WRITES_KNOWN = 20,  /* messages after which it is known what somebody writes with */
};

/* How new a network is to an account, from 0 (known) to 1. */
static const double novelty_crowded = 0.1, novelty_around = 0.25, novelty_usual_provider = 0.6,
                    novelty_same_day = 0.35;

/* How well an account is known when its hours are. */
static const double hours_known = 0.4;
/* Of strangers that many look like somebody it knows. */
static const double mistaken = 0.12;
/* A traveller or a mail program in a cloud has many networks, but no more mail than ever. */
static const double many_alone = 2.5;
/* And who travels writes to people he knows: by so much that lowers the weight of it, where half of
 * them are, and strangers weigh as little as they can. */
static const double among_friends = 0.6, few_strangers = -0.25;

static bool has_network(const struct event *e)
{
    return e->subject.kind == SUBJECT_ACCOUNT && !e->shared && !ip_none(&e->client) &&
           !ip_is_private(&e->client);
}

static bool crowded(const struct detect *d, uint32_t key, int accounts)
{
    const struct crowd *c = &d->crowds[key % CROWD_SLOTS];

    return c->key == key && __builtin_popcount(c->accounts) >= accounts;
}

static void join_crowd(struct detect *d, uint32_t key, uint64_t account)
{
    struct crowd *c = &d->crowds[key % CROWD_SLOTS];

    if (c->key != key) { /* one visit elsewhere does not end a crowd */
        c->accounts &= c->accounts - 1;
        if (c->accounts != 0)
            return;
        c->key = key;
    }
    c->accounts |= (uint32_t)1 << (account >> 59);
}

static double novelty(const struct detect *d, struct fuse *f, const struct event *e,
                      struct network_key key)
{
    const struct place *place = picture_place(&f->picture, key.near);
    uint16_t today = event_day(e);

    if (place != NULL && (place->first < today || place->days >= 2))
        return 0;
    if (crowded(d, key.near, CROWD_NETWORK))
        return novelty_crowded;
    if (picture_knows_around(&f->picture, e->provider, key.wide, today))
        return novelty_around;
    if (e->provider != 0 && crowded(d, e->provider, CROWD_PROVIDER))
        return novelty_usual_provider;
    return 1;
}

double origin_novelty(const struct detect *d, struct fuse *f, const struct event *e)
{
    return has_network(e) ? novelty(d, f, e, network_key(&e->client)) : 0;
}

/* True when this network was not yet counted today. */
static bool first_visit(struct detect *d, struct fuse *f, struct network_key key)
{
    struct doubts *doubts;

    if (picture_place(&f->picture, key.near) != NULL)
        return false;
    if (fuse_learns(f))
        return true; /* it becomes a place of the picture now */
    doubts = fuse_doubt(d, f);
    for (int i = 0; i < RECENT_NETWORKS; i++)
        if (doubts->recent[i] == key.near)
            return false;
    doubts->recent[doubts->recent_n++ % RECENT_NETWORKS] = key.near;
    return true;
}

/* The account is in a network, from a login or a message. */
static void visit(struct detect *d, struct fuse *f, const struct event *e, struct network_key key)
{
    uint16_t today = event_day(e);
    const struct place *place = picture_place(&f->picture, key.near);

    if (!fuse_learns(f))
        return;
    if (place == NULL || place->last != today) { /* thieves do not make a network usual */
        if (place != NULL && place->first < today)
            join_crowd(d, key.near, f->hash);
        if (e->provider != 0 && picture_knows_around(&f->picture, e->provider, key.wide, today))
            join_crowd(d, e->provider, f->hash);
    }
    if (place == NULL || place->last != today || place->provider != e->provider)
        picture_been(&f->picture, key, e->provider, today);
}

static double guesses_now(const struct detect *d, const struct event *e)
{
    const struct guess *g = &d->guesses[e->subject.hash % GUESS_SLOTS];

    if (g->name != e->subject.hash || e->at.ms < g->last.ms)
        return 0;
    return (double)g->count * exp2(-(double)(e->at.ms - g->last.ms) / (double)DAY_MS);
}

/* New accounts have no place that is known: for them a new network says little. */
static double known_well(const struct fuse *f)
{
    return 0.25 + 0.75 * picture_maturity(&f->picture);
}

/* Who reads every day and hardly ever writes is not known as a writer: from 0 to 1. */
static double known_writer(const struct fuse *f)
{
    return fmin(1, fmax(0, (double)f->sends - 1) / WRITES_KNOWN);
}

static void signal_new_network(struct detect *d, struct fuse *f, const struct event *e,
                               struct network_key key, double new)
{
    double usual = (double)f->picture.usual_spread;
    const struct abused *a = &d->abused[key.near % ABUSED_SLOTS];
    double guesses = guesses_now(d, e);

    if (f->picture.active_days > 1) /* for a new account all is new */
        fuse_raise(d, f, e, SIGNAL_NEW_NETWORK, 3 * new *known_well(f) * exp(-usual), 1, usual);
    if (guesses >= 3 && new >= novelty_around)
        fuse_raise(d, f, e, SIGNAL_WAY_IN, 0.5 + 0.25 * log2(guesses), guesses, 0);
    if (a->key == key.near && a->account != f->hash &&
        e->at.ms - a->at.ms<ABUSED_MS &&new> novelty_crowded)
        fuse_raise(d, f, e, SIGNAL_ABUSED_NETWORK, 3, 1, 0);
}

/* Where the databases know the country. Home, and where the administrator expects it, is no news.
 */
static void signal_country(struct detect *d, struct fuse *f, const struct event *e, double new)
{
    if (e->country == 0)
        return;
    if (f->picture.active_days > 1 && new > novelty_crowded && !e->at_home &&
        !policy_admits_country(d, f, e->country) &&
        !picture_knows_country(&f->picture, e->country, event_day(e)))
        fuse_raise(d, f, e, SIGNAL_NEW_COUNTRY,
                   2 * known_well(f) * exp(-(double)f->picture.usual_spread), 1, 0);
    if (fuse_learns(f))
        picture_in_country(&f->picture, e->country, event_day(e));
}

void origin_software(struct detect *d, struct fuse *f, const struct event *e)
{
    double churn = fmax(0, f->picture.software_n - 1.0) / (2.0 + f->picture.active_days);

    if (e->software == 0 || picture_knew_software(&f->picture, e->software) ||
        f->picture.software_n == 1)
        return; /* the first one is no news */
    fuse_raise(d, f, e, SIGNAL_NEW_SOFTWARE, 2 * known_well(f) * exp(-2 * churn), 1, churn);
    if (f->doubts != NONE)
        fuse_doubts(d, f)->program = e->software;
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
    f->lately.senders += 1;
    if (churn < 0.3)
        fuse_set(d, f, e, SIGNAL_NEW_SENDER, fuse_weight(d, f, SIGNAL_NEW_SENDER) + exp(-6 * churn),
                 (double)f->lately.senders, churn);
}

/* A telephone gets several addresses of its carrier on one day. */
static bool provider_today(struct picture *p, const struct event *e)
{
    return picture_knows_around(p, e->provider, network_key(&e->client).wide,
                                (uint16_t)(event_day(e) + 1));
}

/* A letter to many at once, from where nobody knows it. */
static void count_letter(struct detect *d, struct fuse *f, const struct event *e, double new)
{
    struct doubts *doubts = fuse_doubts(d, f);

    if (doubts != NULL && e->recipients >= LETTER_TO_MANY)
        doubts->letters += (float)(new *fmin(LETTER_COUNTS, e->recipients));
}

/* Count the recipients by where they were written to from. */
static void count_origin(struct detect *d, struct fuse *f, const struct event *e)
{
    struct network_key key;
    double new;

    if (!has_network(e)) {
        f->lately.elsewhere += (float)e->recipients;
        return;
    }
    key = network_key(&e->client);
    new = novelty(d, f, e, key);
    if (new > 0 && first_visit(d, f, key)) {
        double more = provider_today(&f->picture, e) ? novelty_same_day * new : new;

        f->lately.spread += (float)more;
        f->picture.day_spread += fuse_learns(f) ? (float)more : 0;
    }
    if (new == 0)
        f->lately.home += (float)e->recipients;
    else if (new <= novelty_crowded)
        f->lately.elsewhere += (float)e->recipients;
    else
        f->lately.run += (float)(new * e->recipients);
    if (new > novelty_crowded) {
        signal_new_network(d, f, e, key, new);
        count_letter(d, f, e, new);
    }
    signal_country(d, f, e, new);
    visit(d, f, e, key);
}

static uint32_t bit_of_hour(int hour)
{
    return (uint32_t)1 << (hour + 24) % 24;
}

/* From 0 to 1: how far this hour is from those in which the account was ever active. */
static double oddness(const struct picture *p, int hour)
{
    for (int away = 0; away < ODD_AFTER; away++)
        if ((p->hours & (bit_of_hour(hour + away) | bit_of_hour(hour - away))) != 0)
            return (double)away / ODD_AFTER;
    return 1;
}

/* Once more with each such hour: who works late goes to bed. */
static void signal_odd_hour(struct detect *d, struct fuse *f, const struct event *e)
{
    const struct doubts *doubts = fuse_doubts(d, f);
    const struct evidence *now = doubts != NULL ? &doubts->now[SIGNAL_ODD_HOUR] : NULL;
    double odd = oddness(&f->picture, event_hour(e)), known = picture_maturity(&f->picture);

    if (odd == 0 || known < hours_known ||
        (now != NULL && now->weight > 0 && (int)now->observed == event_hour(e)))
        return;
    fuse_raise(d, f, e, SIGNAL_ODD_HOUR, fuse_weight(d, f, SIGNAL_ODD_HOUR) + known * odd,
               event_hour(e), 0);
}

void origin_submission(struct detect *d, struct fuse *f, const struct event *e)
{
    count_origin(d, f, e);
    origin_software(d, f, e);
    signal_sender(d, f, e);
    signal_odd_hour(d, f, e);
    if (fuse_learns(f)) {
        picture_active(&f->picture, event_day(e), event_hour(e));
        f->picture.day_recipients += (float)e->recipients;
    }
}

static void weigh_known(struct detect *d, struct fuse *f, const struct event *e)
{
    const struct lately *l = &f->lately;
    double all = (double)(l->home + l->run + l->elsewhere);
    double share = all > 0 ? (double)l->home / all : 0;
    double days = fmin(4, f->picture.active_days - 1);

    fuse_set(d, f, e, SIGNAL_KNOWN_NETWORK, -0.75 * fmax(0, days) * share, 100 * share, 0);
}

/* From 0 to 1: does it write to people it knows? That others here know them is not enough: a list
 * that was used before is known, too. */
static double friends(const struct detect *d, const struct fuse *f)
{
    double known = (double)f->known_now / fmax(1, (double)(f->known_now + f->hour_now));
    double few = (few_strangers - fuse_weight(d, f, SIGNAL_STRANGERS)) / (1 + few_strangers);

    return fmin(1, 2 * known) * fmin(1, fmax(0, few));
}

/* Who is elsewhere with his own computer, or at home with a new one, writes letters to all he
 * knows. That both are new just when more people are written to than in its busiest hour is a thief
 * with the address book. */
static void weigh_letters(struct detect *d, struct fuse *f, const struct event *e)
{
    const struct doubts *doubts = fuse_doubts(d, f);
    double peak = (double)(f->picture.peak_hour + f->picture.peak_known);
    double base = fmax(10, 0.75 * peak), letters;
    double strange = fmin(1, 1.25 * picture_maturity(&f->picture)) * known_writer(f) *
                     fmin(1, fuse_weight(d, f, SIGNAL_NEW_SOFTWARE) / 1.2) *
                     fmin(1, fuse_weight(d, f, SIGNAL_NEW_NETWORK) / 2);

    if (doubts == NULL || e->software == 0 || e->software != doubts->program)
        return;
    letters = (double)doubts->letters;
    if (letters > base)
        fuse_raise(d, f, e, SIGNAL_CIRCULAR, strange * fmin(5, 2.5 * log2(letters / base)), letters,
                   peak);
}

void origin_weigh(struct detect *d, struct fuse *f, const struct event *e)
{
    const struct lately *l = &f->lately;
    const struct picture *p = &f->picture;
    double usual = 2.5 + 2 * (double)p->usual_spread + 3 * (1 - picture_maturity(p));
    double busy = fmax(15, fmax(1.5 * (double)p->usual_day, (double)p->peak_hour));
    double book = fmax(8, 1.2 * (double)p->peak_known);
    double strange = 0.5 + 0.5 * fmin(1, fuse_weight(d, f, SIGNAL_NEW_SOFTWARE));

    double more = fmax(0, log2(fmax(1, (double)l->run) / busy));
    double many =
        fmin(1.3 * ((double)l->spread - usual), many_alone + 1.5 * more + 0.15 * (double)l->spread);

    many *= 1 - among_friends * friends(d, f);
    weigh_known(d, f, e);
    weigh_letters(d, f, e);
    if (many > 0)
        fuse_raise(d, f, e, SIGNAL_MANY_NETWORKS, many, (double)l->spread, usual);
    if (more > 0)
        fuse_raise(d, f, e, SIGNAL_RUN,
                   1.3 * strange * known_well(f) * (1 + known_writer(f)) / 2 * more, (double)l->run,
                   busy);
    if ((double)l->book > book)
        fuse_raise(d, f, e, SIGNAL_ADDRESS_BOOK,
                   2 * fmin(1, 4 * fmax(0, (double)(l->book / fmaxf(1, l->run)) - mistaken)) *
                       strange * known_well(f) * log2((double)l->book / book),
                   (double)l->book, (double)p->peak_known);
}

void origin_login(struct detect *d, struct fuse *f, const struct event *e)
{
    if (!has_network(e))
        return;
    visit(d, f, e, network_key(&e->client));
    if (fuse_learns(f))
        picture_active(&f->picture, event_day(e), event_hour(e));
}

/* A failure from where the account is at home is an old password in a telephone; the others count.
 */
void origin_failure(struct detect *d, struct fuse *f, const struct event *e)
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

void origin_locked(struct detect *d, struct fuse *f, struct wall at)
{
    const struct doubts *doubts = fuse_doubts(d, f);

    for (int i = 0; doubts != NULL && f->kind == SUBJECT_ACCOUNT && i < RECENT_NETWORKS; i++)
        if (doubts->recent[i] != 0)
            d->abused[doubts->recent[i] % ABUSED_SLOTS] =
                (struct abused){ doubts->recent[i], at, f->hash };
}
