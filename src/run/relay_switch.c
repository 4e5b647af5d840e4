#include "run/relay_switch_private.h"

#include <stdlib.h>
#include <syslog.h>

#include "act/relay_map.h"
#include "base/memory.h"
#include "run/alerts/alerts.h"
#include "run/job.h"

#include "base/ban.h"

enum {
    AGAIN_MS = MINUTE_MS,     /* after a failure */
    CALM_MS = 2 * SECOND_MS,  /* from one writing of the map to the next */
    LOOK_MS = 10 * SECOND_MS, /* at the listings */
    RUN_MS = 5 * MINUTE_MS,   /* from one run of the queue to the next */
};

#define KEY SLICE("relay")
#define ALERT_KEY SLICE("emergency relay")

bool relay_is_set(const struct daemon *d)
{
    return d->boot->daemon.relay.host[0] != '\0' &&
           d->conf->daemon.postfix_lock_map.text[0] != '\0';
}

static void set_text(char **at, struct slice text)
{
    free(*at);
    *at = memory_text(text.p != NULL ? text.p : "", text.n);
}

/* ---- kept */

void relay_keep(struct relay_switch *r)
{
    const struct relay *s = &r->state;

    keep_other(r->d, KEY,
               json_pack("{sb sb sb sb sI sI sI sb so so so}", "on", s->on, "only_clean",
                         s->only_clean, "by_hand", s->by_hand, "passed", s->passed, "since",
                         (json_int_t)s->since.ms, "clean", (json_int_t)s->clean.ms, "tested",
                         (json_int_t)s->tested.ms, "test_good", s->test_good, "by",
                         json_text(slice_of(r->by)), "reason", json_text(slice_of(r->reason)),
                         "test_words", json_text(slice_of(r->test_words))));
}

static bool decode(struct relay_switch *r, const json_t *from)
{
    r->state = (struct relay){ .on = json_get_bool(from, "on"),
                               .only_clean = json_get_bool(from, "only_clean"),
                               .by_hand = json_get_bool(from, "by_hand"),
                               .passed = json_get_bool(from, "passed"),
                               .since = { json_get_int(from, "since") },
                               .clean = { json_get_int(from, "clean") },
                               .tested = { json_get_int(from, "tested") },
                               .test_good = json_get_bool(from, "test_good") };
    set_text(&r->by, json_get_text(from, "by"));
    set_text(&r->reason, json_get_text(from, "reason"));
    set_text(&r->test_words, json_get_text(from, "test_words"));
    return json_is_object(from);
}

/* A store_item_row. */
static bool load_item(void *ctx, struct slice key, struct slice value)
{
    struct relay_switch *r = ctx;
    json_t *from;
    bool good;

    if (!slice_eq(key, KEY))
        return relay_held_load(r, key, value);
    from = json_loadb(value.p, value.n, JSON_REJECT_DUPLICATES, NULL);
    good = from != NULL && decode(r, from);
    json_decref(from);
    return good;
}

int relay_switch_load(struct daemon *d, struct buf *error)
{
    struct relay_switch *r = memory_new(1, sizeof *r);

    *r = (struct relay_switch){ .d = d, .dirty = true, .trouble = buf_make(RELAY_WORDS_MAX) };
    set_text(&r->by, SLICE(""));
    set_text(&r->reason, SLICE(""));
    set_text(&r->test_words, SLICE(""));
    d->relay_switch = r;
    return store_each_item(d->store, STORE_OTHER, load_item, r, error);
}

void relay_switch_free(struct relay_switch *r)
{
    if (r == NULL)
        return;
    relay_bulkhead_free(r);
    free(r->by);
    free(r->reason);
    free(r->test_words);
    buf_done(&r->trouble);
    free(r);
}

/* ---- the map */

static void ran(void *ctx, const struct helper_result *result)
{
    const struct daemon *d = ctx;

    if (result->status != 0)
        daemon_say(d, LOG_WARNING, "the queue cannot be run: %.*s", SLICE_ARG(result->output));
}

/* What is deferred is tried at once on its new way, when Postfix knows of it. */
static void run_queue(struct relay_switch *r)
{
    struct wall now = r->d->now;

    if (r->run_at.ms > now.ms + RELAY_SETTLE_MS)
        r->run_at = now; /* the clock was set back */
    if (r->run_at.ms == 0 || now.ms < r->run_at.ms ||
        (now.ms - r->ran.ms < RUN_MS && now.ms >= r->ran.ms))
        return;
    r->run_at = (struct wall){ 0 };
    r->ran = now;
    (void)helper_queue_run(r->d->helper, ran, r->d);
}

