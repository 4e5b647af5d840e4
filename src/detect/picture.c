#include "detect/picture.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

enum {
    MATURE_DAYS = 5,    /* with activity */
    SEVERAL = 5,        /* refusals */
    MATURE_SPAN = 12,   /* days, of who is hardly ever active */
    PAST_RESULTS = 500, /* how many are remembered: those of the last days weigh most */
    V4_WIDE = 96 + 16,
    V6_WIDE = 32,
    FEW_FULL = 48,         /* correspondents; the block then errs in one of 30 cases */
    GENERATION_FULL = 350, /* of an album: one in 12 */
};

struct network_key network_key(const struct ip *ip)
{
    struct ip near = ip_network(ip), wide = ip_masked(ip, ip_is_v4(ip) ? V4_WIDE : V6_WIDE);

    return (struct network_key){ (uint32_t)ip_hash(&near, 1) | 1, (uint16_t)ip_hash(&wide, 1) };
}

void picture_done(struct picture *p)
{
    free(p->album);
    p->album = NULL;
}

static struct album *album_of(struct picture *p)
{
    if (p->album == NULL)
        p->album = memory_new(1, sizeof *p->album);
    return p->album;
}

/* How many places there are room for, and each of them. */
static unsigned places_room(const struct picture *p)
{
    return p->album != NULL ? PICTURE_PLACES + ALBUM_PLACES : PICTURE_PLACES;
}

static struct place *place_at(struct picture *p, unsigned i)
{
    return i < PICTURE_PLACES ? &p->places[i] : &p->album->places[i - PICTURE_PLACES];
}

struct place *picture_place(struct picture *p, uint32_t near)
{
    struct place *latest = place_at(p, p->latest);

    if (latest->key == near)
        return latest;
    for (unsigned i = 0; i < places_room(p); i++)
        if (place_at(p, i)->key == near)
            return place_at(p, i);
    return NULL;
}

bool picture_knows_around(struct picture *p, uint32_t provider, uint16_t wide, uint16_t today)
{
    for (unsigned i = 0; i < places_room(p); i++) {
        const struct place *at = place_at(p, i);

        if (at->key != 0 && at->first < today &&
            (at->wide == wide || (provider != 0 && at->provider == provider)))
            return true;
    }
    return false;
}

/* The place that has to leave: an empty one, else the oldest of that provider, else of all. */
static unsigned place_to_leave(struct picture *p, uint32_t provider)
{
    unsigned oldest = 0, same = UINT32_MAX;

    for (unsigned i = 0; i < places_room(p); i++) {
        const struct place *at = place_at(p, i);

        if (at->key == 0)
            return i;
        if (at->last < place_at(p, oldest)->last)
            oldest = i;
        if (provider != 0 && at->provider == provider &&
            (same == UINT32_MAX || at->last < place_at(p, same)->last))
            same = i;
    }
    return same != UINT32_MAX ? same : oldest;
}

/* Around midnight sources with another time zone, or lines out of order, tell of the day before. */
static bool is_day(uint16_t day, uint16_t today)
{
    return today == day || today + 1 == day;
}

void picture_been(struct picture *p, struct network_key key, uint32_t provider, uint16_t today)
{
    struct place *at = picture_place(p, key.near);
    unsigned i;

    if (at == NULL) {
        i = place_to_leave(p, provider);
        at = place_at(p, i);
        *at = (struct place){ key.near, provider, key.wide, today, today, 1 };
        p->latest = (uint8_t)i;
        return;
    }
    if (is_day(at->last, today))
        today = at->last;
    else if (at->days < UINT16_MAX)
        at->days++;
    if (provider != 0)
        at->provider = provider;
    at->last = today;
    for (i = 0; place_at(p, i) != at;)
        i++;
    p->latest = (uint8_t)i;
}

void picture_forget_places(struct picture *p, uint16_t since, uint16_t until)
{
    for (unsigned i = 0; i < places_room(p); i++)
        if (place_at(p, i)->first >= since && place_at(p, i)->first <= until)
            *place_at(p, i) = (struct place){ 0 };
}

static bool album_knew(struct album *a, uint64_t key)
{
    struct bloom_block *now = a->correspondents[a->filling];
    struct bloom_block *before = a->correspondents[a->filling ^ 1];
    bool knew;

    if (bloom_note(now, ALBUM_BLOCKS, key))
        return true;
    knew = bloom_has(before, ALBUM_BLOCKS, key);
    if (++a->noted == GENERATION_FULL) {
        a->noted = 0;
        a->filling ^= 1;
        memset(a->correspondents[a->filling], 0, sizeof a->correspondents[0]);
    }
    return knew;
}

