#include "run/snapshot.h"

#include <stdlib.h>

#include "base/memory.h"
#include "detect/state_fuse.h"
#include "run/daemon.h"
#include "run/json.h"
#include "run/pictures.h"
#include "run/snapshot_keys.h"

#include "base/ban.h"

enum {
    CHANGED = 1,
    TO_COPY = 2,
    STEP_FUSES = 50, /* copied in one turn of the loop: some ten microseconds */
    STEPS = 2000,    /* after half a millisecond each; more are larger, so that it takes a second */
    LARGE_EVERY_MS = MINUTE_MS,
    FEW = 1 << 20, /* bytes about failed logins that may be in each snapshot */
    AHEAD = 2,     /* fuses that are fetched from memory before their turn */

    BYTES_MAX = 16 << 20,
};

static void put_fuse(struct daemon *d, uint32_t fuse)
{
    struct snapshot *s = &d->snapshot;
    uint16_t passwords[BOX_PASSWORDS];

    buf_clear(&s->bytes);
    box_passwords(d->box, fuse, passwords);
    pictures_encode(d->detect, fuse, passwords, active_of(&d->active, fuse), d->now, &s->bytes);
    store_put_picture(s->batch, fuse, buf_slice(&s->bytes));
    s->marks[fuse] &= (uint8_t)~TO_COPY;
}

static void note_change(struct snapshot *s, uint32_t fuse)
{
    if ((s->marks[fuse] & CHANGED) != 0)
        return;
    s->marks[fuse] |= CHANGED;
    if (s->changed_n == s->changed_room) {
        s->changed_room = s->changed_room > 0 ? 2 * s->changed_room : 256;
        s->changed = memory_resize(s->changed, s->changed_room, sizeof *s->changed);
    }
    s->changed[s->changed_n++] = fuse;
}

void snapshot_touch(void *ctx, uint32_t fuse)
{
    struct daemon *d = ctx;
    struct snapshot *s = &d->snapshot;
    uint32_t room = s->marks_room > 0 ? s->marks_room : 1024;

    while (room <= fuse)
        room *= 2;
    if (room != s->marks_room) {
        s->marks = memory_resize(s->marks, room, 1);
        memset(s->marks + s->marks_room, 0, room - s->marks_room);
        s->marks_room = room;
    }
    if ((s->marks[fuse] & TO_COPY) != 0)
        put_fuse(d, fuse); /* as it was when the snapshot began */
    note_change(s, fuse);
}

void snapshot_failure(struct daemon *d, bool refused)
{
    d->snapshot.login_failed = true;
    d->snapshot.login_refused |= refused;
}

static void add_awaited(void *ctx, const struct ledger_submission *s)
{
    char text[IP_TEXT_MAX];

    json_array_append_new(ctx, json_pack("[o, o, I, s, I, I, i]", json_text(s->queue_id),
                                         json_text(s->account), (json_int_t)s->at.ms,
                                         ip_text(&s->client, text), (json_int_t)s->recipients,
                                         (json_int_t)s->size, (int)s->kind));
}

/* Where the logs are read to, and which messages were counted without them. */
static json_t *positions_now(struct daemon *d)
{
    json_t *logs = json_object(), *awaited = json_array();
    struct wall since = { d->now.ms - 10 * MINUTE_MS };
    char text[FOLLOW_TEXT_MAX];
    const char *name;

    for (size_t i = 0; d->follow != NULL && follow_position(d->follow, i, &name, text); i++)
        if (text[0] != '\0')
            json_object_set_new(logs, name, json_text(slice_of(text)));
    if (d->follow != NULL)
        ledger_each_awaited(d->ledger, since, add_awaited, awaited);
    return json_pack("{so so so so}", "logs", logs, "awaited", awaited, "hours", hours_encode(d),
                     "backlog", backlog_watch_encode(d));
}

static void put_json(struct snapshot *s, struct slice key, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);

    if (text != NULL)
        store_put(s->batch, STORE_COUNTER, key, slice_of(text));
    free(text);
}

static void put_positions(struct daemon *d)
{
    struct snapshot *s = &d->snapshot;
    json_t *logs = json_object_get(s->positions, "logs");

    for (void *at = json_object_iter(logs); at != NULL; at = json_object_iter_next(logs, at))
        store_put(s->batch, STORE_POSITION, slice_of(json_object_iter_key(at)),
                  slice_of(json_string_value(json_object_iter_value(at))));
    put_json(s, SNAPSHOT_AWAITED, json_object_get(s->positions, "awaited"));
    put_json(s, SNAPSHOT_HOURS, json_object_get(s->positions, "hours"));
    put_json(s, SNAPSHOT_BACKLOG, json_object_get(s->positions, "backlog"));
    json_decref(s->positions);
    s->positions = NULL;
}

/* What is large is saved once a minute, and takes some milliseconds: one of it in each snapshot. */
static bool is_turn(struct daemon *d, struct wall *saved)
{
    bool fresh = d->now.ms >= saved->ms && d->now.ms - saved->ms < LARGE_EVERY_MS;

    if (!d->stopping && (d->snapshot.large || fresh))
        return false;
    d->snapshot.large = true;
    *saved = d->now;
    return true;
}

/* A crash is not to let in who is refused, nor to give a guesser more attempts. */
static bool logins_are_due(struct daemon *d)
{
    struct snapshot *s = &d->snapshot;

    return s->login_refused || (s->login_failed && s->logins_size < FEW) ||
           is_turn(d, &s->logins_saved);
}

