/* keep.c - what the box wants kept goes to the store, all of one turn of the loop in one
 * transaction; and comes back after a restart. Values are JSON, so that an administrator can read
 * them. */
#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/escape.h"
#include "base/memory.h"
#include "run/alerts/log.h"
#include "run/daemon.h"
#include "run/json.h"

#include "base/ban.h"

/* An incident that is on its way to the disk. */
struct keep_wait {
    uint32_t incident, version;
};

/* What is told when a batch is written. */
struct told {
    struct daemon *d;
    uint64_t number;
    struct keep_wait *waits;
    uint32_t n;
};

static struct store_batch *batch_of(struct daemon *d)
{
    if (d->keep.batch == NULL) {
        d->keep.batch = store_batch_new(STORE_STATE);
        event_active(d->keep.flush, 0, 0);
    }
    return d->keep.batch;
}

static void put(struct daemon *d, enum store_kind kind, struct slice key, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

    if (text != NULL)
        store_put(batch_of(d), kind, key, slice_of(text));
    free(text);
    json_decref(value);
}

static struct slice number_key(uint32_t number, char room[16])
{
    snprintf(room, 16, "%010u", number);
    return slice_of(room);
}

static void keep_incident(void *ctx, const struct box_incident *i)
{
    struct daemon *d = ctx;
    struct keep *k = &d->keep;
    char room[16];

    put(d, STORE_INCIDENT, number_key(i->number, room), incident_encode(i));
    if (i->version == 1) /* it has its number since now */
        findings_look_soon(d->findings);
    alerts_incident(d, i);
    if (k->waits_n == k->waits_room) {
        k->waits_room = k->waits_room > 0 ? 2 * k->waits_room : 16;
        k->waits = memory_resize(k->waits, k->waits_room, sizeof *k->waits);
    }
    k->waits[k->waits_n++] = (struct keep_wait){ i->number, i->version };
}

static void keep_message(void *ctx, const struct box_message *m)
{
    struct daemon *d = ctx;
    struct slice key = { m->queue_id, m->queue_id_n };

    if (m->holding == BOX_GONE) {
        store_delete(batch_of(d), STORE_HELD, key);
        return;
    }
    put(d, STORE_HELD, key,
        json_pack("{si si sI si sI so sb}", "incident", (int)m->incident, "holding",
                  (int)m->holding, "at", (json_int_t)m->at.ms, "recipients", (int)m->recipients,
                  "size", (json_int_t)m->size, "sender", json_text(m->sender), "by_hand",
                  m->by_hand));
}

static void keep_blocked(void *ctx, const struct box_blocked *b, bool gone)
{
    struct daemon *d = ctx;
    struct buf key = buf_make(2048);

    buf_printf(&key, "%s ", b->kind == BOX_BLOCK_CLIENT ? "client" : "rcpt");
    buf_add(&key, b->value);
    if (gone)
        store_delete(batch_of(d), STORE_BLOCK, buf_slice(&key));
    else
        put(d, STORE_BLOCK, buf_slice(&key),
            json_pack("{sI so so}", "at", (json_int_t)b->at.ms, "who", json_text(b->who), "reason",
                      json_text(b->reason)));
    buf_done(&key);
}

static void keep_trusted(void *ctx, const struct box_trusted *t, bool gone)
{
    struct daemon *d = ctx;

    if (gone)
        store_delete(batch_of(d), STORE_TRUST, t->account);
    else
        put(d, STORE_TRUST, t->account,
            json_pack("{sI si ss so so}", "at", (json_int_t)t->at.ms, "until_day",
                      (int)t->until_day, "country", t->country, "who", json_text(t->who), "reason",
                      json_text(t->reason)));
}

/* The journal is text that people read on a terminal: a stranger's characters are made harmless. */
static void add_entry(struct daemon *d, const struct box_note *n)
{
    struct buf who = buf_make(512), subject = buf_make(2048), detail = buf_make(4096);
    struct store_entry entry = { .at = n->at, .incident = n->incident };

    escape_terminal(&who, n->who);
    escape_terminal(&subject, slice_head(n->subject, 600));
    escape_terminal(&detail, slice_head(n->detail, 1200));
    counts_note(d, n);
    alerts_note(d, n);
    entry.who = buf_slice(&who);
    entry.subject = buf_slice(&subject);
    entry.what = n->what;
    entry.detail = buf_slice(&detail);
    store_add_journal(batch_of(d), &entry);
    if ((n->subject.n > 0 || n->incident != 0) &&
        !(d->alerts != NULL && alerts_log_note(d->alerts, &entry)))
        daemon_say(d, LOG_NOTICE, "%s%.*s%s%.*s by %.*s%s%.*s", "", SLICE_ARG(entry.subject),
                   entry.subject.n > 0 ? ": " : "", SLICE_ARG(entry.what), SLICE_ARG(entry.who),
                   entry.detail.n > 0 ? ": " : "", SLICE_ARG(entry.detail));
    buf_done(&who);
    buf_done(&subject);
    buf_done(&detail);
}

static void keep_entry(void *ctx, const struct box_note *n)
{
    add_entry(ctx, n);
}

void keep_other(struct daemon *d, struct slice key, json_t *value)
{
    if (value != NULL)
        put(d, STORE_OTHER, key, value);
    else
        store_delete(batch_of(d), STORE_OTHER, key);
}

