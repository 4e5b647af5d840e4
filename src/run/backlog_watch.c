#include "run/backlog_watch.h"

#include <stdio.h>

#include "report/words.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum {
    WORDS_MAX = 1000,
    SHARE_OF_TIME = 50, /* a look is due after so many times what the last one took */
    LONGEST_MS = 5 * MINUTE_MS,
};

static enum backlog_state state_of(struct slice queue)
{
    if (slice_eq(queue, SLICE("hold")))
        return BACKLOG_HOLD;
    if (slice_eq(queue, SLICE("deferred")))
        return BACKLOG_DEFERRED;
    return slice_eq(queue, SLICE("active")) ? BACKLOG_ACTIVE : BACKLOG_INCOMING;
}

void backlog_watch_row(struct backlog_look *look, const struct queue_row *row)
{
    char room[ADDRESS_MAX];
    struct backlog_message m = { .state = state_of(row->queue),
                                 .who = account_fold(row->login, room),
                                 .arrival = row->arrival,
                                 .size = row->size,
                                 .todo = row->todo_n,
                                 .rcpts = row->rcpts };

    if (m.who.n == 0)
        m.who = row->client.n > 0 ? row->client : SLICE("local");
    backlog_look_add(look, &m);
}

int64_t backlog_watch_every_ms(const struct daemon *d)
{
    int64_t every = (int64_t)SHARE_OF_TIME * d->watch.took_ms;

    if (every < MINUTE_MS)
        return MINUTE_MS;
    return every < LONGEST_MS ? every : LONGEST_MS;
}

/* The account that has more than half of what waits, or NULL. */
static const struct backlog_row *main_account(const struct backlog_look *l)
{
    const struct backlog_row *top[1];

    if (backlog_top(l, BACKLOG_ACCOUNTS, false, top, 1) == 0 ||
        top[0]->waiting.messages * 2 <= backlog_counted(l))
        return NULL;
    return top[0];
}

static void describe(const struct daemon *d, struct buf *out)
{
    const struct backlog *b = &d->watch.backlog;
    uint64_t waiting = backlog_waiting(b->look), counted = backlog_counted(b->look);
    const struct backlog_row *top[1];

    words_count(out, counted, "message waits in the queue", "messages wait in the queue");
    if (backlog_top(b->look, BACKLOG_ACCOUNTS, false, top, 1) > 0) {
        buf_add(out, SLICE(", "));
        words_number(out, top[0]->waiting.messages);
        buf_add(out, SLICE(" of them of "));
        buf_add(out, top[0]->name);
    }
    buf_add(out, SLICE("; more than "));
    words_number(out, backlog_limit(b, d->conf->daemon.queue_alert));
    buf_add(out, SLICE(" are unusual here"));
    if (waiting > counted) {
        buf_add(out, SLICE("; "));
        words_number(out, waiting - counted);
        buf_add(out, SLICE(" more only wait for destinations that do not answer"));
    }
}

void backlog_watch_words(const struct daemon *d, struct buf *out)
{
    if (d->watch.backlog.since.ms != 0 && d->watch.backlog.look != NULL &&
        d->conf->daemon.queue_alert > 0)
        describe(d, out);
}

void backlog_watch_tell(struct daemon *d, enum alert_kind kind, const char *key, uint32_t incident,
                        struct slice subject, struct slice words)
{
    alerts_state(d, kind, key, incident, subject, words);
    keep_note(d, incident, SLICE("mailfuse"), subject, "queue", words);
}

static uint32_t fuse_of(const struct daemon *d, struct slice account)
{
    char room[ADDRESS_MAX];
    struct subject s;

    return part_find(d, account, room, &s) ? detect_find(d->detect, &s) : FINDING_NOBODY;
}

static void tell_news(struct daemon *d, enum backlog_news news)
{
    const struct backlog *b = &d->watch.backlog;
    const struct backlog_row *who = main_account(b->look);
    struct buf words = buf_make(WORDS_MAX);
    uint32_t incident;

    if (news == BACKLOG_BEGAN) {
        describe(d, &words);
        incident = findings_begin(
            d, &(struct finding_news){ FINDING_QUEUE, SLICE("queue"), SLICE(""), buf_slice(&words),
                                       who != NULL ? fuse_of(d, who->name) : FINDING_NOBODY });
        backlog_watch_tell(d, ALERT_QUEUE_GROWS, "queue", incident,
                           who != NULL ? who->name : SLICE(""), buf_slice(&words));
    } else if (news == BACKLOG_ENDED) {
        incident = findings_end(d, FINDING_QUEUE, SLICE("queue"), SLICE(""));
        buf_add(&words, SLICE("the queue is as usual again: "));
        words_count(&words, backlog_counted(b->look), "message waits", "messages wait");
        backlog_watch_tell(d, ALERT_QUEUE_NORMAL, "queue", incident, SLICE(""), buf_slice(&words));
    }
    buf_done(&words);
}

void backlog_watch_looked(struct daemon *d, struct backlog_look *look, uint32_t took_ms,
                          struct slice trouble)
{
    snprintf(d->watch.trouble, sizeof d->watch.trouble, "%.*s", SLICE_ARG(trouble));
    if (look == NULL)
        return;
    d->watch.took_ms = took_ms;
    tell_news(d,
              backlog_keep(&d->watch.backlog, look, d->conf->daemon.queue_alert, d->utc_offset_s));
}

json_t *backlog_watch_encode(const struct daemon *d)
{
    const struct backlog *b = &d->watch.backlog;

    return json_pack("{sf si sI sI sI sb sb}", "learned", b->learned, "days", (int)b->days, "day",
                     (json_int_t)b->day, "today", (json_int_t)b->today, "since",
                     (json_int_t)b->since.ms, "spool_short", d->watch.spool.told != ROOM_ENOUGH,
                     "spool_full", d->watch.spool.told == ROOM_NONE);
}

void backlog_watch_decode(struct daemon *d, const json_t *from)
{
    struct backlog *b = &d->watch.backlog;
    double learned = json_get_double(from, "learned");

    b->learned = learned > 0 && learned < 1e12 ? learned : 0;
    b->days = (uint32_t)json_get_int(from, "days");
    b->day = json_get_int(from, "day");
    b->today = (uint64_t)json_get_int(from, "today");
    b->since.ms = json_get_int(from, "since");
    spool_watch_was(d, json_get_bool(from, "spool_full")    ? ROOM_NONE
                       : json_get_bool(from, "spool_short") ? ROOM_LOW
                                                            : ROOM_ENOUGH);
}
