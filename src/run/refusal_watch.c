#include "run/refusal_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/memory.h"
#include "run/alerts/alerts.h"
#include "run/findings.h"
#include "run/refusal_private.h"

#include "base/ban.h"

enum { KEY_MAX = REFUSALS_NAME + 16, WORDS_MAX = 1000, KEEP_EVERY_MS = MINUTE_MS };

static struct refusals_limits limits_of(const struct daemon *d)
{
    return (struct refusals_limits){ d->conf->daemon.providers.accepted,
                                     d->conf->daemon.providers.quiet_ms };
}

static void keep(struct daemon *d, uint32_t row)
{
    struct refusal_watch *w = d->refusal_watch;
    const struct refusals_block *b = refusals_block(w->state, row);
    char key[KEY_MAX];

    snprintf(key, sizeof key, "blocked %s", refusals_name(w->state, row));
    keep_other(d, slice_of(key), b->since.ms != 0 ? refusal_encode(d, b) : NULL);
    w->dirty[row] = false;
}

/* Evidence for those who sent there before. */
static void weigh(struct daemon *d, const struct refusals_block *b)
{
    for (uint32_t k = 0; k < b->blamed_n; k++) {
        const struct refusals_blame *one = &b->blamed[k];
        struct event e = { .type = EVENT_BLOCKED,
                           .at = b->since,
                           .utc_offset_s = d->utc_offset_s,
                           .status = one->refused ? DELIVERY_BOUNCED : DELIVERY_SENT,
                           .recipients = one->fresh,
                           .count = one->fresh_all,
                           .senders = (uint16_t)one->senders,
                           .subject = detect_subject(d->detect, one->fuse) };

        (void)events_take(d, &e);
    }
}

/* Whose doing it is, when one wrote to most of the new people there. */
static uint32_t main_sender(const struct refusals_block *b)
{
    const struct refusals_blame *first = &b->blamed[0];

    if (b->blamed_n == 0 || first->fresh < 10 || first->fresh * 2 <= first->fresh_all)
        return FINDING_NOBODY;
    return first->fuse;
}

static void alert(struct daemon *d, uint32_t row, uint32_t incident, struct slice words, bool ends)
{
    const struct refusal_watch *w = d->refusal_watch;
    const struct refusals_block *b = refusals_block(w->state, row);
    char key[KEY_MAX];
    struct alert_event e = { .kind = ends ? ALERT_PROVIDER_ACCEPTS : ALERT_PROVIDER_BLOCKS,
                             .incident = incident,
                             .key = { key, 0 },
                             .words = words };

    snprintf(key, sizeof key, "provider %s", refusals_name(w->state, row));
    e.key.n = strlen(key);
    e.details = json_pack("{ss ss ss so}", "provider", refusals_name(w->state, row), "title",
                          refusal_title(w, row), "cause", reply_cause_name(b->cause), "reply",
                          json_text(slice_of(b->text)));
    alerts_raise(d, &e);
}

static void began(struct daemon *d, uint32_t row)
{
    struct refusal_watch *w = d->refusal_watch;
    const struct refusals_block *b = refusals_block(w->state, row);
    struct slice title = slice_of(refusal_title(w, row));
    struct finding_news news = { FINDING_BLOCKED, title, SLICE(""), SLICE(""), main_sender(b) };
    struct buf words = buf_make(WORDS_MAX);
    uint32_t incident;

    buf_printf(&words, "%.*s refuses mail from here: ", SLICE_ARG(title));
    refusal_words(w, row, &words);
    news.words = buf_slice(&words);
    weigh(d, b);
    incident = findings_begin(d, &news);
    keep(d, row);
    alert(d, row, incident, buf_slice(&words), false);
    buf_add(&words, SLICE("; its first reply: "));
    buf_add(&words, slice_of(b->text));
    keep_note(d, incident, SLICE("mailfuse"), title, "blocked", buf_slice(&words));
    buf_done(&words);
}

static void ended(struct daemon *d, uint32_t row)
{
    struct refusal_watch *w = d->refusal_watch;
    const struct refusals_block *b = refusals_block(w->state, row);
    struct slice title = slice_of(refusal_title(w, row));
    uint32_t incident = findings_end(d, FINDING_BLOCKED, title, SLICE(""));
    struct buf words = buf_make(WORDS_MAX);

    buf_printf(&words, "%.*s accepts mail from here again, after %u refusals", SLICE_ARG(title),
               b->refused);
    alert(d, row, incident, buf_slice(&words), true);
    keep_note(d, incident, SLICE("mailfuse"), title, "accepted", buf_slice(&words));
    keep(d, row);
    buf_done(&words);
}

static uint32_t fuse_of(const struct daemon *d, const struct subject *subject)
{
    return subject != NULL ? detect_find(d->detect, subject) : REFUSALS_NOBODY;
}

