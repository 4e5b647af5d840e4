/* relay_bulkhead.c - while only clean accounts take the emergency relay: the senders of the others,
 * and their mail that waits. */
#include <stdlib.h>
#include <syslog.h>

#include "act/check.h"
#include "act/relay_map.h"
#include "base/hash.h"
#include "base/memory.h"
#include "run/relay_switch_private.h"

#include "base/ban.h"

enum {
    SEED = 5,
    LET_GO_EVERY_MS = 2 * SECOND_MS,
    LET_GO_AGAIN_MS = 10 * SECOND_MS,
    LET_GO_MOST = 500, /* messages in one request */
};

#define KEY SLICE("relay-held ")

bool relay_suspects(const struct daemon *d, uint32_t fuse)
{
    return fuse != UINT32_MAX && box_open(d->box, fuse) != NULL;
}

static uint64_t hash_of(struct slice folded)
{
    return hash_slice(folded, SEED);
}

/* ---- senders */

static struct relay_sender *find_sender(struct relay_switch *r, uint32_t fuse, uint64_t hash)
{
    for (uint32_t i = 0; i < r->senders_n; i++)
        if (r->senders[i].hash == hash && r->senders[i].fuse == fuse)
            return &r->senders[i];
    return NULL;
}

/* May stand in the map: as the helper will look at it again. */
static bool fits(struct slice folded)
{
    return check_lock_account(folded) == NULL && folded.p[0] != '@' &&
           memchr(folded.p, '@', folded.n) != NULL;
}

static bool is_full(const struct relay_switch *r, uint32_t fuse)
{
    uint32_t same = 0;

    for (uint32_t i = 0; i < r->senders_n; i++)
        same += r->senders[i].fuse == fuse;
    return r->senders_n == RELAY_SENDERS || same == RELAY_SENDERS_EACH;
}

/* The entry of that sender, a new one if need be; NULL: it cannot stand in the map. */
static struct relay_sender *note_sender(struct relay_switch *r, uint32_t fuse, struct slice sender)
{
    char room[ADDRESS_MAX];
    struct slice folded = address_fold(sender, room);
    struct relay_sender *known = find_sender(r, fuse, hash_of(folded));

    if (known != NULL)
        return known;
    if (!fits(folded) || is_full(r, fuse))
        return NULL;
    if (r->senders_n == r->senders_room) {
        r->senders_room = r->senders_room > 0 ? 2 * r->senders_room : 16;
        r->senders = memory_resize(r->senders, r->senders_room, sizeof *r->senders);
    }
    known = &r->senders[r->senders_n++];
    *known = (struct relay_sender){ .hash = hash_of(folded),
                                    .fuse = fuse,
                                    .address = memory_text(folded.p, folded.n) };
    r->dirty = r->dirty || (r->state.on && r->state.only_clean);
    return known;
}

/* The accounts that are suspicious by now, by their own addresses; and those that no longer are. */
static void follow_suspicion(struct relay_switch *r)
{
    const struct box_incident *i;
    struct daemon *d = r->d;

    for (uint32_t k = 0; (i = box_at(d->box, k)) != NULL; k++)
        if (i->subject.kind == SUBJECT_ACCOUNT && relay_suspects(d, i->fuse))
            (void)note_sender(r, i->fuse, i->subject.name);
    for (uint32_t k = r->senders_n; k-- > 0;) {
        struct relay_sender *s = &r->senders[k];

        if (relay_suspects(d, s->fuse))
            continue;
        r->dirty = r->dirty || s->sent || s->written.ms != 0;
        free(s->address);
        *s = r->senders[--r->senders_n];
    }
}

void relay_bulkhead_written(struct relay_switch *r, bool good)
{
    for (uint32_t i = 0; i < r->senders_n; i++) {
        struct relay_sender *s = &r->senders[i];

        if (good && !s->sent)
            s->written = (struct wall){ 0 };
        else if (good && s->written.ms == 0)
            s->written = r->d->now;
    }
}

void relay_move(struct wall *at, int64_t by_ms)
{
    if (at->ms != 0)
        at->ms += by_ms;
}

void relay_bulkhead_clock_set(struct relay_switch *r, int64_t by_ms)
{
    for (uint32_t i = 0; i < r->senders_n; i++)
        relay_move(&r->senders[i].written, by_ms);
    for (uint32_t i = 0; i < r->held_n; i++)
        relay_move(&r->held[i].at, by_ms);
}