void keep_note(struct daemon *d, uint32_t incident, struct slice who, struct slice subject,
               const char *what, struct slice detail)
{
    struct box_note n = { d->now, incident, who, subject, slice_of(what), detail };

    add_entry(d, &n);
}

/* A store_done. When the disk is in trouble what has to be done is done all the same. */
static void written(void *ctx, enum store_outcome outcome)
{
    struct told *t = ctx;

    if (t->number > t->d->keep.written)
        t->d->keep.written = t->number;
    for (uint32_t i = 0; i < t->n; i++)
        box_stored(t->d->box, t->waits[i].incident, t->waits[i].version);
    work_look(t->d);
    purge_look(t->d);
    control_look(t->d);
    if (outcome == STORE_WAITS)
        return; /* it is called once more */
    free(t->waits);
    free(t);
}

static void flush(evutil_socket_t fd, short what, void *ctx)
{
    struct daemon *d = ctx;
    struct keep *k = &d->keep;
    struct told *t;

    (void)fd;
    (void)what;
    if (k->batch == NULL)
        return;
    t = memory_new(1, sizeof *t);
    *t = (struct told){ d, ++k->submitted, k->waits, k->waits_n };
    store_submit(d->store, k->batch, written, t);
    k->batch = NULL;
    k->waits = NULL;
    k->waits_n = k->waits_room = 0;
}

struct box_keeper keep_keeper(struct daemon *d)
{
    d->keep.flush = event_new(d->base, -1, 0, flush, d);
    return (struct box_keeper){
        keep_incident, keep_message, keep_blocked, keep_trusted, keep_entry, events_before, d
    };
}

uint64_t keep_told(const struct daemon *d)
{
    return d->keep.submitted + (d->keep.batch != NULL);
}

void keep_done(struct daemon *d)
{
    flush(-1, 0, d);
    event_free(d->keep.flush);
}

/* ---- back again */

static json_t *read_value(struct slice value)
{
    return json_loadb(value.p, value.n, JSON_REJECT_DUPLICATES, NULL);
}

static bool load_incident(void *ctx, struct slice key, struct slice value)
{
    struct daemon *d = ctx;
    struct box_incident i = { 0 };
    json_t *from = read_value(value);
    bool good = from != NULL && incident_decode(d->detect, from, &i);

    (void)key;
    if (good)
        box_load_incident(d->box, &i);
    json_decref(from);
    return good;
}

static bool load_message(void *ctx, struct slice key, struct slice value)
{
    struct daemon *d = ctx;
    json_t *from = read_value(value);
    struct box_message m = { .queue_id_n = (uint8_t)key.n };
    bool good = from != NULL && key.n > 0 && key.n <= sizeof m.queue_id;

    if (good) {
        memcpy(m.queue_id, key.p, key.n);
        m.incident = (uint32_t)json_get_int(from, "incident");
        m.holding = (enum box_holding)json_get_int(from, "holding");
        m.at.ms = json_get_int(from, "at");
        m.recipients = (uint32_t)json_get_int(from, "recipients");
        m.size = (uint64_t)json_get_int(from, "size");
        m.sender = json_get_text(from, "sender");
        m.by_hand = json_get_bool(from, "by_hand");
        good = m.holding <= BOX_GONE;
        box_load_message(d->box, &m);
    }
    json_decref(from);
    return good;
}

static bool load_blocked(void *ctx, struct slice key, struct slice value)
{
    struct daemon *d = ctx;
    json_t *from = read_value(value);
    struct box_blocked b = { 0 };
    struct slice kind;

    if (from == NULL || !slice_cut(&key, ' ', &kind)) {
        json_decref(from);
        return false;
    }
    b.kind = slice_eq(kind, SLICE("client")) ? BOX_BLOCK_CLIENT : BOX_BLOCK_RECIPIENT;
    b.value = key;
    b.at.ms = json_get_int(from, "at");
    b.who = json_get_text(from, "who");
    b.reason = json_get_text(from, "reason");
    box_load_blocked(d->box, &b);
    json_decref(from);
    return true;
}

static bool load_trusted(void *ctx, struct slice key, struct slice value)
{
    struct daemon *d = ctx;
    json_t *from = read_value(value);
    struct box_trusted t = { .account = key };
    struct slice country;

    if (from == NULL)
        return false;
    t.at.ms = json_get_int(from, "at");
    t.until_day = (int32_t)json_get_int(from, "until_day");
    t.who = json_get_text(from, "who");
    t.reason = json_get_text(from, "reason");
    country = json_get_text(from, "country");
    if (country.n == 2)
        memcpy(t.country, country.p, 2);
    box_load_trusted(d->box, &t);
    json_decref(from);
    return true;
}

int keep_load(struct daemon *d, struct buf *error)
{
    if (store_each_item(d->store, STORE_INCIDENT, load_incident, d, error) != 0 ||
        store_each_item(d->store, STORE_HELD, load_message, d, error) != 0 ||
        store_each_item(d->store, STORE_BLOCK, load_blocked, d, error) != 0 ||
        store_each_item(d->store, STORE_TRUST, load_trusted, d, error) != 0 ||
        findings_read(d, error) != 0 || relay_switch_load(d, error) != 0 ||
        dnsbl_watch_load(d, error) != 0 || refusal_watch_load(d, error) != 0 ||
        opt_outs_load(d, error) != 0 || alerts_load(d, error) != 0)
        return -EIO;
    return 0;
}