void refusal_watch_result(void *ctx, const struct ledger_result *from)
{
    struct daemon *d = ctx;
    struct refusal_watch *w = d->refusal_watch;
    struct provider_table table = conf_providers_table(&w->rules);
    struct slice domain = address_domain(from->recipient);
    struct slice site = provider_site(from->host);
    struct slice host = site.n > 0 ? from->host : site; /* only an address: nobody's name */
    const struct provider *p = provider_of(&table, host, domain);
    struct refusals_limits limits = limits_of(d);
    struct refusals_result r = { .at = from->at,
                                 .provider = p,
                                 .site = site.n > 0 ? site : domain,
                                 .host = host,
                                 .status = from->status,
                                 .dsn = from->dsn,
                                 .text = from->text,
                                 .class = from->class,
                                 .recipient = from->correspondent,
                                 .fuse = fuse_of(d, from->subject) };
    struct provider_refusal why;
    uint32_t row = 0;

    if (d->replaying)
        return;
    r.fresh = !detect_knows_recipient(d->detect, from->correspondent);
    if (r.status != DELIVERY_SENT) {
        why = provider_judge(&table, p, r.dsn, r.text, r.class);
        r.cause = why.cause;
        r.sure = why.rule != NULL;
    }
    switch (refusals_take(w->state, &limits, &r, &row)) {
    case REFUSALS_BEGAN:
        began(d, row);
        break;
    case REFUSALS_GOES_ON:
        w->dirty[row] = true;
        break;
    case REFUSALS_ENDED:
        ended(d, row);
        break;
    case REFUSALS_NOTHING:
        break;
    }
    w->common = from->subject != NULL && r.status != DELIVERY_SENT &&
                reply_cause_is_reputation(r.cause) && refusals_is_common(w->state, &r);
}

bool refusal_watch_is_common(struct daemon *d)
{
    bool common = d->refusal_watch->common;

    d->refusal_watch->common = false;
    return common;
}

void refusal_watch_keep(struct daemon *d)
{
    for (uint32_t row = 0; d->refusal_watch != NULL && row < REFUSALS_ROWS; row++)
        if (d->refusal_watch->dirty[row])
            keep(d, row);
}

void refusal_watch_step(struct daemon *d)
{
    struct refusal_watch *w = d->refusal_watch;
    struct refusals_limits limits = limits_of(d);
    uint32_t row;

    while ((row = refusals_over(w->state, &limits, d->now)) != REFUSALS_NOBODY)
        ended(d, row);
    if (d->now.ms - w->kept.ms < KEEP_EVERY_MS && d->now.ms >= w->kept.ms)
        return;
    w->kept = d->now;
    refusal_watch_keep(d);
}

void refusal_watch_reload(struct daemon *d)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf_providers rules = { 0 };
    struct refusal_watch *w = d->refusal_watch;

    if (w == NULL)
        return;
    if (!conf_providers_load(&rules, d->conf->daemon.providers.rules, &errors)) {
        daemon_say(d, LOG_WARNING, "the rules of providers stay as they were: %.*s",
                   SLICE_ARG(errors.all[0].text)); /* they changed since the settings were read */
        conf_providers_done(&rules);
        return;
    }
    conf_providers_done(&w->rules);
    w->rules = rules;
}

void refusal_watch_clock_set(struct daemon *d, int64_t by_ms)
{
    if (d->refusal_watch != NULL)
        refusals_clock_set(d->refusal_watch->state, by_ms);
}

uint32_t refusal_watch_blocks(const struct daemon *d)
{
    const struct refusals *state = d->refusal_watch->state;
    uint32_t n = 0;

    for (uint32_t row = 0; refusals_name(state, row) != NULL; row++)
        n += refusals_block(state, row)->since.ms != 0;
    return n;
}

/* A store_item_row. */
static bool load_one(void *ctx, struct slice key, struct slice value)
{
    struct daemon *d = ctx;
    struct refusals_block block = { 0 };
    json_t *from;

    if (!slice_skip(&key, SLICE("blocked ")))
        return true;
    from = json_loadb(value.p, value.n, 0, NULL);
    if (!json_is_object(from)) {
        json_decref(from);
        return false;
    }
    refusal_decode(d, from, &block);
    refusals_load(d->refusal_watch->state, key, &block);
    json_decref(from);
    return true;
}

int refusal_watch_load(struct daemon *d, struct buf *error)
{
    struct refusal_watch *w = memory_new(1, sizeof *w);

    w->state = refusals_new();
    conf_providers_builtin(&w->rules);
    d->refusal_watch = w;
    return store_each_item(d->store, STORE_OTHER, load_one, d, error);
}

void refusal_watch_free(struct refusal_watch *w)
{
    if (w == NULL)
        return;
    conf_providers_done(&w->rules);
    refusals_free(w->state);
    free(w);
}
