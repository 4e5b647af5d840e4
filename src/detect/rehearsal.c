#include "detect/rehearsal.h"

#include <stdlib.h>

#include "base/memory.h"
#include "detect/fuse.h"

#include "base/ban.h"

enum { WAITING_MAX = 4096, RESULTS_MAX = 8192 };

/* A message that waits, or that was let go late. */
struct waiting {
    uint64_t id;
    struct wall queued, released; /* released 0: it waits */
    uint32_t recipients;
};

/* A result that is not known yet. */
struct result {
    struct event event;
    uint32_t message; /* which of `waiting` */
    struct wall due;  /* 0 while the message waits */
};

/* The mail of one fuse that is held, or was. */
struct holding {
    uint32_t fuse;
    struct waiting *waiting;
    uint32_t waiting_n, waiting_room, released; /* the first `released` were let go */
    struct result *results;
    uint32_t results_n, results_room;
    struct wall crowded_out; /* acceptance of the last message that found no room in `waiting` */
    struct wall next;        /* the first `due` of the results; 0: none */
    struct rehearsed_hold hold;
    uint64_t messages, recipients; /* held now */
};

struct rehearsal {
    struct detect *detect;
    struct holding *holdings;
    uint32_t holdings_n, holdings_room;
    struct rehearsed_hold *holds;
    uint32_t holds_n, holds_room;
    uint64_t lost;
};

static void *grown(void *items, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return items;
    *room = *room > 0 ? *room * 2 : 16;
    return memory_resize(items, *room, size);
}

static struct holding *holding_of(const struct rehearsal *r, uint32_t fuse)
{
    for (uint32_t i = 0; i < r->holdings_n; i++)
        if (r->holdings[i].fuse == fuse)
            return &r->holdings[i];
    return NULL;
}

static struct holding *holding_new(struct rehearsal *r, uint32_t fuse)
{
    r->holdings = grown(r->holdings, r->holdings_n, &r->holdings_room, sizeof *r->holdings);
    r->holdings[r->holdings_n] = (struct holding){ .fuse = fuse };
    return &r->holdings[r->holdings_n++];
}

static uint64_t message_id(const struct event *e)
{
    return hash_slice(e->queue_id, (uint64_t)e->queued.ms);
}

/* Make room: what was let go is known well enough. */
static void forget_released(struct holding *h)
{
    uint32_t gone = h->released;

    h->waiting_n -= gone;
    memmove(h->waiting, h->waiting + gone, h->waiting_n * sizeof *h->waiting);
    h->released = 0;
    for (uint32_t i = 0; i < h->results_n; i++)
        h->results[i].message =
            h->results[i].message < gone ? UINT32_MAX : h->results[i].message - gone;
}

static void keep_message(struct rehearsal *r, uint32_t fuse, const struct event *e)
{
    struct holding *h = holding_of(r, fuse);

    if (h == NULL)
        h = holding_new(r, fuse);
    if (h->hold.messages == 0)
        h->hold = (struct rehearsed_hold){ .fuse = fuse, .from = e->at };
    h->hold.messages++;
    h->hold.recipients += e->recipients;
    h->messages++;
    h->recipients += e->recipients;
    if (h->waiting_n == WAITING_MAX)
        forget_released(h);
    if (h->waiting_n == WAITING_MAX) {
        h->crowded_out = e->queued;
        return;
    }
    h->waiting = grown(h->waiting, h->waiting_n, &h->waiting_room, sizeof *h->waiting);
    h->waiting[h->waiting_n++] = (struct waiting){ message_id(e), e->queued, { 0 }, e->recipients };
}

/* When a result at `at` comes of a message that was let go late. */
static struct wall due(const struct waiting *w, struct wall at)
{
    return (struct wall){ w->released.ms + (at.ms - w->queued.ms) };
}

static void sooner(struct holding *h, struct wall when)
{
    if (h->next.ms == 0 || when.ms < h->next.ms)
        h->next = when;
}

static void keep_result(struct rehearsal *r, struct holding *h, uint32_t message,
                        const struct event *e)
{
    struct result *result;

    if (h->results_n == RESULTS_MAX) {
        r->lost++;
        return;
    }
    h->results = grown(h->results, h->results_n, &h->results_room, sizeof *h->results);
    result = &h->results[h->results_n++];
    *result = (struct result){ .event = *e, .message = message };
    result->event.recipient = result->event.queue_id = result->event.text = result->event.sender =
        result->event.protocol = (struct slice){ NULL, 0 };
    if (h->waiting[message].released.ms != 0) {
        result->due = due(&h->waiting[message], e->at);
        sooner(h, result->due);
    }
}

/* A detect_release. */
static struct wall let_go(void *ctx, uint32_t fuse, uint32_t n, struct wall at)
{
    struct rehearsal *r = ctx;
    struct holding *h = holding_of(r, fuse);
    struct wall none = { 0 };

    if (h == NULL)
        return none;
    h->hold.until = at;
    for (; n > 0 && h->released < h->waiting_n; n--, h->released++) {
        struct waiting *w = &h->waiting[h->released];

        w->released = at;
        h->messages--;
        h->recipients -= w->recipients;
        if (at.ms - w->queued.ms > h->hold.longest_ms)
            h->hold.longest_ms = at.ms - w->queued.ms;
    }
    for (uint32_t i = 0; i < h->results_n; i++)
        if (h->results[i].due.ms == 0 && h->results[i].message < h->released) {
            h->results[i].due = due(&h->waiting[h->results[i].message], h->results[i].event.at);
            sooner(h, h->results[i].due);
        }
    if (h->released < h->waiting_n)
        return h->waiting[h->released].queued;
    if (n == 0)
        return none;
    h->messages = h->recipients = 0; /* those that found no room, too */
    if (h->hold.messages > 0) {      /* the hold is over */
        r->holds = grown(r->holds, r->holds_n, &r->holds_room, sizeof *r->holds);
        r->holds[r->holds_n++] = h->hold;
        h->hold = (struct rehearsed_hold){ 0 };
    }
    return none;
}

