/* trial.c - `mailfuse alert test`: a letter of each severity by each way, at once and past
 * the desk; and `mailfuse alert list`. */
#include <stdlib.h>

#include "base/memory.h"
#include "run/alerts/private.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum { PATIENCE_MS = 45 * SECOND_MS, WORDS_MAX = 200 };

/* One letter of a trial. */
struct attempt {
    struct alert_trial *trial;
    const char *way; /* owned */
    enum alert_severity severity;
    bool done;
    enum courier_result result;
    struct buf words;
};

struct alert_trial {
    struct alert_trial *next;
    struct daemon *d;
    uint64_t ticket;
    struct wall until;
    struct attempt *all;
    uint32_t n, waiting;
    bool answered;
};

static const char *result_name(const struct attempt *t)
{
    static const char *const names[COURIER_RESULTS] = { "delivered", "failed", "refused" };

    return t->done ? names[t->result] : "waiting";
}

static void answer(struct alert_trial *t)
{
    json_t *rows = json_array();

    for (uint32_t i = 0; i < t->n; i++)
        json_array_append_new(rows,
                              json_pack("{so ss ss so}", "way", json_text(slice_of(t->all[i].way)),
                                        "severity", conf_severity_name(t->all[i].severity),
                                        "result", result_name(&t->all[i]), "words",
                                        json_text(buf_slice(&t->all[i].words))));
    t->answered = true;
    control_reply(
        t->d->control, t->ticket,
        json_pack("{sb so so}", "ok", 1, "time", part_time(t->d, t->d->now), "tests", rows));
}

static void trial_free(struct alert_trial *t)
{
    for (uint32_t i = 0; i < t->n; i++) {
        free((char *)(uintptr_t)t->all[i].way);
        buf_done(&t->all[i].words);
    }
    free(t->all);
    free(t);
}

void alerts_trials_look(struct alerts *a)
{
    for (struct alert_trial **at = &a->trials; *at != NULL;) {
        struct alert_trial *t = *at;

        if (!t->answered && (t->waiting == 0 || a->d->now.ms >= t->until.ms))
            answer(t);
        if (t->waiting > 0) { /* the courier knows of it */
            at = &t->next;
            continue;
        }
        *at = t->next;
        trial_free(t);
    }
}

void alerts_trials_free(struct alerts *a)
{
    while (a->trials != NULL) {
        struct alert_trial *t = a->trials;

        a->trials = t->next;
        trial_free(t);
    }
}

/* A courier_done. */
static void tried(void *ctx, uint64_t id, enum courier_result result, uint32_t retry_after_s,
                  struct slice words)
{
    struct attempt *t = ctx;

    (void)id;
    (void)retry_after_s;
    t->done = true;
    t->result = result;
    buf_add(&t->words, slice_head_utf8(words, WORDS_MAX));
    t->trial->waiting--;
    if (t->trial->waiting == 0) {
        daemon_clock(t->trial->d);
        alerts_trials_look(t->trial->d->alerts);
    }
}

static void try_way(struct alerts *a, struct alert_trial *t, const struct conf_way *way,
                    enum alert_severity severity)
{
    struct attempt *attempt = &t->all[t->n++];
    char none[] = "", key[] = "test", details[] = "{}";
    char *id = memory_text(way->id, strlen(way->id));
    struct desk_entry e = { .number = 0,
                            .kind = ALERT_TEST,
                            .severity = severity,
                            .at = a->d->now,
                            .way = id,
                            .language = none,
                            .key = key,
                            .state = key,
                            .subject = none,
                            .domain = none,
                            .words = key,
                            .details = details,
                            .why = none };
    const struct desk_entry *entries[] = { &e };
    struct desk_letter letter = {
        .number = severity, .way = way, .id = slice_of(id), .entries = entries, .n = 1
    };

    *attempt = (struct attempt){
        .trial = t, .way = id, .severity = severity, .words = buf_make(WORDS_MAX)
    };
    t->waiting++;
    alerts_send(a, &letter, alerts_source(a), tried, attempt);
}

static bool is_meant(const struct conf_way *way, struct slice to)
{
    return to.n == 0 || slice_eq(to, slice_of(way->name)) || slice_eq(to, slice_of(way->id));
}

static void test(const struct control_call *c)
{
    struct alerts *a = c->d->alerts;
    const struct conf_alerts *conf = &c->d->conf->daemon.alerts;
    struct slice to = json_get_text(c->request, "to");
    struct alert_trial *t = memory_new(1, sizeof *t);

    *t = (struct alert_trial){
        .next = a->trials, .d = c->d, .ticket = c->ticket, .until = { c->d->now.ms + PATIENCE_MS }
    };
    t->all = memory_new((size_t)conf->ways_n * ALERT_CRITICAL + 1, sizeof *t->all);
    a->trials = t;
    for (uint32_t i = 0; i < conf->ways_n; i++)
        for (unsigned s = ALERT_INFO; is_meant(&conf->ways[i], to) && s < ALERT_SEVERITIES; s++)
            try_way(a, t, &conf->ways[i], (enum alert_severity)s);
    if (t->n > 0)
        return;
    a->trials = t->next;
    trial_free(t);
    control_refuse(c->d->control, c->ticket,
                   to.n > 0 ? "there is no such way to tell anybody" : "nobody is to be told",
                   "alerts { } in mailfuse.conf says who is told, and how");
}

static json_t *entry_row(const struct daemon *d, const struct desk_entry *e)
{
    return json_pack("{sI so ss ss so so so so sb so}", "number", (json_int_t)e->number, "way",
                     json_text(slice_of(e->way)), "kind", alert_kind_row(e->kind)->name, "severity",
                     conf_severity_name(e->severity), "subject", json_text(slice_of(e->subject)),
                     "incident", e->incident != 0 ? json_integer(e->incident) : json_null(),
                     "words", json_text(slice_of(e->words)), "at", part_time(d, e->at), "given_up",
                     (int)e->given_up, "why", json_text(slice_of(e->why)));
}

static json_t *way_row(const struct alerts *a, const struct desk_way *w)
{
    return json_pack("{so ss si so so so}", "way", json_text(slice_of(w->id)), "kind",
                     conf_way_kind_name(desk_way_kind(slice_of(w->id))), "failures",
                     (int)w->failures, "since", part_time(a->d, w->failing_since), "next",
                     part_time(a->d, w->next), "why", json_text(slice_of(w->why)));
}

static void list(const struct control_call *c)
{
    const struct alerts *a = c->d->alerts;
    json_int_t limit = json_get_int(c->request, "limit"), waiting = 0, lost = 0;
    json_t *ways = json_array(), *rows = json_array();
    const struct desk_entry *e;
    const struct desk_way *w;

    for (uint32_t i = 0; (w = desk_way_at(a->desk, i)) != NULL; i++)
        json_array_append_new(ways, way_row(a, w));
    for (uint32_t i = 0; (e = desk_entry_at(a->desk, i)) != NULL; i++) {
        waiting += !e->given_up;
        lost += e->given_up;
        if ((json_int_t)json_array_size(rows) < (limit > 0 ? limit : 100))
            json_array_append_new(rows, entry_row(c->d, e));
    }
    control_answer_with(c, json_pack("{so so sI sI}", "ways", ways, "alerts", rows, "waiting",
                                     waiting, "given_up", lost));
}

void control_alert(const struct control_call *c)
{
    if (slice_eq(json_get_text(c->request, "what"), SLICE("test")))
        test(c);
    else
        list(c);
}
