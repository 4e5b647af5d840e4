/* relay.c - the emergency relay: what is so, switching it by hand, the outcome of a test.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "run/control/parts.h"
#include "run/relay_switch_private.h"

#include "base/ban.h"

static json_t *test_json(const struct relay_switch *r)
{
    if (r->state.tested.ms == 0)
        return json_null();
    return json_pack("{so sb so sb}", "at", part_time(r->d, r->state.tested), "good",
                     r->state.test_good, "words", json_text(slice_of(r->test_words)), "counts",
                     relay_is_tested(&r->state, r->d->now));
}

/* When it is switched back by itself; null: not known. */
static json_t *back_json(const struct relay_switch *r)
{
    int64_t after_ms = r->d->conf->daemon.relay.back_after_ms;
    struct wall from = r->state.clean.ms > r->state.since.ms ? r->state.clean : r->state.since;

    if (!r->state.on || r->state.by_hand || r->state.clean.ms == 0)
        return json_null();
    return part_time(r->d, (struct wall){ from.ms + after_ms });
}

static json_t *relay_json(const struct relay_switch *r, struct slice words)
{
    const struct daemon *d = r->d;
    const struct conf_relay *conf = &d->conf->daemon.relay;
    struct buf state = buf_make(RELAY_WORDS_MAX);
    const char *name = relay_switch_state(d, &state);
    json_t *reply =
        json_pack("{so so sb ss so so sb so ss sb so si so si si}", "words", json_text(words),
                  "host", json_text(slice_of(d->boot->daemon.relay.host)), "on", r->state.on,
                  "only", r->state.only_clean ? "clean" : "all", "by", json_text(slice_of(r->by)),
                  "reason", json_text(slice_of(r->reason)), "by_hand", r->state.by_hand, "since",
                  part_time(d, r->state.since), "state", name, "automatic", conf->automatic,
                  "tested", test_json(r), "listed", (int)r->grave, "back", back_json(r), "direct",
                  (int)r->in_map, "held", (int)r->held_n);

    json_object_set_new(reply, "trouble", json_text(buf_slice(&r->trouble)));
    json_object_set_new(reply, "time", part_time(d, d->now));
    buf_done(&state);
    return reply;
}

static void put_words(const struct relay_switch *r, struct buf *words)
{
    if (!relay_is_set(r->d))
        buf_add(words, SLICE("there is no emergency relay: relay { host } in mailfuse.conf(5)"));
    else if (r->trouble.n > 0)
        buf_printf(words,
                   "mail is to leave %s, but Postfix cannot be told: %.*s; it is tried again "
                   "every minute",
                   r->state.on ? "by the emergency relay" : "directly",
                   SLICE_ARG(buf_slice(&r->trouble)));
    else if (!r->state.on)
        buf_add(words, SLICE("mail leaves directly"));
    else
        buf_printf(words, "%s leaves by %s",
                   r->state.only_clean ? "mail of accounts without evidence" : "all mail",
                   r->d->boot->daemon.relay.host);
}

static void answer(struct relay_switch *r, uint64_t ticket)
{
    struct buf words = buf_make(2 * RELAY_WORDS_MAX);
    json_t *reply;

    put_words(r, &words);
    reply = relay_json(r, buf_slice(&words));
    json_object_set_new(reply, "ok", json_true());
    control_reply(r->d->control, ticket, reply);
    buf_done(&words);
}

void relay_answer_tickets(struct relay_switch *r)
{
    for (uint32_t i = 0; i < r->tickets_n; i++)
        answer(r, r->tickets[i]);
    r->tickets_n = 0;
}

static void refuse(const struct control_call *c, const char *error, const char *hint)
{
    control_refuse(c->d->control, c->ticket, error, hint);
}

/* What stands against switching it on. */
static bool may_turn_on(const struct control_call *c, const struct relay_switch *r)
{
    if (!relay_is_set(c->d))
        refuse(c, "there is no emergency relay",
               "relay { host } and postfix-lock-map in mailfuse.conf(5) name one");
    else if (!c->d->can_act)
        refuse(c, "Postfix cannot be told: mailfuse was not started as root", NULL);
    else if (!json_get_bool(c->request, "force") && !relay_is_tested(&r->state, c->d->now))
        refuse(c,
               r->state.tested.ms == 0 ? "the relay was never tested"
               : !r->state.test_good   ? "the last test of the relay failed"
                                       : "the last test of the relay was more than 30 days ago",
               "mailfuse relay test does that; --force switches it nevertheless");
    else
        return true;
    return false;
}

static void turn(const struct control_call *c, struct relay_switch *r, bool on)
{
    bool only_clean = slice_eq(json_get_text(c->request, "only"), SLICE("clean"));

    if (on && !may_turn_on(c, r))
        return;
    if (!relay_by_hand(&r->state, on, only_clean, r->grave, c->d->now)) {
        relay_keep(r); /* that it was passed over */
        answer(r, c->ticket);
        return;
    }
    relay_turned(r, slice_of(c->peer->name), json_get_text(c->request, "reason"));
    if (!c->d->can_act || r->tickets_n == RELAY_TICKETS) {
        answer(r, c->ticket);
        return;
    }
    r->tickets[r->tickets_n++] = c->ticket;
    relay_switch_step(c->d);
}

static void tested(const struct control_call *c, struct relay_switch *r)
{
    struct slice words = json_get_text(c->request, "words");

    r->state.tested = c->d->now;
    r->state.test_good = json_get_bool(c->request, "good");
    free(r->test_words);
    r->test_words = memory_text(words.p != NULL ? words.p : "", words.n);
    relay_keep(r);
    keep_note(c->d, 0, slice_of(c->peer->name), SLICE("emergency relay"),
              r->state.test_good ? "relay tested" : "relay test failed", words);
    answer(r, c->ticket);
}

void control_relay(const struct control_call *c)
{
    struct relay_switch *r = c->d->relay_switch;
    struct slice action = json_get_text(c->request, "action");

    if (slice_eq(action, SLICE("on")) || slice_eq(action, SLICE("off")))
        turn(c, r, slice_eq(action, SLICE("on")));
    else if (slice_eq(action, SLICE("tested")))
        tested(c, r);
    else
        answer(r, c->ticket);
}
