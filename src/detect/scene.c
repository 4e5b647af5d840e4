#include "detect/scene.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "detect/fuse.h"

#include "base/ban.h"

/* Many refusals lower the score that a lock needs, but by no more than this share of it. */
static const double most_harm = 0.5;

/* An event, and when it really happens. */
struct moment {
    int64_t at_ms;
    size_t number; /* what is at the same time stays in its order */
    const struct scene_row *row;
    struct event event;
};

struct player {
    struct rehearsal *r;
    const struct scene_clock *clock;
    struct arena strings;
    struct moment *moments;
    size_t n, room;
    const struct scene_row *last; /* the row that matters */
    struct scene_end end;
    uint64_t fresh, results, messages; /* recipients, results, messages so far */
};

struct wall scene_day(int day)
{
    return (struct wall){ (civil_days(2026, 3, 2) + day - 1) * DAY_MS };
}

/* Events out of order make times disagree by as much as they are. */
static void check_incident(struct player *p, const struct incident *i, enum stage stage)
{
    const struct detect *d = rehearsal_detect(p->r);
    int64_t late_ms = 2 * p->clock->jitter_ms + p->clock->back_ms;

    assert(fabs(evidence_score(i->at_peak) - i->score) < 0.001);
    assert(i->held_from.ms == 0 || i->score >= d->options.hold_score - 0.001);
    assert(i->locked.ms == 0 || stage == STAGE_LOCK);
    p->end.hidden += i->locked.ms == 0 && stage == STAGE_LOCK;
    if (i->locked.ms == 0)
        return;
    assert(i->score >= d->options.lock_score * (1 - most_harm));
    assert(i->held_from.ms != 0 && i->held_from.ms <= i->locked.ms + late_ms);
}

static void check_fuse(struct player *p, const struct verdict *v)
{
    const struct detect *d = rehearsal_detect(p->r);
    const struct fuse *f = fuse_at(d, v->fuse);
    const struct doubts *doubts = fuse_doubts(d, f);
    const struct incident *i = detect_incident(d, v->fuse);

    assert(isfinite(v->score) && fabs(v->score - (double)f->score) < 0.001);
    assert(doubts != NULL || (f->score == 0 && f->stage == STAGE_OBSERVE && !f->open));
    assert(doubts == NULL || fabs(evidence_score(doubts->now) - v->score) < 0.001);
    for (unsigned s = 0; doubts != NULL && s < SIGNALS; s++)
        assert(doubts->now[s].weight >= signal_floor((enum signal)s) &&
               doubts->now[s].weight <= signal_cap((enum signal)s));
    if (i != NULL)
        check_incident(p, i, v->stage);
}

static void digest(struct scene_end *end, const struct verdict *v)
{
    end->digest = hash_u64(end->digest + v->fuse) + (uint64_t)llround(v->score * 1000) +
                  8 * (unsigned)v->stage + 4 * v->hold + 2 * v->suspicion_began +
                  v->suspicion_ended;
}

static void play(struct player *p, const struct scene_row *row, const struct event *e)
{
    struct verdict v = rehearsal_event(p->r, e);

    if (p->clock->digest_until.ms == 0 || e->at.ms < p->clock->digest_until.ms)
        digest(&p->end, &v);
    if (v.fuse == UINT32_MAX)
        return;
    check_fuse(p, &v);
    if (strcmp(row->who, p->last->who) != 0 || row->kind == SCENE_RECEIVED)
        return;
    p->end.stage = v.stage;
    p->end.score = v.score;
    p->end.highest = fmax(p->end.highest, v.score);
    p->end.began += v.suspicion_began;
    p->end.ended += v.suspicion_ended;
    if (row == p->last)
        p->end.held += v.hold;
}

/* What the clock of the log makes of it. */
static struct wall logged(const struct scene_clock *clock, int64_t at_ms)
{
    int64_t jitter_ms = clock->jitter_ms, ms = at_ms;

    if (jitter_ms > 0)
        ms += (int64_t)(hash_u64((uint64_t)at_ms) % (uint64_t)(2 * jitter_ms)) - jitter_ms;
    if (clock->back_from_day > 0 && at_ms >= scene_day(clock->back_from_day).ms)
        ms -= clock->back_ms;
    return (struct wall){ ms };
}

static void add(struct player *p, const struct scene_row *row, int64_t at_ms, const struct event *e)
{
    struct moment *moment;

    if (p->n == p->room) {
        p->room = p->room > 0 ? 2 * p->room : 1024;
        p->moments = memory_resize(p->moments, p->room, sizeof *p->moments);
    }
    moment = &p->moments[p->n];
    *moment = (struct moment){ at_ms, p->n, row, *e };
    moment->event.at = logged(p->clock, at_ms);
    moment->event.recipient = arena_copy(&p->strings, e->recipient);
    moment->event.queue_id = arena_copy(&p->strings, e->queue_id);
    p->n++;
}

static int64_t time_of(const struct scene_row *row, int day, unsigned i)
{
    return scene_day(day).ms + row->minute * (int64_t)MINUTE_MS +
           i * (int64_t)row->every_s * SECOND_MS;
}

static struct event event_of(const struct scene_row *row, unsigned i)
{
    struct slice rest = slice_of(row->from), head;
    struct event e = { .count = 1, .provider = row->provider, .software = row->software };
    char text[64];

    e.subject =
        subject_make(row->kind == SCENE_LAN ? SUBJECT_LAN : SUBJECT_ACCOUNT, slice_of(row->who));
    if (slice_cut(&rest, '*', &head)) {
        snprintf(text, sizeof text, "%.*s%u%.*s", SLICE_ARG(head),
                 i % (row->networks > 0 ? row->networks : 1), SLICE_ARG(rest));
        rest = slice_of(text);
    }
    (void)ip_parse(rest, &e.client);
    return e;
}