bool picture_knows_correspondent(const struct picture *p, uint64_t key)
{
    const struct album *a = p->album;

    return bloom_has(&p->few, 1, key) ||
           (a != NULL && (bloom_has(a->correspondents[0], ALBUM_BLOCKS, key) ||
                          bloom_has(a->correspondents[1], ALBUM_BLOCKS, key)));
}

bool picture_knew_correspondent(struct picture *p, uint64_t key)
{
    bool few = bloom_has(&p->few, 1, key);

    if (few)
        return true;
    if (p->noted < FEW_FULL) {
        p->noted++;
        (void)bloom_note(&p->few, 1, key);
        return false;
    }
    return album_knew(album_of(p), key);
}

bool picture_knew_sender(struct picture *p, uint64_t key)
{
    uint16_t mine = (uint16_t)key | 1;

    for (int i = 0; i < PICTURE_SENDERS; i++)
        if (p->senders[i] == mine)
            return true;
    memmove(&p->senders[1], &p->senders[0], sizeof p->senders - sizeof p->senders[0]);
    p->senders[0] = mine;
    return false;
}

bool picture_knows_country(const struct picture *p, uint16_t country, uint16_t today)
{
    for (int i = 0; i < PICTURE_COUNTRIES; i++)
        if (p->countries[i] == country)
            return p->country_days[i] < today;
    return false;
}

void picture_in_country(struct picture *p, uint16_t country, uint16_t today)
{
    for (int i = 0; i < PICTURE_COUNTRIES; i++)
        if (p->countries[i] == country)
            return;
    for (int i = PICTURE_COUNTRIES - 1; i > 0; i--) {
        p->countries[i] = p->countries[i - 1];
        p->country_days[i] = p->country_days[i - 1];
    }
    p->countries[0] = country;
    p->country_days[0] = today;
}

bool picture_knew_software(struct picture *p, uint32_t key)
{
    uint16_t mine = (uint16_t)(key ^ key >> 16) | 1;

    for (int i = 0; i < PICTURE_SOFTWARE; i++) {
        if (p->software[i] != mine)
            continue;
        memmove(&p->software[1], &p->software[0], (size_t)i * sizeof p->software[0]);
        p->software[0] = mine; /* the one used last stands first, and leaves last */
        return true;
    }
    memmove(&p->software[1], &p->software[0], sizeof p->software - sizeof p->software[0]);
    p->software[0] = mine;
    if (p->software_n < UINT16_MAX)
        p->software_n++;
    return false;
}

/* Of a day with many results the older ones are forgotten. */
static void learn_past(struct past *past, const struct past *day)
{
    float memory = fmaxf(0, 1 - fmaxf(day->results, day->recipients) / PAST_RESULTS);

    past->results = past->results * memory + day->results;
    past->unknown = past->unknown * memory + day->unknown;
    past->spam = past->spam * memory + day->spam;
    past->recipients = past->recipients * memory + day->recipients;
    past->strangers = past->strangers * memory + day->strangers;
}

/* A day with several times the usual refusals is nothing to learn from: it may be a thief's. */
static bool usual(const struct past *past, const struct past *day)
{
    float share = (past->unknown + past->spam + 2) / (past->results + 60);

    return day->unknown + day->spam < fmaxf(SEVERAL, 4 * share * day->results);
}

/* The figures of a day that is over. */
static void learn_day(struct picture *p)
{
    float share =
        p->active_days < 4 ? 1.0F / (float)(p->active_days > 0 ? p->active_days : 1) : 0.2F;

    if (p->day_recipients > 0)
        p->usual_day += share * (p->day_recipients - p->usual_day);
    p->usual_spread += share * (p->day_spread - p->usual_spread);
    p->day_recipients = p->day_spread = 0;
    if ((p->today.results > 0 || p->today.recipients > 0) && usual(&p->past, &p->today))
        learn_past(&p->past, &p->today);
    p->today = (struct past){ 0 };
}

void picture_active(struct picture *p, uint16_t today, int hour)
{
    p->hours |= (uint32_t)1 << hour;
    if (p->first_day == 0)
        p->first_day = today;
    if (is_day(p->last_day, today))
        return;
    if (p->last_day != 0) {
        learn_day(p);
        if (today > p->last_day) {
            p->peak_hour *= (float)pow(0.8, (today - p->last_day) / 7.0);
            p->peak_known *= (float)pow(0.8, (today - p->last_day) / 7.0);
        }
    }
    p->last_day = today;
    if (p->active_days < UINT16_MAX)
        p->active_days++;
}

double picture_maturity(const struct picture *p)
{
    int active = p->active_days > 0 ? p->active_days - 1 : 0;
    int span = p->last_day > p->first_day ? p->last_day - p->first_day : 0;

    return fmin(1, fmax(active / (double)MATURE_DAYS, span / (double)MATURE_SPAN));
}
