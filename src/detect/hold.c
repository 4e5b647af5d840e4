/* hold.c - what is done in doubt: its mail is held, a little of it goes out, and the results of
 * that little decide: let all go, or lock. Each allowance is twice the one before. */
#include <math.h>

#include "base/memory.h"
#include "detect/fuse.h"

#include "base/ban.h"

enum {
    FIRST_ALLOWANCE = 10, /* recipients */
    LAST_ALLOWANCE = 160,
    ONE_MESSAGE = 100,             /* recipients of one message that may go whatever is allowed */
    WAIT_MS = 8 * MINUTE_MS,       /* for the results of one allowance */
    SHORT_WAIT_MS = 3 * MINUTE_MS, /* for more letters to many */
    LONG_WAIT_MS = 45 * MINUTE_MS,
    LOOK_MS = 10 * SECOND_MS,
};

/* Below this much under the score of a hold it is let go; this much under a lock it is waited for
 * longer. */
static const double less_to_release = 1.5, near_lock = 1;
/* Who was let go is held again when that much more is against it. */
static const double more_to_hold = 1.5;

static struct wall later(struct wall at, int64_t ms)
{
    return (struct wall){ at.ms + ms };
}

/* Time passes when something is logged: what was due in between happened then. */
static struct wall sooner(struct wall a, struct wall b)
{
    return a.ms < b.ms ? a : b;
}

void hold_enlist(struct detect *d, uint32_t fuse)
{
    for (uint32_t i = 0; i < d->held_n; i++)
        if (d->held[i] == fuse)
            return; /* it was let go a moment ago */
    if (d->held_n == d->held_room) {
        d->held_room = d->held_room > 0 ? d->held_room * 2 : 64;
        d->held = memory_resize(d->held, d->held_room, sizeof *d->held);
    }
    d->held[d->held_n++] = fuse;
}

void hold_begin(struct detect *d, uint32_t fuse, struct wall at)
{
    struct fuse *f = fuse_at(d, fuse);
    struct hold *h = &fuse_doubt(d, f)->hold;

    if ((double)f->score < (double)h->tolerated + (h->tolerated > 0 ? more_to_hold : 0) &&
        !(fuse_weight(d, f, SIGNAL_LIMIT) > 0))
        return;
    h->since = at;
    h->messages = h->recipients = 0;
    h->batch = fmaxf(FIRST_ALLOWANCE, f->lately.awaited);
    h->allowance = h->batch - f->lately.awaited;
    if (f->lately.results.all - f->lately.awaited > FIRST_ALLOWANCE)
        h->allowance = 0; /* there is something to decide on already */
    h->decide_by = later(at, WAIT_MS);
    f->stage = STAGE_HOLD;
    hold_enlist(d, fuse);
}

static struct wall release(const struct detect *d, uint32_t fuse, uint32_t n, struct wall at)
{
    return d->options.release != NULL ? d->options.release(d->options.release_ctx, fuse, n, at)
                                      : (struct wall){ 0 };
}

static void release_all(struct detect *d, uint32_t fuse, struct wall at)
{
    struct fuse *f = fuse_at(d, fuse);
    struct hold *h = &fuse_doubt(d, f)->hold;

    h->tolerated = f->score;
    f->lately.awaited += (float)h->recipients;
    h->messages = h->recipients = 0;
    f->stage = STAGE_OBSERVE;
    (void)release(d, fuse, UINT32_MAX, at);
}

/* Let as many of the oldest go as the allowance permits. */
static void release_some(struct detect *d, uint32_t fuse, struct wall at)
{
    struct fuse *f = fuse_at(d, fuse);
    struct hold *h = &fuse_doubt(d, f)->hold;
    float each = h->messages > 0 ? fmaxf(1, (float)h->recipients / (float)h->messages) : 1;
    uint32_t n = (uint32_t)(h->allowance / each);
    float recipients;
    struct wall oldest;

    if (h->messages == 0 || (n == 0 && each > ONE_MESSAGE))
        return; /* a message to thousands is not a little */
    n = n < 1 ? 1 : n > h->messages ? h->messages : n;
    recipients = (float)n * each;
    h->allowance = fmaxf(0, h->allowance - recipients);
    h->messages -= n;
    h->recipients -= (uint32_t)fminf((float)h->recipients, recipients);
    f->lately.awaited += recipients;
    oldest = release(d, fuse, n, at);
    h->since = oldest.ms != 0 ? oldest : at;
}