/* Postfix knows by now that its mail goes directly. */
static bool is_settled(struct relay_switch *r, uint32_t fuse, uint64_t hash)
{
    struct relay_sender *s = find_sender(r, fuse, hash);

    if (s != NULL && s->written.ms > r->d->now.ms)
        s->written = r->d->now; /* the clock was set back */
    return r->d->conf->daemon.relay.suspicious == CONF_RELAY_DIRECT && s != NULL &&
           s->written.ms != 0 && r->d->now.ms - s->written.ms >= RELAY_SETTLE_MS;
}

/* ---- held mail */

static struct slice key_of(const struct relay_held *h, char room[BOX_QUEUE_ID + 16])
{
    snprintf(room, BOX_QUEUE_ID + 16, "relay-held %s", h->id);
    return slice_of(room);
}

static struct relay_held *held_add(struct relay_switch *r, struct slice id)
{
    struct relay_held *h;

    if (r->held_n == RELAY_HELD || id.n > BOX_QUEUE_ID || id.n == 0)
        return NULL;
    if (r->held_n == r->held_room) {
        r->held_room = r->held_room > 0 ? 2 * r->held_room : 16;
        r->held = memory_resize(r->held, r->held_room, sizeof *r->held);
    }
    h = &r->held[r->held_n++];
    *h = (struct relay_held){ .at = r->d->now };
    memcpy(h->id, id.p, id.n);
    h->id[id.n] = '\0';
    return h;
}

static void held_drop(struct relay_switch *r, struct relay_held *h)
{
    char room[BOX_QUEUE_ID + 16];

    keep_other(r->d, key_of(h, room), NULL);
    free(h->from);
    *h = r->held[--r->held_n];
}

bool relay_held_load(struct relay_switch *r, struct slice key, struct slice value)
{
    struct daemon *d = r->d;
    char room[ADDRESS_MAX];
    struct relay_held *h;
    struct subject owner;
    json_t *from;

    if (!slice_skip(&key, KEY))
        return true;
    from = json_loadb(value.p, value.n, JSON_REJECT_DUPLICATES, NULL);
    h = json_is_object(from) ? held_add(r, key) : NULL;
    if (h != NULL) {
        owner = subject_make((enum subject_kind)json_get_int(from, "kind"),
                             json_get_text(from, "account"));
        h->fuse = detect_find(d->detect, &owner);
        h->at.ms = json_get_int(from, "at");
        h->recipients = (uint32_t)json_get_int(from, "recipients");
        h->size = (uint64_t)json_get_int(from, "size");
        h->from = memory_text(json_get_text(from, "sender").p, json_get_text(from, "sender").n);
        h->sender = hash_of(address_fold(slice_of(h->from), room));
    }
    json_decref(from);
    return h != NULL;
}

static void held_keep(struct relay_switch *r, const struct relay_held *h)
{
    struct subject owner = detect_subject(r->d->detect, h->fuse);
    char room[BOX_QUEUE_ID + 16];

    keep_other(r->d, key_of(h, room),
               json_pack("{si so sI si sI so}", "kind", (int)owner.kind, "account",
                         json_text(owner.name), "at", (json_int_t)h->at.ms, "recipients",
                         (int)h->recipients, "size", (json_int_t)h->size, "sender",
                         json_text(slice_of(h->from))));
}

static bool separates(const struct relay_switch *r)
{
    return r->state.on && r->state.only_clean && relay_is_set(r->d);
}

static bool keeps_back(struct relay_switch *r, uint32_t fuse, uint64_t sender)
{
    return separates(r) && box_enforces(r->d->box) && !is_settled(r, fuse, sender);
}

bool relay_switch_keeps_back(struct daemon *d, uint32_t fuse, struct slice sender)
{
    char room[ADDRESS_MAX];

    return d->relay_switch != NULL && relay_suspects(d, fuse) &&
           keeps_back(d->relay_switch, fuse, hash_of(address_fold(sender, room)));
}

bool relay_switch_holds(struct daemon *d, uint32_t fuse, const struct ledger_submission *m)
{
    struct relay_switch *r = d->relay_switch;
    char room[ADDRESS_MAX];
    uint64_t sender = hash_of(address_fold(m->sender, room));
    struct relay_held *h;

    if (r == NULL || !relay_is_set(d) || !relay_suspects(d, fuse))
        return false;
    (void)note_sender(r, fuse, m->sender);
    if (!keeps_back(r, fuse, sender))
        return false;
    if (!box_has_room(d->box))
        return true;
    h = held_add(r, m->queue_id);
    if (h == NULL) {
        daemon_say(d, LOG_WARNING, "%.*s: too much waits for the emergency relay: it takes it",
                   SLICE_ARG(m->queue_id));
        return false;
    }
    h->fuse = fuse;
    h->sender = sender;
    h->recipients = m->recipients;
    h->size = m->size;
    h->from = memory_text(m->sender.p != NULL ? m->sender.p : "", m->sender.n);
    held_keep(r, h);
    return true;
}

