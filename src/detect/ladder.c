/* ladder.c - observe, hold, lock: incidents, and when the evidence is enough. */
#include <math.h>

#include "base/memory.h"
#include "detect/fuse.h"

#include "base/ban.h"

enum { FIRST_ROOM = 256 };

static const double incident_opens = 4, incident_closes = 1;
/* Refusals a day that do no harm: of an old list; of mail that is called spam. */
static const double harmless_old = 30, harmless_spam = 7, called_spam = 0.2, most_harm = 2;
static const double bad_results = 1.25, few_refusals = 4.5, beyond_usual = 1, many_refusals = 50,
                    clean_list = -1, without_results = 1.5;

uint32_t detect_new_incident(struct detect *d)
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

    if (last != NONE &&
        (f->worst == NONE || d->incidents[last].score > d->incidents[f->worst].score)) {
        f->incident = f->worst;
        f->worst = last;
    }
    if (f->incident == NONE)
        f->incident = detect_new_incident(d);
    d->incidents[f->incident] = (struct incident){ .since = at };
    f->open = true;
}

static void lock(struct detect *d, struct fuse *f, struct wall at)
{
    struct incident *i = &d->incidents[f->incident];

    i->held_from = at;
    if (f->stage == STAGE_HOLD && fuse_doubts(d, f)->hold.since.ms < at.ms)
        i->held_from = fuse_doubts(d, f)->hold.since;
    i->locked = at;
    f->stage = STAGE_LOCK;
    origin_locked(d, f, at);
}

/* The highest score so far is remembered with what it was made of. */
static void note_peak(struct detect *d, struct fuse *f, struct verdict *v)
{
    struct incident *i = &d->incidents[f->incident];
    const struct doubts *doubts = fuse_doubts(d, f);

    if (doubts == NULL || v->score <= i->score)
        return;
    v->score = i->score = evidence_score(doubts->now);
    f->score = (float)v->score;
    memcpy(i->at_peak, doubts->now, sizeof i->at_peak);
}

/* Refusals within a day, beyond those that so much of its own mail, and everybody's now, meets. */
static double refused(const struct detect *d, const struct fuse *f, const struct results *r)
{
    const struct doubts *doubts = fuse_doubts(d, f);
    double spam = doubts != NULL ? (double)doubts->now[SIGNAL_REFUSED_AS_SPAM].expected : 0;

    return fmax(0, (double)r->unknown - results_usual_unknown(f) * (double)r->all) +
           fmax(0, (double)r->spam - spam * (double)r->all);
}

/* The more refusals a day, the sooner the server is blacklisted: what waiting costs. Dead addresses
 * that nobody calls spam cost less. */
static double harm(const struct detect *d, const struct fuse *f)
{
    bool spam = fuse_weight(d, f, SIGNAL_REFUSED_AS_SPAM) >= called_spam;

    return fmin(most_harm, 0.8 * log2(fmax(1, refused(d, f, &f->lately.results) /
                                                  (spam ? harmless_spam : harmless_old))));
}

/* What came back of its mail is bad, not by accident, and worse than what everybody meets; or there
 * is so much of it, from networks that are new, that it is bad for the server in any case. */
static bool results_are_bad(const struct detect *d, const struct fuse *f)
{
    const struct results *all = &f->lately.results;

    if (refused(d, f, &f->lately.away) >= many_refusals &&
        fuse_weight(d, f, SIGNAL_UNKNOWN_RECIPIENTS) > clean_list)
        return true;
    return (double)(all->unknown + all->spam) >= few_refusals &&
           refused(d, f, all) >= beyond_usual &&
           fmax(0, fuse_weight(d, f, SIGNAL_UNKNOWN_RECIPIENTS)) +
                   fmax(0, fuse_weight(d, f, SIGNAL_REFUSED_AS_SPAM)) >=
               bad_results;
}

/* Where mail comes from and how much there is of it is no proof: a new program at a hoster looks
 * like that, or a journey. Bad results are; without them more has to speak against an account. */
static bool proven(const struct detect *d, const struct fuse *f)
{
    double needed = d->options.lock_score;

    double score = (double)f->score, limit = fuse_weight(d, f, SIGNAL_LIMIT);

    if (limit > 0 && policy_locks_at_limit(d, f))
        return score >= needed;
    score -= limit; /* it asks for a hold, and has it */
    if (f->kind != SUBJECT_ACCOUNT || results_are_bad(d, f))
        return score >= needed - harm(d, f);
    return score >= needed + without_results - 0.5 * harm(d, f);
}

/* The networks that may be a thief's. */
static void forget_lately(struct fuse *f, const struct event *e)
{
    picture_forget_places(&f->picture, (uint16_t)(event_day(e) - 1), event_day(e));
}

/* Climb the ladder, or come down from it; a lock stays. */
void ladder_climb(struct detect *d, struct fuse *f, const struct event *e, struct verdict *v)
{
    v->score = (double)f->score;
    if (!f->open && v->score >= fmin(incident_opens, d->options.hold_score)) {
        incident_open(d, f, e->at);
        forget_lately(f, e);
        v->suspicion_began = true;
    }
    if (!f->open || f->stage == STAGE_LOCK)
        return;
    note_peak(d, f, v);
    if (v->score >= d->options.lock_score - most_harm && proven(d, f) &&
        !policy_forbids_lock(d, f)) {
        lock(d, f, e->at);
        return;
    }
    if (f->stage == STAGE_OBSERVE && v->score >= d->options.hold_score &&
        !policy_forbids_hold(d, f)) {
        forget_lately(f, e); /* what was learnt since while the score was lower */
        hold_begin(d, v->fuse, e->at);
    } else {
        hold_look(d, v->fuse, e->at);
    }
    if (f->stage == STAGE_HOLD && d->incidents[f->incident].held_from.ms == 0)
        d->incidents[f->incident].held_from = e->at;
    if (f->stage == STAGE_OBSERVE && v->score < incident_closes) {
        f->open = false;
        if (f->doubts != NONE)
            fuse_doubts(d, f)->hold.tolerated = 0;
        v->suspicion_ended = true;
    }
}