bool hold_message(struct detect *d, struct fuse *f, const struct event *e)
{
    struct hold *h = &fuse_doubt(d, f)->hold;
    /* Of letters to many the next ones tell more than what comes back of the first. */
    float may_go = fuse_weight(d, f, SIGNAL_CIRCULAR) > 0 ? 0 : ONE_MESSAGE;

    if (h->messages == 0 && h->allowance >= 1 && !(fuse_weight(d, f, SIGNAL_LIMIT) > 0) &&
        (float)e->recipients <= fmaxf(h->allowance, may_go)) {
        h->allowance -= (float)e->recipients;
        h->since = later(e->at, 2); /* the next one */
        h->decide_by = later(e->at, WAIT_MS);
        return false;
    }
    if (h->messages == 0 && h->since.ms < e->at.ms)
        h->since = e->at;
    h->messages++;
    h->recipients += e->recipients;
    return true;
}

void hold_took_back(struct detect *d, uint32_t fuse, uint32_t messages, uint32_t recipients,
                    struct wall at)
{
    struct fuse *f = fuse_at(d, fuse);
    struct hold *h = &fuse_doubt(d, f)->hold;

    h->messages += messages;
    h->recipients += recipients;
    f->lately.awaited = fmaxf(0, f->lately.awaited - (float)recipients);
    h->batch = fmaxf(FIRST_ALLOWANCE, f->lately.awaited);
    h->allowance = h->batch - f->lately.awaited;
    if (f->lately.results.all > FIRST_ALLOWANCE)
        h->allowance = 0; /* there is something to decide on already */
    if (h->allowance >= 1)
        release_some(d, fuse, at);
}

/* A limit holds until its hour or day is over. */
static void end_limit(struct detect *d, uint32_t fuse, struct wall at)
{
    struct fuse *f = fuse_at(d, fuse);
    struct doubts *doubts = fuse_doubt(d, f);

    if (!policy_limit_is_over(d, f, at))
        return;
    doubts->now[SIGNAL_LIMIT] = (struct evidence){ 0 };
    f->score = (float)evidence_score(doubts->now);
    if ((double)f->score < d->options.hold_score)
        release_all(d, fuse, at);
}

static void decide(struct detect *d, uint32_t fuse, struct wall at)
{
    struct fuse *f = fuse_at(d, fuse);
    struct hold *h = &fuse_doubt(d, f)->hold;
    double score = (double)f->score;
    bool set_back = at.ms < h->decide_by.ms - WAIT_MS - HOUR_MS; /* the clock was */
    bool late = at.ms >= h->decide_by.ms || set_back;
    bool very_late = at.ms >= h->decide_by.ms + LONG_WAIT_MS || set_back;

    if (fuse_weight(d, f, SIGNAL_LIMIT) > 0) {
        end_limit(d, fuse, at);
        return;
    }
    if (score >= d->options.lock_score && policy_forbids_lock(d, f))
        return; /* the settings forbid the lock, not the hold */
    if (score < d->options.hold_score - less_to_release) {
        release_all(d, fuse, at);
    } else if (f->lately.awaited <= 0.2F * h->batch && h->allowance < 1) {
        if (h->batch >= LAST_ALLOWANCE) {
            release_all(d, fuse, at);
            return;
        }
        h->batch *= 2;
        h->allowance = h->batch;
        h->decide_by = later(at, WAIT_MS);
        release_some(d, fuse, at);
    } else if (!late && at.ms >= h->decide_by.ms - WAIT_MS + SHORT_WAIT_MS && h->allowance >= 1 &&
               h->messages > 0 && h->recipients <= ONE_MESSAGE * h->messages) {
        release_some(d, fuse, at); /* letters to many: now the first one may go, too */
        h->allowance = 0;
    } else if (late && score < d->options.lock_score - near_lock) {
        release_all(d, fuse, sooner(at, h->decide_by));
    } else if (very_late) {
        release_all(d, fuse, sooner(at, later(h->decide_by, LONG_WAIT_MS)));
    }
}

void hold_look(struct detect *d, uint32_t fuse, struct wall at)
{
    if (fuse_at(d, fuse)->stage != STAGE_HOLD)
        return;
    fuse_touch(d, fuse);
    policy_ask_first(d, fuse_at(d, fuse), at);
    decide(d, fuse, at);
}

void hold_look_at_all(struct detect *d, struct wall at)
{
    uint32_t left = 0;

    if (at.ms < d->look_at.ms && at.ms > d->look_at.ms - HOUR_MS)
        return;
    d->look_at = later(at, LOOK_MS);
    for (uint32_t i = 0; i < d->held_n; i++) {
        hold_look(d, d->held[i], at);
        if (fuse_at(d, d->held[i])->stage == STAGE_HOLD)
            d->held[left++] = d->held[i];
    }
    d->held_n = left;
}