static void raise(struct relay_switch *r, enum alert_kind kind, struct slice key,
                  struct slice words)
{
    alerts_raise(r->d, &(struct alert_event){ .kind = kind,
                                              .key = key,
                                              .subject = slice_of(r->d->boot->daemon.relay.host),
                                              .words = words });
}

static void say_map(struct relay_switch *r)
{
    struct buf words = buf_make(RELAY_WORDS_MAX);

    buf_printf(&words, "the map that switches the emergency relay cannot be written: %.*s",
               SLICE_ARG(buf_slice(&r->trouble)));
    raise(r, ALERT_RELAY_FAILS, SLICE("emergency relay: map"), buf_slice(&words));
    buf_done(&words);
}

static void written(void *ctx, const struct helper_result *result)
{
    struct relay_switch *r = ctx;
    struct daemon *d = r->d;
    bool had_trouble = r->trouble.n > 0;

    daemon_clock(d);
    buf_clear(&r->trouble);
    job_why(result, &r->trouble);
    r->writing = false;
    r->again.ms = d->now.ms + (result->status == 0 ? CALM_MS : AGAIN_MS);
    r->dirty = r->dirty || result->status != 0;
    relay_bulkhead_written(r, result->status == 0);
    if (result->status == 0) {
        r->in_map = (uint32_t)result->count;
        if (r->settles)
            r->run_at.ms = d->now.ms + RELAY_SETTLE_MS;
        r->settles = false;
    }
    if (r->trouble.n > 0 && !had_trouble) {
        say_map(r);
    } else if (r->trouble.n == 0 && had_trouble) {
        raise(r, ALERT_RELAY_WORKS, SLICE("emergency relay: map"),
              SLICE("the map that switches the emergency relay can be written again"));
    }
    relay_answer_tickets(r);
}

static void write_map(struct relay_switch *r)
{
    struct slice *senders = memory_new(r->senders_n + 1, sizeof *senders);
    bool on = r->state.on && relay_is_set(r->d);
    bool direct = on && r->state.only_clean;

    for (uint32_t i = 0; i < r->senders_n; i++) {
        senders[i] = slice_of(r->senders[i].address);
        r->senders[i].sent = direct;
    }
    r->dirty = false;
    r->writing = true;
    (void)helper_relay_map(r->d->helper, on, senders, direct ? r->senders_n : 0, written, r);
    free(senders);
}

void relay_switch_clock_set(struct daemon *d, int64_t by_ms)
{
    struct relay_switch *r = d->relay_switch;
    struct wall *const all[] = { &r->state.since, &r->state.clean, &r->state.tested, &r->again,
                                 &r->run_at,      &r->ran,         &r->looked,       &r->let_go };

    for (size_t i = 0; i < COUNT(all); i++)
        relay_move(all[i], by_ms);
    relay_bulkhead_clock_set(r, by_ms);
    relay_keep(r);
}

void relay_switch_again(struct daemon *d)
{
    if (d->relay_switch != NULL)
        d->relay_switch->dirty = true;
}

/* ---- switching */

void relay_turned(struct relay_switch *r, struct slice by, struct slice reason)
{
    struct daemon *d = r->d;
    bool on = r->state.on;
    struct buf words = buf_make(RELAY_WORDS_MAX);

    set_text(&r->by, by);
    set_text(&r->reason, reason);
    relay_keep(r);
    buf_printf(&words, "%s%s%.*s",
               !on                   ? "mail leaves directly"
               : r->state.only_clean ? "mail of accounts without evidence leaves by the relay"
                                     : "all mail leaves by the relay",
               reason.n > 0 ? ": " : "", SLICE_ARG(reason));
    raise(r, on ? ALERT_RELAY_ON : ALERT_RELAY_OFF, ALERT_KEY, buf_slice(&words));
    keep_note(d, 0, by, ALERT_KEY, on ? "relay on" : "relay off", buf_slice(&words));
    buf_done(&words);
    r->dirty = r->settles = true;
    r->again = (struct wall){ 0 };
}

static bool counts(const struct conf_relay *conf, const json_t *listing)
{
    struct ip ip;

    if (!slice_eq(json_get_text(listing, "gravity"), SLICE("grave")) ||
        !ip_parse(json_get_text(listing, "subject"), &ip))
        return false;
    for (uint32_t i = 0; i < conf->addresses_n; i++)
        if (ip_eq(&ip, &conf->addresses[i]))
            return true;
    return conf->addresses_n == 0;
}