/* Strangers are with three large providers. */
static struct slice recipient(struct player *p, const struct scene_row *row, unsigned number,
                              char out[64])
{
    if (row->pool > 0)
        snprintf(out, 64, "friend%u@of-%.20s.example", number % row->pool,
                 row->list != NULL ? row->list : row->who);
    else
        snprintf(out, 64, "stranger%ju@out%u.example", (uintmax_t)p->fresh,
                 (unsigned)(p->fresh % 3));
    p->fresh += row->pool == 0;
    return slice_of(out);
}

static void set_result(struct player *p, const struct scene_row *row, struct event *e)
{
    unsigned draw = (unsigned)(hash_u64(++p->results) % 100);
    struct slice domain = e->recipient, name;
    struct wall other = p->clock->other_results_from;

    (void)slice_cut(&domain, '@', &name);
    e->domain = (uint32_t)event_address_key(domain);
    e->correspondent = event_address_key(e->recipient);
    e->local = row->local;
    e->status = draw < row->unknown_pct + row->spam_pct ? DELIVERY_BOUNCED : DELIVERY_SENT;
    e->reply = draw < row->unknown_pct ? REPLY_UNKNOWN_RECIPIENT : REPLY_SPAM;
    if (other.ms != 0 && e->queued.ms >= other.ms && strcmp(row->who, p->last->who) == 0) {
        e->status = DELIVERY_BOUNCED;
        e->reply = REPLY_SPAM;
    }
}

static void add_result(struct player *p, const struct scene_row *row, int64_t at_ms, struct event e)
{
    struct event first = e;

    if (row->put_off) {
        first.status = DELIVERY_DEFERRED;
        first.reply = REPLY_GREYLISTED;
        add(p, row, at_ms, &first);
        at_ms += 6 * MINUTE_MS;
        e.retry = true;
    }
    add(p, row, at_ms, &e);
}

static void add_message(struct player *p, const struct scene_row *row, int day, unsigned i)
{
    int64_t at_ms = time_of(row, day, i);
    int64_t after_ms = (row->after_s > 0 ? row->after_s : 2) * (int64_t)SECOND_MS;
    struct event e = event_of(row, i);
    char to[64], queue_id[24];

    snprintf(queue_id, sizeof queue_id, "%010jX", (uintmax_t)++p->messages);
    e.type = EVENT_SUBMISSION;
    e.queue_id = slice_of(queue_id);
    e.queued = logged(p->clock, at_ms);
    e.recipients = row->recipients;
    e.sender = slice_of(row->who);
    add(p, row, at_ms, &e);
    e.type = EVENT_DELIVERY;
    for (unsigned k = 0; !row->silent && k < row->recipients; k++) {
        e.recipient = recipient(p, row, i * row->recipients + k, to);
        set_result(p, row, &e);
        add_result(p, row, at_ms + after_ms, e);
    }
}

static void add_other(struct player *p, const struct scene_row *row, int day, unsigned i)
{
    static const enum event_type types[] = { [SCENE_LOGINS] = EVENT_LOGIN,
                                             [SCENE_FAILURES] = EVENT_LOGIN_FAILURE,
                                             [SCENE_RECEIVED] = EVENT_RECEIVED,
                                             [SCENE_LAN] = EVENT_FIREWALL };
    struct event e = event_of(row, i);
    char text[64];

    e.type = types[row->kind];
    if (row->kind == SCENE_RECEIVED)
        e.correspondent = event_address_key(recipient(p, row, i, text));
    snprintf(text, sizeof text, "198.51.%u.25", i % (row->recipients > 0 ? row->recipients : 1));
    if (row->kind == SCENE_LAN)
        (void)ip_parse(slice_of(text), &e.destination);
    add(p, row, time_of(row, day, i), &e);
}

static void add_row(struct player *p, const struct scene_row *row)
{
    for (int day = row->day; day == row->day || day < row->day + row->days; day++)
        for (unsigned i = 0; i < row->n; i++) {
            if (row->kind == SCENE_MAIL)
                add_message(p, row, day, i);
            else
                add_other(p, row, day, i);
        }
}

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;

    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

/* Messages of the last row that were accepted before the time from which nothing more left. */
static void count_left(struct player *p)
{
    const struct detect *d = rehearsal_detect(p->r);
    struct subject subject = subject_make(SUBJECT_ACCOUNT, slice_of(p->last->who));
    uint32_t fuse = detect_find(d, &subject);
    const struct incident *i = fuse != UINT32_MAX ? detect_incident(d, fuse) : NULL;

    if (i != NULL)
        p->end.held_from = i->held_from;
    for (size_t k = 0; k < p->n; k++)
        if (p->moments[k].row == p->last && p->moments[k].event.type == EVENT_SUBMISSION)
            p->end.left +=
                i == NULL || i->locked.ms == 0 || p->moments[k].event.at.ms < i->held_from.ms;
}

struct scene_end scene_play(struct rehearsal *r, const struct scene_row *rows,
                            const struct scene_clock *clock)
{
    struct player p = { .r = r, .clock = clock, .last = rows };

    while (p.last[0].kind != SCENE_END && p.last[1].kind != SCENE_END)
        p.last++;
    for (const struct scene_row *row = rows; row->kind != SCENE_END; row++)
        add_row(&p, row);
    if (p.n > 0)
        qsort(p.moments, p.n, sizeof *p.moments, by_time);
    for (size_t i = 0; i < p.n; i++)
        play(&p, p.moments[i].row, &p.moments[i].event);
    count_left(&p);
    (void)rehearsal_holds(r, &p.end.holds);
    arena_done(&p.strings);
    free(p.moments);
    return p.end;
}
