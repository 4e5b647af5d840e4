/* policy.c - what the administrator wants of a subject: limits, trust and exceptions. */
#include <math.h>

#include "base/memory.h"
#include "detect/fuse.h"

#include "base/ban.h"

enum { POLICIES_MAX = UINT16_MAX, EPOCH_DAYS = 1009 };

static const double rounding = 0.01; /* scores are floats */

static const struct detect_policy nothing_special = {
    DETECT_NO_LIMIT, DETECT_NO_LIMIT, DETECT_NO_LIMIT, DETECT_NO_LIMIT, DETECT_NO_LIMIT, 0,
    false,           false,           false,           false,           false,           { 0 },
};

static const struct detect_policy *policy_of(const struct detect *d, const struct fuse *f)
{
    return f->policy < d->policies_n ? &d->policies[f->policy] : &nothing_special;
}

static bool same(const struct detect_policy *a, const struct detect_policy *b)
{
    for (int i = 0; i < POLICY_COUNTRIES; i++)
        if (a->countries[i] != b->countries[i])
            return false;
    return a->messages_hour == b->messages_hour && a->messages_day == b->messages_day &&
           a->recipients_hour == b->recipients_hour && a->recipients_day == b->recipients_day &&
           a->unknown_day == b->unknown_day && a->free_hour == b->free_hour &&
           a->lock_at_limit == b->lock_at_limit && a->refuse_at_limit == b->refuse_at_limit &&
           a->bulk == b->bulk && a->never_hold == b->never_hold && a->never_lock == b->never_lock;
}

/* The number of that policy; the same ones share one. */
static uint16_t policy_number(struct detect *d, const struct detect_policy *policy)
{
    for (uint32_t i = 0; i < d->policies_n; i++)
        if (same(&d->policies[i], policy))
            return (uint16_t)i;
    if (d->policies_n == POLICIES_MAX)
        return 0;
    if (d->policies_n == d->policies_room) {
        d->policies_room = d->policies_room > 0 ? d->policies_room * 2 : 16;
        d->policies = memory_resize(d->policies, d->policies_room, sizeof *d->policies);
    }
    d->policies[d->policies_n] = *policy;
    return (uint16_t)d->policies_n++;
}

static bool counts_needed(const struct detect_policy *p)
{
    return p->messages_hour != DETECT_NO_LIMIT || p->messages_day != DETECT_NO_LIMIT ||
           p->recipients_hour != DETECT_NO_LIMIT || p->recipients_day != DETECT_NO_LIMIT ||
           p->unknown_day != DETECT_NO_LIMIT || p->free_hour > 0;
}

void policy_ask(struct detect *d, struct fuse *f, const struct event *e)
{
    struct detect_policy policy = nothing_special;
    struct subject subject = { (enum subject_kind)f->kind, { f->name, f->name_n }, f->hash, 0 };

    uint16_t day = (uint16_t)(event_day(e) + d->policy_epoch * EPOCH_DAYS);

    if (d->options.policy == NULL || f->policy_day == day)
        return;
    f->policy_day = day;
    if (d->policies_n == 0)
        (void)policy_number(d, &nothing_special);
    d->options.policy(d->options.policy_ctx, &subject, e->at, e->utc_offset_s, &policy);
    f->policy = policy_number(d, &policy);
    if (f->counts == NONE && counts_needed(&policy)) {
        f->counts = d->counts.n;
        (void)pool_add(&d->counts);
    }
}

/* Loaded after a restart: its next event may be far away. */
void policy_ask_first(struct detect *d, struct fuse *f, struct wall at)
{
    const struct counts *c = f->counts != NONE ? pool_at(&d->counts, f->counts) : NULL;

    if (f->policy_day == 0)
        policy_ask(d, f,
                   &(struct event){ .at = at, .utc_offset_s = c != NULL ? c->utc_offset_s : 0 });
}

/* Its counts of the hour and the day of the event, or NULL. */
struct counts *policy_counts(const struct detect *d, const struct fuse *f, const struct event *e)
{
    int64_t hour = e->at.ms / HOUR_MS;
    struct counts *c;

    if (f->counts == NONE)
        return NULL;
    c = pool_at(&d->counts, f->counts);
    c->utc_offset_s = e->utc_offset_s;
    if (c->hour != hour) {
        c->hour = hour;
        c->messages_hour = c->recipients_hour = 0;
    }
    if (c->day != event_day(e)) {
        c->day = event_day(e);
        c->messages_day = c->recipients_day = c->unknown_day = 0;
    }
    return c;
}

struct excess {
    uint32_t have, most;
};

static void exceeds(struct excess *worst, uint32_t have, uint32_t most)
{
    if (have > most && (worst->most == 0 || (uint64_t)have * worst->most >
                                                (uint64_t)worst->have * (most > 0 ? most : 1)))
        *worst = (struct excess){ have, most > 0 ? most : 1 };
}

/* By how much the counts of the hour and of the day are more than is allowed. */
static struct excess worst_excess(const struct detect_policy *p, const struct counts *c, bool hour,
                                  bool day)
{
    struct excess worst = { 0, 0 };

    if (hour) {
        exceeds(&worst, c->messages_hour, p->messages_hour);
        exceeds(&worst, c->recipients_hour, p->recipients_hour);
    }
    if (day) {
        exceeds(&worst, c->messages_day, p->messages_day);
        exceeds(&worst, c->recipients_day, p->recipients_day);
        exceeds(&worst, c->unknown_day, p->unknown_day);
    }
    return worst;
}