/* Who guesses passwords, and what is known of the server as a whole. */
static void put_server(struct daemon *d)
{
    struct snapshot *s = &d->snapshot;

    if (logins_are_due(d)) {
        buf_clear(&s->bytes);
        bruteforce_save(d->bruteforce, d->now, &s->bytes);
        store_put(s->batch, STORE_ENGINE, PICTURES_LOGINS, buf_slice(&s->bytes));
        s->login_failed = s->login_refused = false;
        s->logins_size = s->bytes.n;
        s->logins_saved = d->now;
    }
    if (is_turn(d, &s->server_saved)) {
        buf_clear(&s->bytes);
        state_server_save(d->detect, &s->bytes);
        store_put(s->batch, STORE_ENGINE, PICTURES_SERVER, buf_slice(&s->bytes));
    }
}

static void put_sent(struct daemon *d)
{
    struct snapshot *s = &d->snapshot;
    char key[16];
    uint32_t block;

    buf_clear(&s->bytes);
    while (sent_save(d->sent, &block, &s->bytes)) {
        snprintf(key, sizeof key, "%.*s%03u", SLICE_ARG(SNAPSHOT_SENT), block);
        store_put(s->batch, STORE_ENGINE, slice_of(key), buf_slice(&s->bytes));
        buf_clear(&s->bytes);
    }
}

static void put_trail(struct daemon *d)
{
    struct snapshot *s = &d->snapshot;
    char key[16];
    uint32_t block;

    if (!is_turn(d, &s->trail_saved))
        return;
    buf_clear(&s->bytes);
    while (trail_save(d->trail, &block, &s->bytes)) {
        snprintf(key, sizeof key, "%.*s%02u", SLICE_ARG(SNAPSHOT_TRAIL), block);
        store_put(s->batch, STORE_ENGINE, slice_of(key), buf_slice(&s->bytes));
        buf_clear(&s->bytes);
    }
}

/* A store_done. */
static void written(void *ctx, enum store_outcome outcome)
{
    struct daemon *d = ctx;
    struct snapshot *s = &d->snapshot;

    if (outcome == STORE_WAITS)
        return;
    s->writing = false;
    if (outcome == STORE_LOST) {
        s->lost++;
        s->server_saved.ms = 0;
        s->login_refused = true;
        sent_unsaved(d->sent);
        trail_unsaved(d->trail);
        for (uint32_t i = 0; i < s->copying_n; i++)
            note_change(s, s->copying[i]);
    } else {
        s->taken++;
        s->written = d->now;
    }
    s->copying_n = 0;
}

static void hand_over(struct daemon *d)
{
    struct snapshot *s = &d->snapshot;

    put_server(d);
    put_positions(d);
    store_submit(d->store, s->batch, written, d);
    s->batch = NULL;
    s->writing = true;
}

static bool copy_some(struct daemon *d, uint32_t most)
{
    struct snapshot *s = &d->snapshot;

    for (; s->copied_n < s->copying_n && most > 0; s->copied_n++) {
        if (s->copied_n + AHEAD < s->copying_n)
            detect_prefetch(d->detect, s->copying[s->copied_n + AHEAD] + 1, 0);
        if ((s->marks[s->copying[s->copied_n]] & TO_COPY) != 0) {
            put_fuse(d, s->copying[s->copied_n]);
            most--;
        }
    }
    return s->copied_n < s->copying_n;
}

static void step(evutil_socket_t fd, short what, void *ctx)
{
    struct daemon *d = ctx;
    static const struct timeval soon = { 0, 500 };
    uint32_t most = d->snapshot.copying_n / STEPS;

    (void)fd;
    (void)what;
    if (d->snapshot.batch == NULL)
        return;
    if (copy_some(d, most > STEP_FUSES ? most : STEP_FUSES))
        event_add(d->snapshot.step, &soon);
    else
        hand_over(d);
}

void snapshot_init(struct daemon *d)
{
    d->snapshot.bytes = buf_make(BYTES_MAX);
    d->snapshot.step = event_new(d->base, -1, 0, step, d);
}

void snapshot_done(struct daemon *d)
{
    struct snapshot *s = &d->snapshot;

    event_free(s->step);
    store_batch_free(s->batch);
    json_decref(s->positions);
    buf_done(&s->bytes);
    free(s->marks);
    free(s->changed);
    free(s->copying);
}

void snapshot_begin(struct daemon *d)
{
    struct snapshot *s = &d->snapshot;
    uint32_t *empty = s->copying, room = s->copying_room;

    if (s->batch != NULL || s->writing)
        return;
    s->copying = s->changed;
    s->copying_n = s->changed_n;
    s->copying_room = s->changed_room;
    s->changed = empty;
    s->changed_n = 0;
    s->changed_room = room;
    s->copied_n = 0;
    for (uint32_t i = 0; i < s->copying_n; i++)
        s->marks[s->copying[i]] = TO_COPY;
    s->begun = d->now;
    s->positions = positions_now(d);
    s->batch = store_batch_new(STORE_PICTURES);
    s->large = false;
    put_sent(d); /* of fuses that are among the copies */
    put_trail(d);
    event_active(s->step, 0, 0);
}

void snapshot_finish(struct daemon *d)
{
    struct snapshot *s = &d->snapshot;

    if (s->batch != NULL) {
        (void)copy_some(d, UINT32_MAX);
        hand_over(d);
    }
    s->writing = false; /* the store keeps the order */
    snapshot_begin(d);
    (void)copy_some(d, UINT32_MAX);
    hand_over(d);
}
