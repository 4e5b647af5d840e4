/* snapshot_load.c - what was kept, back again. */
#include <errno.h>

#include "detect/state_fuse.h"
#include "run/daemon.h"
#include "run/json.h"
#include "run/pictures.h"
#include "run/snapshot_keys.h"

#include "base/ban.h"

static bool load_picture(void *ctx, uint32_t id, struct slice value)
{
    struct daemon *d = ctx;
    uint16_t passwords[BOX_PASSWORDS];
    if (pictures_decode(d->detect, value, passwords, &d->active, daemon_today(d)) != id)
        return false;
    box_load_passwords(d->box, id, passwords);
    return true;
}

static bool load_engine(void *ctx, struct slice key, struct slice value)
{
    struct daemon *d = ctx;
    uint64_t block;

    if (slice_eq(key, PICTURES_SERVER))
        return state_server_load(d->detect, value);
    if (slice_eq(key, PICTURES_LOGINS))
        return bruteforce_load(d->bruteforce, value, d->now) == NULL;
    if (slice_skip(&key, SNAPSHOT_SENT) && slice_to_u64(key, &block) && block < SENT_BLOCKS)
        (void)sent_load(d->sent, (uint32_t)block, value, detect_count(d->detect));
    else if (slice_skip(&key, SNAPSHOT_TRAIL) && slice_to_u64(key, &block) && block < TRAIL_BLOCKS)
        (void)trail_load(d->trail, (uint32_t)block, value, detect_count(d->detect));
    return true;
}

int snapshot_load(struct daemon *d, struct buf *error)
{
    if (store_each_picture(d->store, load_picture, d, error) != 0 ||
        store_each_item(d->store, STORE_ENGINE, load_engine, d, error) != 0)
        return -EIO;
    return 0;
}

static bool load_counter(void *ctx, struct slice key, struct slice value)
{
    struct daemon *d = ctx;
    json_t *all = json_loadb(value.p, value.n, 0, NULL), *one;
    size_t i;

    if (slice_eq(key, SNAPSHOT_HOURS) || slice_eq(key, SNAPSHOT_BACKLOG)) {
        if (slice_eq(key, SNAPSHOT_HOURS))
            hours_decode(d, all);
        else
            backlog_watch_decode(d, all);
        json_decref(all);
        return true;
    }
    json_array_foreach(all, i, one)
    {
        struct ledger_submission s = { .client_name = SLICE("unknown") };
        const char *queue_id, *account, *client;
        json_int_t at, recipients, size;

        if (json_unpack(one, "[s, s, I, s, I, I]", &queue_id, &account, &at, &client, &recipients,
                        &size) != 0)
            continue;
        s.queue_id = slice_of(queue_id);
        s.account = slice_of(account);
        if (json_integer_value(json_array_get(one, 6)) == SUBJECT_RELAY)
            s.kind = SUBJECT_RELAY; /* else an account; no number in what older versions kept */
        s.at.ms = at;
        (void)ip_parse(slice_of(client), &s.client);
        s.recipients = (uint32_t)recipients;
        s.size = (uint64_t)size;
        ledger_restore(d->ledger, &s, false);
    }
    json_decref(all);
    return true;
}

static bool restore_held(void *ctx, const struct box_message *m)
{
    struct daemon *d = ctx;
    const struct box_incident *i = box_find(d->box, m->incident);
    struct ledger_submission s = { .at = m->at,
                                   .queue_id = { m->queue_id, m->queue_id_n },
                                   .client_name = SLICE("unknown"),
                                   .sender = m->sender,
                                   .recipients = m->recipients,
                                   .size = m->size };

    if (i != NULL && i->subject.kind == SUBJECT_RELAY)
        (void)ip_parse(i->subject.name, &s.client);
    if (i != NULL && (i->subject.kind == SUBJECT_ACCOUNT || i->subject.kind == SUBJECT_RELAY)) {
        s.kind = i->subject.kind;
        s.account = i->subject.name;
        ledger_restore(d->ledger, &s, false);
    }
    return true;
}

int snapshot_load_ledger(struct daemon *d, struct buf *error)
{
    box_messages(d->box, 0, restore_held, d);
    return store_each_item(d->store, STORE_COUNTER, load_counter, d, error);
}