/* How many grave listings there are, and one of them in words. */
static uint32_t look_at_lists(const struct daemon *d, struct buf *words)
{
    json_t *all = dnsbl_watch_listed(d) > 0 ? dnsbl_watch_listings(d, SLICE("")) : NULL;
    uint32_t n = 0;

    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);

        if (!counts(&d->conf->daemon.relay, one))
            continue;
        if (n++ == 0)
            buf_printf(words, "%.*s is listed by %.*s", SLICE_ARG(json_get_text(one, "subject")),
                       SLICE_ARG(json_get_text(one, "name")));
    }
    json_decref(all);
    return n;
}

/* It would be switched, but is not: say so once. */
static void say_not(struct relay_switch *r, const char *why, struct slice cause)
{
    struct buf words = buf_make(RELAY_WORDS_MAX);

    if (!r->said) {
        buf_printf(&words, "%.*s, but the emergency relay is not switched on: %s", SLICE_ARG(cause),
                   why);
        raise(r, ALERT_RELAY_FAILS, SLICE("emergency relay: by itself"), buf_slice(&words));
        keep_note(r->d, 0, SLICE("mailfuse"), ALERT_KEY, "relay not on", buf_slice(&words));
    }
    r->said = true;
    buf_done(&words);
}

/* By itself. While only observing it says what it would do; then nothing of it is remembered. */
static void decide(struct relay_switch *r)
{
    struct daemon *d = r->d;
    const struct conf_relay *conf = &d->conf->daemon.relay;
    struct buf cause = buf_make(RELAY_WORDS_MAX);
    struct relay before = r->state;
    struct relay_facts facts = { .now = d->now,
                                 .automatic = conf->automatic,
                                 .only_clean = conf->only_clean,
                                 .back_after_ms = conf->back_after_ms };
    enum relay_step step;

    facts.grave = r->grave = look_at_lists(d, &cause);
    step = relay_decide(&r->state, &facts);
    if (step == RELAY_UNTESTED) {
        say_not(r, "it was not tested within thirty days, see mailfuse relay test",
                buf_slice(&cause));
    } else if (step == RELAY_TURNS_ON && !box_enforces(d->box)) {
        r->state = before;
        say_not(r, "mailfuse only observes", buf_slice(&cause));
    } else if (step == RELAY_TURNS_ON) {
        relay_turned(r, SLICE("mailfuse"), buf_slice(&cause));
    } else if (step == RELAY_TURNS_OFF) {
        relay_turned(r, SLICE("mailfuse"), SLICE("no grave list has us any more"));
    } else if (before.clean.ms != r->state.clean.ms || before.passed != r->state.passed) {
        relay_keep(r);
    }
    if (r->grave == 0 && r->said) {
        r->said = false;
        raise(r, ALERT_RELAY_WORKS, SLICE("emergency relay: by itself"),
              SLICE("no grave list has us any more"));
    }
    buf_done(&cause);
}

void relay_switch_step(struct daemon *d)
{
    struct relay_switch *r = d->relay_switch;

    if (r == NULL || !d->can_act)
        return;
    if (relay_is_set(d) && (d->now.ms - r->looked.ms >= LOOK_MS || d->now.ms < r->looked.ms)) {
        r->looked = d->now;
        decide(r);
    }
    relay_bulkhead_step(r);
    if (r->dirty && !r->writing && (d->now.ms >= r->again.ms || r->again.ms > d->now.ms + AGAIN_MS))
        write_map(r);
    run_queue(r);
}

/* ---- questions */

bool relay_switch_on(const struct daemon *d)
{
    return d->relay_switch != NULL && d->relay_switch->state.on;
}

bool relay_switch_trouble(const struct daemon *d)
{
    return d->relay_switch != NULL && d->relay_switch->trouble.n > 0;
}

const char *relay_switch_state(const struct daemon *d, struct buf *words)
{
    const struct relay_switch *r = d->relay_switch;
    bool on = relay_switch_on(d);

    if (r == NULL || !relay_is_set(d))
        return "off";
    if (r->trouble.n > 0) {
        buf_add(words, buf_slice(&r->trouble));
        return "trouble";
    }
    buf_add(words, !on                   ? SLICE("mail leaves directly")
                   : r->state.only_clean ? SLICE("mail of accounts without evidence leaves by it")
                                         : SLICE("all mail leaves by it"));
    if (!on && !relay_is_tested(&r->state, d->now))
        buf_add(words, SLICE("; not tested within thirty days"));
    return on ? "on" : "ok";
}
