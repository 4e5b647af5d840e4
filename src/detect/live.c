#include "detect/live.h"

#include <math.h>

#include "detect/fuse.h"

#include "base/ban.h"

uint32_t detect_ensure(struct detect *d, const struct subject *subject)
{
    uint32_t number = detect_find(d, subject);

    if (number != NONE)
        return number;
    number = detect_add(d, subject);
    if (number != NONE)
        fuse_touch(d, number);
    return number;
}

void detect_changes(const struct detect *d, uint32_t fuse)
{
    fuse_touch(d, fuse);
}

void detect_pass_time(struct detect *d, struct wall at)
{
    d->present = at;
    if (d->held_n > 0)
        hold_look_at_all(d, at);
}

void detect_clock_set(struct detect *d, int64_t by_ms)
{
    d->present.ms += by_ms;
    d->look_at.ms += by_ms;
    for (uint32_t i = 0; i < d->held_n; i++) {
        struct doubts *doubts = fuse_doubts(d, fuse_at(d, d->held[i]));

        if (doubts == NULL)
            continue; /* it was let go a moment ago */
        doubts->hold.since.ms += by_ms;
        doubts->hold.decide_by.ms += by_ms;
    }
}

void detect_set_release(struct detect *d, detect_release *release, void *ctx)
{
    d->options.release = release;
    d->options.release_ctx = ctx;
}

void detect_adjust(struct detect *d, double sensitivity, uint32_t ignored)
{
    double factor = d->options.sensitivity > 0 ? d->options.sensitivity : 1;

    if (sensitivity > 0) {
        d->options.hold_score *= factor / sensitivity;
        d->options.lock_score *= factor / sensitivity;
        d->options.sensitivity = sensitivity;
    }
    d->options.ignored = ignored;
    d->policy_epoch++;
}

void detect_ask_again(struct detect *d, uint32_t fuse)
{
    fuse_at(d, fuse)->policy_day = 0;
}

void detect_queue_held(struct detect *d, uint32_t fuse, uint32_t messages, uint32_t recipients,
                       struct wall at)
{
    if (fuse_at(d, fuse)->stage != STAGE_HOLD || messages == 0)
        return;
    fuse_touch(d, fuse);
    hold_took_back(d, fuse, messages, recipients, at);
}

void detect_set_held(struct detect *d, uint32_t fuse, uint32_t messages, uint32_t recipients)
{
    struct doubts *doubts = fuse_doubts(d, fuse_at(d, fuse));

    if (doubts == NULL)
        return;
    fuse_touch(d, fuse);
    doubts->hold.messages = messages;
    doubts->hold.recipients = recipients;
}

void detect_reset(struct detect *d, uint32_t fuse)
{
    struct fuse *f = fuse_at(d, fuse);
    struct doubts *doubts = fuse_doubts(d, f);

    fuse_touch(d, fuse);
    f->lately = (struct lately){ 0 };
    f->stage = STAGE_OBSERVE;
    f->open = false;
    f->score = 0;
    f->hour_now = f->hour_before = f->known_now = 0;
    if (doubts == NULL)
        return;
    doubts->next_free = d->free_doubts;
    d->free_doubts = f->doubts;
    f->doubts = NONE;
}

void detect_restore(struct detect *d, uint32_t fuse, const struct detect_past *past, struct wall at)
{
    struct fuse *f = fuse_at(d, fuse);
    struct doubts *doubts;
    struct incident *i;

    fuse_touch(d, fuse);
    doubts = fuse_doubt(d, f);
    memcpy(doubts->now, past->evidence, sizeof doubts->now);
    f->score = (float)evidence_score(doubts->now);
    f->faded_hour = (uint32_t)(at.ms / HOUR_MS);
    f->open = true;
    if (f->incident == NONE)
        f->incident = detect_new_incident(d);
    i = &d->incidents[f->incident];
    *i = (struct incident){ .since = past->since,
                            .held_from = past->held_from,
                            .locked = past->locked,
                            .score = (double)f->score };
    memcpy(i->at_peak, past->evidence, sizeof i->at_peak);
    doubts->hold.tolerated = 0;
    f->stage = STAGE_OBSERVE;
    if (past->stage == STAGE_HOLD)
        hold_begin(d, fuse, at);
    else
        f->stage = (uint32_t)past->stage & 7;
}

enum stage detect_stage(const struct detect *d, uint32_t fuse)
{
    return (enum stage)fuse_at(d, fuse)->stage;
}

double detect_score(const struct detect *d, uint32_t fuse)
{
    return (double)fuse_at(d, fuse)->score;
}

void detect_scores(const struct detect *d, double *hold, double *lock)
{
    *hold = d->options.hold_score;
    *lock = d->options.lock_score;
}

const struct evidence *detect_evidence(const struct detect *d, uint32_t fuse)
{
    const struct doubts *doubts = fuse_doubts(d, fuse_at(d, fuse));

    return doubts != NULL ? doubts->now : NULL;
}