bool relay_switch_is_holding(const struct daemon *d, struct slice queue_id)
{
    const struct relay_switch *r = d->relay_switch;

    for (uint32_t i = 0; r != NULL && i < r->held_n; i++)
        if (slice_eq(queue_id, slice_of(r->held[i].id)))
            return true;
    return false;
}

void relay_switch_saw(struct daemon *d, uint32_t fuse, struct slice sender)
{
    if (d->relay_switch != NULL && relay_is_set(d) && relay_suspects(d, fuse))
        (void)note_sender(d->relay_switch, fuse, sender);
}

/* It is held or locked by now: the mail belongs to its incident. */
static bool hand_over(struct relay_switch *r, const struct relay_held *h)
{
    struct daemon *d = r->d;
    const struct box_incident *i = h->fuse != UINT32_MAX ? box_open(d->box, h->fuse) : NULL;

    if (i == NULL || i->number == 0 ||
        (i->state != BOX_HELD && i->state != BOX_LOCKED && i->state != BOX_WAITING))
        return false;
    box_found_queued(d->box, i->number, slice_of(h->id), h->at, h->recipients, h->size,
                     slice_of(h->from), d->now);
    return true;
}

static bool may_go(struct relay_switch *r, const struct relay_held *h)
{
    return !separates(r) || !relay_suspects(r->d, h->fuse) || is_settled(r, h->fuse, h->sender);
}

static void let_go(void *ctx, const struct helper_result *result)
{
    struct relay_switch *r = ctx;

    daemon_clock(r->d);
    for (uint32_t i = r->held_n; i-- > 0;) {
        if (!r->held[i].under_way)
            continue;
        r->held[i].under_way = false;
        if (result->status == 0)
            held_drop(r, &r->held[i]);
    }
    if (result->status != 0) {
        r->let_go.ms = r->d->now.ms + LET_GO_AGAIN_MS;
        daemon_say(r->d, LOG_WARNING, "what waited for the emergency relay cannot be let go: %.*s",
                   SLICE_ARG(result->output));
    }
}

static void look_at_held(struct relay_switch *r)
{
    struct wall now = r->d->now;
    struct slice ids[LET_GO_MOST];
    size_t n = 0;

    for (uint32_t i = r->held_n; i-- > 0;) {
        struct relay_held *h = &r->held[i];

        if (h->under_way)
            return; /* one request at a time */
        if (now.ms - h->at.ms < IN_QUEUE_AFTER_MS && now.ms >= h->at.ms)
            continue;
        if (hand_over(r, h)) {
            held_drop(r, h);
        } else if (n < LET_GO_MOST && may_go(r, h)) {
            h->under_way = true;
            ids[n++] = slice_of(h->id);
        }
    }
    if (n > 0)
        (void)helper_queue(r->d->helper, HELPER_RELEASE, ids, n, let_go, r);
}

void relay_bulkhead_step(struct relay_switch *r)
{
    struct wall now = r->d->now;

    if (relay_is_set(r->d))
        follow_suspicion(r);
    if (r->held_n > 0 && (now.ms >= r->let_go.ms || r->let_go.ms > now.ms + LET_GO_AGAIN_MS)) {
        r->let_go.ms = now.ms + LET_GO_EVERY_MS;
        look_at_held(r);
    }
}

uint32_t relay_switch_held(const struct daemon *d)
{
    return d->relay_switch != NULL ? d->relay_switch->held_n : 0;
}

void relay_switch_answer(struct daemon *d, struct slice key, struct buf *reply)
{
    struct relay_switch *r = d->relay_switch;
    char room[ADDRESS_MAX];
    uint64_t hash = hash_of(address_fold(key, room));

    if (!relay_switch_on(d) || !relay_is_set(d)) {
        buf_add(reply, SLICE("NOTFOUND "));
        return;
    }
    for (uint32_t i = 0; separates(r) && i < r->senders_n; i++) {
        if (r->senders[i].hash == hash) {
            buf_add(reply, SLICE("OK DUNNO"));
            return;
        }
    }
    buf_printf(reply, "OK " RELAY_SERVICE ":%s", d->boot->daemon.relay.host);
}

void relay_bulkhead_free(struct relay_switch *r)
{
    for (uint32_t i = 0; i < r->senders_n; i++)
        free(r->senders[i].address);
    for (uint32_t i = 0; i < r->held_n; i++)
        free(r->held[i].from);
    free(r->senders);
    free(r->held);
}