/* Keep in `out` what would be exceeded by most. */
static void would_exceed(struct detect_limit *out, uint32_t have, uint32_t more, uint32_t most)
{
    if (out->most != 0 || (uint64_t)have + more <= most)
        return;
    out->have = have;
    out->most = most > 0 ? most : 1;
}

struct detect_limit policy_room(const struct detect *d, const struct fuse *f, const struct event *e,
                                uint32_t messages, uint32_t recipients)
{
    const struct detect_policy *p = policy_of(d, f);
    const struct counts *c = policy_counts(d, f, e);
    struct detect_limit out = { 0 };

    if (c == NULL)
        return out;
    would_exceed(&out, c->unknown_day, 0, p->unknown_day); /* one more may exist, or not */
    out.unknown = out.most != 0;
    if (out.unknown)
        return out;
    would_exceed(&out, c->recipients_day, recipients, p->recipients_day);
    would_exceed(&out, c->recipients_hour, recipients, p->recipients_hour);
    out.hour = out.most != 0 && c->recipients_hour + (uint64_t)recipients > p->recipients_hour;
    if (out.most != 0)
        return out;
    out.messages = true;
    would_exceed(&out, c->messages_day, messages, p->messages_day);
    out.hour = out.most == 0;
    would_exceed(&out, c->messages_hour, messages, p->messages_hour);
    return out;
}

bool policy_limit_is_over(const struct detect *d, const struct fuse *f, struct wall at)
{
    const struct counts *c = f->counts != NONE ? pool_at(&d->counts, f->counts) : NULL;

    if (c == NULL)
        return true;
    return worst_excess(policy_of(d, f), c, c->hour == at.ms / HOUR_MS,
                        c->day == (at.ms + (int64_t)c->utc_offset_s * SECOND_MS) / DAY_MS)
               .have == 0;
}

/* What is missing for the hold, or the lock, that the administrator asked for, when all else has
 * been weighed. */
static double missing(struct detect *d, struct fuse *f, const struct event *e)
{
    double target = policy_of(d, f)->lock_at_limit ? d->options.lock_score : d->options.hold_score;

    (void)fuse_doubt(d, f);
    origin_weigh(d, f, e);
    results_weigh(d, f, e);
    return target + rounding - ((double)f->score - fuse_weight(d, f, SIGNAL_LIMIT));
}

void policy_submission(struct detect *d, struct fuse *f, const struct event *e)
{
    const struct detect_policy *p = policy_of(d, f);
    struct counts *c = policy_counts(d, f, e);
    struct excess worst;

    if (c == NULL)
        return;
    c->messages_hour++;
    c->messages_day++;
    c->recipients_hour += e->recipients;
    c->recipients_day += e->recipients;
    worst = worst_excess(p, c, true, true);
    if (worst.have > 0 && !p->refuse_at_limit)
        fuse_set(d, f, e, SIGNAL_LIMIT, fmax(1, missing(d, f, e)), worst.have, worst.most);
    else if (fuse_weight(d, f, SIGNAL_LIMIT) > 0)
        fuse_set(d, f, e, SIGNAL_LIMIT, 0, 0, 0);
}

/* A result is about what was sent before: it may be of the hour or the day before, and begins none
 * of them anew. */
void policy_unknown(struct detect *d, struct fuse *f, const struct event *e)
{
    struct counts *c = f->counts != NONE ? pool_at(&d->counts, f->counts) : NULL;

    if (c == NULL)
        return;
    if (event_day(e) > c->day)
        (void)policy_counts(d, f, e);
    c->unknown_day++;
}

bool policy_locks_at_limit(const struct detect *d, const struct fuse *f)
{
    return policy_of(d, f)->lock_at_limit;
}

bool policy_ignores(const struct detect *d, const struct fuse *f, enum signal s)
{
    return (d->options.ignored >> s & 1) != 0 ||
           (f->policy != 0 && policy_of(d, f)->bulk &&
            (s == SIGNAL_VOLUME || s == SIGNAL_STRANGERS || s == SIGNAL_RUN));
}

bool policy_forbids_hold(const struct detect *d, const struct fuse *f)
{
    const struct detect_policy *p = policy_of(d, f);

    if (p->never_hold)
        return true;
    return p->free_hour > 0 && !(fuse_weight(d, f, SIGNAL_LIMIT) > 0) && f->counts != NONE &&
           ((struct counts *)pool_at(&d->counts, f->counts))->recipients_hour < p->free_hour;
}

bool policy_forbids_lock(const struct detect *d, const struct fuse *f)
{
    return policy_of(d, f)->never_lock || policy_forbids_hold(d, f);
}

bool policy_admits_country(const struct detect *d, const struct fuse *f, uint16_t country)
{
    const struct detect_policy *p = policy_of(d, f);

    for (int i = 0; i < POLICY_COUNTRIES; i++)
        if (p->countries[i] == country)
            return true;
    return false;
}