const struct incident *detect_open_incident(const struct detect *d, uint32_t fuse)
{
    const struct fuse *f = fuse_at(d, fuse);

    return f->incident != NONE && (f->open || f->stage == STAGE_LOCK) ? &d->incidents[f->incident]
                                                                      : NULL;
}

const uint32_t *detect_held(const struct detect *d, uint32_t *n)
{
    *n = d->held_n;
    return d->held;
}

bool detect_knows_recipient(const struct detect *d, uint64_t key)
{
    return bloom_has(d->correspondents, SERVER_BLOOM_BLOCKS, key);
}

bool detect_knows_network(struct detect *d, const struct subject *subject, const struct ip *ip,
                          struct wall at, int32_t utc_offset_s)
{
    uint32_t number = detect_find(d, subject);
    struct event now = { .at = at, .utc_offset_s = utc_offset_s };
    struct network_key key = network_key(ip);
    const struct place *place;
    struct fuse *f;

    if (number == NONE)
        return false;
    f = fuse_at(d, number);
    place = picture_place(&f->picture, key.near);
    if (place != NULL && place->first < event_day(&now))
        return true;
    return picture_knows_around(&f->picture, 0, key.wide, event_day(&now));
}

struct detect_limit detect_limit(struct detect *d, uint32_t fuse, uint32_t messages,
                                 uint32_t recipients, struct wall at, int32_t utc_offset_s)
{
    struct event now = { .at = at, .utc_offset_s = utc_offset_s };
    struct fuse *f = fuse_at(d, fuse);

    policy_ask(d, f, &now);
    return policy_room(d, f, &now, messages, recipients);
}

static uint32_t known_networks(const struct picture *p)
{
    uint32_t n = 0;

    for (int i = 0; i < PICTURE_PLACES; i++)
        n += p->places[i].key != 0;
    for (int i = 0; p->album != NULL && i < ALBUM_PLACES; i++)
        n += p->album->places[i].key != 0;
    return n;
}

static void fill_usual(const struct picture *p, struct detect_figures *out)
{
    out->networks = known_networks(p);
    for (int i = 0; i < PICTURE_SOFTWARE; i++)
        out->programs += p->software[i] != 0;
    for (int i = 0; i < PICTURE_COUNTRIES; i++)
        out->countries[i] = p->countries[i];
    out->first_day = p->first_day;
    out->last_day = p->last_day;
    out->active_days = p->active_days;
    out->hours = p->hours;
    out->usual_day = (double)p->usual_day;
    out->busiest_hour = (double)p->peak_hour;
}

void detect_figures(struct detect *d, uint32_t fuse, struct wall at, int32_t utc_offset_s,
                    struct detect_figures *out)
{
    struct event now = { .at = at, .utc_offset_s = utc_offset_s };
    struct fuse *f = fuse_at(d, fuse);
    const struct lately *l = &f->lately;
    const struct counts *c = policy_counts(d, f, &now);

    *out = (struct detect_figures){ 0 };
    fill_usual(&f->picture, out);
    out->recipients = (double)(l->home + l->run + l->elsewhere);
    out->first_contacts = (double)l->strangers;
    out->unknown = (double)l->results.unknown;
    out->refused_as_spam = (double)l->results.spam;
    out->new_networks = (double)l->spread;
    out->messages_hour = c != NULL ? c->messages_hour : UINT32_MAX;
    out->messages_day = c != NULL ? c->messages_day : UINT32_MAX;
    out->recipients_hour = c != NULL ? c->recipients_hour : UINT32_MAX;
    out->recipients_day = c != NULL ? c->recipients_day : UINT32_MAX;
    out->unknown_day = c != NULL ? c->unknown_day : UINT32_MAX;
}

uint32_t detect_place_key(const struct ip *ip)
{
    return network_key(ip).near;
}

static void add_place(struct detect_place *out, uint32_t *n, const struct place *p)
{
    uint32_t at = *n;

    if (p->key == 0)
        return;
    for (; at > 0 && out[at - 1].last < p->last; at--)
        out[at] = out[at - 1];
    out[at] = (struct detect_place){ p->key, p->first, p->last, p->days };
    ++*n;
}

uint32_t detect_places(const struct detect *d, uint32_t fuse,
                       struct detect_place out[DETECT_PLACES])
{
    _Static_assert(DETECT_PLACES == PICTURE_PLACES + ALBUM_PLACES, "all of a picture");
    const struct picture *p = &fuse_at(d, fuse)->picture;
    uint32_t n = 0;

    for (int i = 0; i < PICTURE_PLACES; i++)
        add_place(out, &n, &p->places[i]);
    for (int i = 0; p->album != NULL && i < ALBUM_PLACES; i++)
        add_place(out, &n, &p->album->places[i]);
    return n;
}
