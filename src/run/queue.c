/* queue.c - what lies in Postfix's queue, compared with what we think is there. */
#include <stdlib.h>
#include <syslog.h>

#include "base/memory.h"
#include "run/daemon.h"

#include "base/ban.h"

enum { JUST_NOW_MS = MINUTE_MS }; /* it may be on its way to the queue */

/* Whose message it is: of an account, or of a host that relays without login. False: of nobody who
 * has a fuse, or of an account that is new. */
static bool owner_of(const struct daemon *d, const struct queue_row *row, char room[ADDRESS_MAX],
                     struct subject *out)
{
    char text[IP_TEXT_MAX];
    struct slice address = SLICE("");
    struct ip client;

    *out = subject_make(SUBJECT_ACCOUNT, account_fold(row->login, room));
    if (out->name.n > 0)
        return true;
    if (ip_parse(row->client, &client) && !ip_is_loopback(&client))
        address = slice_of(ip_text(&client, text));
    memcpy(room, text, address.n);
    *out = subject_make(SUBJECT_RELAY, (struct slice){ room, address.n });
    return address.n > 0 && detect_find(d->detect, out) != UINT32_MAX;
}

/* A message from before the start: its results are still to come, and belong to its account. */
static void take_row(void *ctx, const struct queue_row *row)
{
    struct daemon *d = ctx;
    char room[ADDRESS_MAX];
    struct subject owner;
    bool owned = owner_of(d, row, room, &owner);
    struct ledger_submission s = { .at = row->arrival,
                                   .utc_offset_s = d->utc_offset_s,
                                   .queue_id = row->id,
                                   .kind = owner.kind,
                                   .account = owner.name,
                                   .client_name = SLICE("unknown"),
                                   .sender = row->sender,
                                   .recipients = row->rcpts_n,
                                   .size = row->size };

    if (owned)
        relay_switch_saw(d, detect_find(d->detect, &owner), row->sender);
    if (!owned || row->arrival.ms > d->now.ms - JUST_NOW_MS)
        return; /* what the log is about to tell of would not be counted */
    (void)ip_parse(row->client, &s.client);
    ledger_restore(d->ledger, &s, true);
}

/* What we think is on hold, and what is. */
struct look {
    struct daemon *d;
    struct wall begun;
    uint64_t put_on_hold; /* what was until then */
    struct table on_hold; /* hashes of queue ids */
    struct backlog_look *backlog;
    struct arena gone_names;
    struct slice *gone;
    size_t gone_n, gone_room;
};

/* The answer that held it was given, and a crash came before it was on disk; or it is an empty
 * envelope that was not let go before the stop. Of who is only observed we hold nothing: somebody
 * else put it there. */
static void adopt(struct daemon *d, const struct queue_row *row)
{
    char room[ADDRESS_MAX];
    struct subject s;
    uint32_t fuse = owner_of(d, row, room, &s) ? detect_find(d->detect, &s) : UINT32_MAX;
    const struct box_incident *i = fuse != UINT32_MAX ? box_open(d->box, fuse) : NULL;
    uint32_t number;

    if (i == NULL || i->held_from.ms == 0 || !box_is_held(d->box, fuse, &number) ||
        !box_may_hold(d->box, number, row->id))
        return;
    if (row->todo_n == 0 && row->rcpts_n > 0)
        ghosts_add(d, row->id, GHOSTS_AFTER_MS);
    else if (row->arrival.ms >= i->held_from.ms)
        box_found_queued(d->box, number, row->id, row->arrival, row->rcpts_n, row->size,
                         row->sender, d->now);
}

static void look_row(void *ctx, const struct queue_row *row)
{
    struct look *l = ctx;

    take_row(l->d, row);
    backlog_watch_row(l->backlog, row);
    if (!slice_eq(row->queue, SLICE("hold")))
        return;
    table_add(&l->on_hold, hash_slice(row->id, 12), 0);
    if (!l->d->adopted)
        adopt(l->d, row);
    if (row->todo_n < row->rcpts_n && box_message_left(l->d->box, row->id, row->todo_n))
        ghosts_add(l->d, row->id, GHOSTS_AFTER_MS);
}

static bool find_gone(void *ctx, const struct box_message *m)
{
    struct look *l = ctx;
    struct slice queue_id = { m->queue_id, m->queue_id_n };
    struct table_probe p = table_find(&l->on_hold, hash_slice(queue_id, 12));
    uint32_t at;

    if (m->holding != BOX_IS_HELD || table_at(&l->on_hold, &p, &at) ||
        l->begun.ms - m->at.ms < JUST_NOW_MS)
        return true;
    if (l->gone_n == l->gone_room) {
        l->gone_room = l->gone_room > 0 ? 2 * l->gone_room : 64;
        l->gone = memory_resize(l->gone, l->gone_room, sizeof *l->gone);
    }
    l->gone[l->gone_n++] = arena_copy(&l->gone_names, queue_id);
    return true;
}

static void listed(void *ctx, const struct helper_result *r)
{
    struct look *l = ctx;
    struct daemon *d = l->d;

    daemon_clock(d);
    if (r->status != 0)
        daemon_say(d, LOG_WARNING, "the queue cannot be read: %.*s", SLICE_ARG(r->output));
    else if (d->put_on_hold == l->put_on_hold) /* else it may have been overtaken by what it saw */
        box_messages(d->box, 0, find_gone, l);
    backlog_watch_looked(d, r->status == 0 ? l->backlog : NULL, r->duration_ms,
                         r->status == 0 ? SLICE("") : r->output);
    if (r->status != 0)
        backlog_look_free(l->backlog);
    d->adopted |= r->status == 0;
    for (size_t k = 0; k < l->gone_n; k++)
        box_message_gone(d->box, l->gone[k], d->now);
    table_done(&l->on_hold);
    arena_done(&l->gone_names);
    free(l->gone);
    free(l);
}

void queue_look(struct daemon *d)
{
    struct look *l;

    if (d->follow != NULL && !d->caught_up)
        return; /* comes when the logs are read */
    l = memory_new(1, sizeof *l);
    l->d = d;
    l->begun = d->now;
    l->put_on_hold = d->put_on_hold;
    l->backlog = backlog_look_new(d->now);
    (void)helper_queue_list(d->helper, SLICE(""), true, look_row, listed, l);
}