/* Hand on the results that are due, those that came first. */
static void hand_on(struct rehearsal *r, uint32_t holding, struct wall now)
{
    for (;;) {
        struct holding *h = &r->holdings[holding];
        uint32_t first = UINT32_MAX;
        struct event e;

        for (uint32_t i = 0; i < h->results_n; i++)
            if (h->results[i].due.ms != 0 &&
                (first == UINT32_MAX || h->results[i].due.ms < h->results[first].due.ms))
                first = i;
        h->next.ms = first != UINT32_MAX ? h->results[first].due.ms : 0;
        if (first == UINT32_MAX || h->next.ms > now.ms)
            return;
        e = h->results[first].event;
        e.at = h->results[first].due;
        e.subject = detect_subject(r->detect, h->fuse);
        h->results[first] = h->results[--h->results_n];
        (void)detect_event(r->detect, &e);
    }
}

static void holding_done(struct holding *h)
{
    free(h->waiting);
    free(h->results);
    *h = (struct holding){ 0 };
}

/* Nobody waits for its mail any more, since an hour. */
static bool is_over(const struct rehearsal *r, const struct holding *h, struct wall now)
{
    return h->results_n == 0 && h->waiting_n > 0 && h->released == h->waiting_n &&
           h->waiting[h->waiting_n - 1].released.ms < now.ms - HOUR_MS &&
           fuse_at(r->detect, h->fuse)->stage == STAGE_OBSERVE;
}

/* Results whose time has come; what is over is forgotten. */
static void catch_up(struct rehearsal *r, struct wall now)
{
    uint32_t left = 0;

    for (uint32_t i = 0; i < r->holdings_n; i++)
        if (r->holdings[i].next.ms != 0 && r->holdings[i].next.ms <= now.ms)
            hand_on(r, i, now);
    for (uint32_t i = 0; i < r->holdings_n; i++) {
        if (is_over(r, &r->holdings[i], now)) {
            holding_done(&r->holdings[i]);
            continue;
        }
        if (left < i)
            r->holdings[left] = r->holdings[i];
        left++;
    }
    r->holdings_n = left;
}

/* True when the engine may not know this result (yet). */
static bool withheld(struct rehearsal *r, const struct event *e, uint32_t fuse)
{
    const struct fuse *f = fuse_at(r->detect, fuse);
    struct holding *h = holding_of(r, fuse);
    const struct incident *i = detect_incident(r->detect, fuse);
    uint64_t id = message_id(e);

    if (f->stage == STAGE_LOCK && i != NULL && e->queued.ms >= i->held_from.ms)
        return true;
    for (uint32_t k = h != NULL ? h->waiting_n : 0; k-- > 0;) {
        if (h->waiting[k].id != id)
            continue;
        if (h->waiting[k].released.ms != 0 && due(&h->waiting[k], e->at).ms <= e->at.ms)
            return false;
        keep_result(r, h, k, e);
        return true;
    }
    /* one of those that found no room */
    return h != NULL && h->waiting_n == WAITING_MAX &&
           e->queued.ms > h->waiting[WAITING_MAX - 1].queued.ms &&
           e->queued.ms <= h->crowded_out.ms;
}

struct verdict rehearsal_event(struct rehearsal *r, const struct event *e)
{
    struct verdict v;
    uint32_t fuse;

    if (r->holdings_n > 0)
        catch_up(r, e->at);
    if (e->type == EVENT_DELIVERY) {
        fuse = detect_find(r->detect, &e->subject);
        if (fuse != UINT32_MAX && fuse_at(r->detect, fuse)->incident != NONE &&
            withheld(r, e, fuse))
            return (struct verdict){ .fuse = fuse,
                                     .stage = (enum stage)fuse_at(r->detect, fuse)->stage,
                                     .score = (double)fuse_at(r->detect, fuse)->score };
    }
    v = detect_event(r->detect, e);
    if (v.hold && v.stage == STAGE_HOLD)
        keep_message(r, v.fuse, e);
    return v;
}

struct rehearsal *rehearsal_new(const struct detect_options *options)
{
    struct rehearsal *r = memory_new(1, sizeof *r);
    struct detect_options mine = *options;

    mine.release = let_go;
    mine.release_ctx = r;
    r->detect = detect_new(&mine);
    return r;
}

void rehearsal_resume(struct rehearsal *r)
{
    detect_set_release(r->detect, let_go, r);
}

void rehearsal_free(struct rehearsal *r)
{
    if (r == NULL)
        return;
    for (uint32_t i = 0; i < r->holdings_n; i++)
        holding_done(&r->holdings[i]);
    free(r->holdings);
    free(r->holds);
    detect_free(r->detect);
    free(r);
}

struct detect *rehearsal_detect(const struct rehearsal *r)
{
    return r->detect;
}

const struct rehearsed_hold *rehearsal_holds(const struct rehearsal *r, size_t *n)
{
    *n = r->holds_n;
    return r->holds;
}

void rehearsal_held(const struct rehearsal *r, uint32_t fuse, uint64_t *messages,
                    uint64_t *recipients)
{
    const struct holding *h = holding_of(r, fuse);

    *messages = h != NULL ? h->messages : 0;
    *recipients = h != NULL ? h->recipients : 0;
}

uint64_t rehearsal_lost(const struct rehearsal *r)
{
    return r->lost;
}
