/* queue.c - what lies in Postfix's queue. */
#include "run/control/parts.h"

#include "base/ban.h"

static const char *const states[BACKLOG_STATES] = { "incoming", "active", "deferred", "hold" };

static json_t *amount(const struct daemon *d, json_t *names, const struct backlog_amount *a)
{
    json_object_set_new(names, "messages", json_integer((json_int_t)a->messages));
    json_object_set_new(names, "recipients", json_integer((json_int_t)a->recipients));
    json_object_set_new(names, "bytes", json_integer((json_int_t)a->bytes));
    json_object_set_new(names, "oldest", part_time(d, a->oldest));
    return names;
}

static json_t *by_state(const struct daemon *d, const struct backlog_look *l)
{
    json_t *out = json_array();

    for (size_t i = 0; i < BACKLOG_STATES; i++)
        json_array_append_new(out, amount(d, json_pack("{ss}", "state", states[i]), &l->states[i]));
    return out;
}

static json_t *by_age(const struct backlog_look *l)
{
    json_t *out = json_array();

    for (size_t i = 0; i < BACKLOG_AGES; i++)
        json_array_append_new(
            out, json_pack("{so sI}", "upto_s",
                           i + 1 < BACKLOG_AGES
                               ? json_integer((json_int_t)(backlog_age_ms(i) / SECOND_MS))
                               : json_null(),
                           "messages", (json_int_t)l->ages[i]));
    return out;
}

static json_t *top_of(const struct daemon *d, const struct backlog_look *l, enum backlog_list list,
                      size_t limit)
{
    const struct backlog_row *top[BACKLOG_TOP];
    size_t n = backlog_top(l, list, true, top, limit);
    json_t *out = json_array(), *row;

    for (size_t i = 0; i < n; i++) {
        row = json_pack("{so sI}", list == BACKLOG_ACCOUNTS ? "account" : "destination",
                        json_text(top[i]->name), "held", (json_int_t)top[i]->held);
        if (list == BACKLOG_DESTINATIONS)
            json_object_set_new(row, "dead", json_boolean(backlog_is_dead(top[i])));
        json_array_append_new(out, amount(d, row, &top[i]->waiting));
    }
    return out;
}

static json_t *spool(const struct daemon *d)
{
    const struct spool_watch *s = &d->watch.spool;
    const struct room *r = &s->room;

    if (!s->known)
        return json_null();
    return json_pack("{ss sI sI sI sI sI sI sb sb}", "path", s->path, "free",
                     (json_int_t)r->disk.free_bytes, "size", (json_int_t)r->disk.bytes,
                     "free_files", (json_int_t)r->disk.free_files, "files",
                     (json_int_t)r->disk.files, "reserve", (json_int_t)room_reserve_bytes(r),
                     "reserve_files", (json_int_t)room_reserve_files(r), "short",
                     r->level != ROOM_ENOUGH, "full", r->level == ROOM_NONE);
}

json_t *part_backlog(const struct daemon *d)
{
    const struct backlog_watch *w = &d->watch;
    const struct backlog_look *l = w->backlog.look;
    uint64_t limit = backlog_limit(&w->backlog, d->conf->daemon.queue_alert);
    struct buf words = buf_make(1000);
    json_t *out;

    backlog_watch_words(d, &words);
    out = json_pack(
        "{so sI sI so sI so so ss so}", "looked", l != NULL ? part_time(d, l->at) : json_null(),
        "took_ms", (json_int_t)w->took_ms, "waiting",
        l != NULL ? (json_int_t)backlog_waiting(l) : 0, "alert_from",
        limit != UINT64_MAX ? json_integer((json_int_t)limit) : json_null(), "counted",
        l != NULL ? (json_int_t)backlog_counted(l) : 0, "since", part_time(d, w->backlog.since),
        "words", json_text(buf_slice(&words)), "trouble", w->trouble, "spool", spool(d));
    buf_done(&words);
    return out;
}

void control_queue(const struct control_call *c)
{
    const struct backlog_look *l = c->d->watch.backlog.look;
    json_int_t limit = json_get_int(c->request, "limit");
    json_t *out = part_backlog(c->d);
    size_t n = limit > 0 ? (size_t)limit : 20;

    json_object_set_new(out, "states", l != NULL ? by_state(c->d, l) : json_array());
    json_object_set_new(out, "ages", l != NULL ? by_age(l) : json_array());
    json_object_set_new(out, "accounts",
                        l != NULL ? top_of(c->d, l, BACKLOG_ACCOUNTS, n) : json_array());
    json_object_set_new(out, "accounts_all",
                        json_integer(l != NULL ? l->rows_n[BACKLOG_ACCOUNTS] : 0));
    json_object_set_new(out, "destinations",
                        l != NULL ? top_of(c->d, l, BACKLOG_DESTINATIONS, n) : json_array());
    json_object_set_new(out, "destinations_all",
                        json_integer(l != NULL ? l->rows_n[BACKLOG_DESTINATIONS] : 0));
    control_answer_with(c, out);
}
