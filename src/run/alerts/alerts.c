/* alerts.c - from what happens to the desk, and from the desk to the courier. */
#include "run/alerts/alerts.h"

#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "base/memory.h"
#include "run/alerts/files.h"
#include "run/alerts/log.h"
#include "run/alerts/private.h"

#include "base/ban.h"

enum { FAILS_AFTER_MS = 10 * MINUTE_MS, AT_ONCE = 64, WORDS_MAX = 600 };

/* ---- what happens */

/* In which language the owner of an account is told: his own, that of the domain, or the usual one.
 */
static struct slice language_for(const struct alerts *a, const struct owner *owner,
                                 struct slice domain)
{
    const struct conf_alerts *conf = &a->d->conf->daemon.alerts;

    if (owner->language.n > 0)
        return owner->language;
    for (uint32_t i = 0; i < conf->languages_n; i++)
        if (desk_is_within(domain, slice_of(conf->languages[i].domain)))
            return slice_of(conf->languages[i].language);
    return slice_of(conf->language);
}

static bool put_on_desk(struct alerts *a, const struct alert_event *e)
{
    char *details = e->details != NULL ? json_dumps(e->details, JSON_COMPACT) : NULL;
    struct desk_event event = { .kind = e->kind,
                                .severity = e->severity,
                                .incident = e->incident,
                                .key = e->key,
                                .state = e->state,
                                .subject = e->subject,
                                .domain = e->domain,
                                .words = e->words,
                                .details = slice_of(details) };
    char room[ADDRESS_MAX];
    const struct owner *owner = NULL;
    bool news;

    if (a->d->conf->daemon.alerts.tell_owner && alert_kind_row(e->kind)->for_owner)
        owner = owners_find(a->owners, account_fold(e->subject, room));
    if (owner != NULL && a->d->conf->daemon.alerts.mail_server[0] != '\0') {
        event.owner = owner->address;
        event.owner_language = language_for(a, owner, e->domain);
    }
    news = desk_raise(a->desk, &event, a->d->now);
    free(details);
    return news;
}

void alerts_raise(struct daemon *d, const struct alert_event *e)
{
    const struct alert_kind_row *row = alert_kind_row(e->kind);
    struct alert_event full = *e;
    char room[ADDRESS_MAX];

    if (full.severity == ALERT_DEFAULT)
        full.severity = row->severity;
    if (full.state.n == 0)
        full.state = slice_of(row->name);
    full.domain = address_fold(e->domain.n > 0 ? e->domain : address_domain(e->subject), room);
    if (d->alerts != NULL && put_on_desk(d->alerts, &full))
        alerts_log(d->alerts, &full);
    json_decref(e->details);
}

/* ---- letters */

/* One that is under way. */
struct under_way {
    struct under_way *next;
    struct alerts *a;
    uint64_t letter;
    enum conf_way_kind kind;
    uint32_t source; /* of mail: where it comes from */
};

static void forget(struct under_way *u)
{
    for (struct under_way **at = &u->a->under_way; *at != NULL; at = &(*at)->next)
        if (*at == u) {
            *at = u->next;
            break;
        }
    free(u);
}

static void tell_of_way(struct alerts *a, const struct desk_way *w, bool fails)
{
    struct buf key = buf_make(WORDS_MAX);
    struct alert_event e = { .kind = fails ? ALERT_WAY_FAILS : ALERT_WAY_WORKS,
                             .words = fails ? slice_of(w->why) : SLICE("alerts arrive again") };

    buf_printf(&key, "way %s", w->id);
    e.key = buf_slice(&key);
    if ((desk_state(a->desk, e.key) != NULL) != fails) {
        e.details = json_pack("{so}", "way", json_text(slice_of(w->id)));
        alerts_raise(a->d, &e);
    }
    buf_done(&key);
}

/* Others are told of a way that fails for long, and of the end of that. An owner's address is not
 * worth it. */
static void look_at_ways(struct alerts *a)
{
    const struct desk_way *w;

    for (uint32_t i = 0; (w = desk_way_at(a->desk, i)) != NULL; i++) {
        bool fails = w->failing_since.ms != 0;

        if (fails && a->d->now.ms - w->failing_since.ms < FAILS_AFTER_MS)
            continue;
        if (strncmp(w->id, "owner ", 6) != 0)
            tell_of_way(a, w, fails);
    }
}

/* From where, when that may be why. */
static void say_failure(const struct alerts *a, const struct under_way *u, struct slice words)
{
    const char *source = u->kind == CONF_WAY_MAIL ? alerts_source_text(a, u->source) : "";

    daemon_say(a->d, LOG_WARNING, "an alert did not leave%s%s: %.*s",
               *source != '\0' ? " from " : "", source, SLICE_ARG(words));
}

/* A courier_done. */
static void arrived(void *ctx, uint64_t id, enum courier_result result, uint32_t retry_after_s,
                    struct slice words)
{
    struct under_way *u = ctx;
    struct alerts *a = u->a;
    enum desk_result what = result == COURIER_OK          ? DESK_DELIVERED
                            : result == COURIER_TEMPORARY ? DESK_LATER
                                                          : DESK_REFUSED;

    (void)id;
    daemon_clock(a->d);
    if (what == DESK_DELIVERED)
        a->sent[u->kind]++;
    else
        a->failed[u->kind]++;
    if (what != DESK_DELIVERED)
        say_failure(a, u, words);
    if (u->kind == CONF_WAY_MAIL && alerts_source_answered(a, u->source, result, words))
        what = DESK_AGAIN;
    desk_done(a->desk, u->letter, what, retry_after_s, words, a->d->now);
    forget(u);
    alerts_step(a->d);
}

void alerts_step(struct daemon *d)
{
    struct alerts *a = d->alerts;
    struct desk_letter letter;

    if (a != NULL)
        alerts_log_flush(a);
    if (a == NULL || d->courier == NULL || d->stopping)
        return;
    for (int n = 0;
         n < AT_ONCE && desk_next(a->desk, d->now, d->utc_offset_s, d->keep.written, &letter);
         n++) {
        struct under_way *u = memory_new(1, sizeof *u);

        *u = (struct under_way){ a->under_way, a, letter.number, desk_way_kind(letter.id),
                                 alerts_source(a) };
        a->under_way = u;
        alerts_send(a, &letter, u->source, arrived, u);
    }
    look_at_ways(a);
    alerts_troubles(a);
    alerts_trials_look(a);
}

/* ---- life */

static void name_host(struct alerts *a)
{
    if (gethostname(a->host, sizeof a->host - 1) != 0 || a->host[0] == '\0')
        snprintf(a->host, sizeof a->host, "localhost");
}

int alerts_load(struct daemon *d, struct buf *error)
{
    struct alerts *a = memory_new(1, sizeof *a);
    struct desk_keeper keeper = alerts_keeper(a);

    a->d = d;
    a->desk = desk_new(&d->conf->daemon.alerts, &keeper);
    a->templates = templates_new();
    name_host(a);
    d->alerts = a;
    return alerts_read(a, error);
}

void alerts_configure(struct daemon *d)
{
    struct alerts *a = d->alerts;
    const struct conf_alerts *conf = &d->conf->daemon.alerts;
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct alerts_files files;

    if (a == NULL)
        return;
    if (alerts_files_read(d->conf, &files, &errors)) {
        templates_free(a->templates);
        owners_free(a->owners);
        a->templates = files.templates;
        a->owners = files.owners;
    } else {
        daemon_say(d, LOG_ERR, "the old texts of alerts stay: %s", errors.all[0].text.p);
    }
    if (conf->mail_from[0] != '\0')
        snprintf(a->mail_from, sizeof a->mail_from, "%s", conf->mail_from);
    else
        snprintf(a->mail_from, sizeof a->mail_from, "mailfuse@%.200s", a->host);
    snprintf(a->id_host, sizeof a->id_host, "%.*s",
             SLICE_ARG(address_domain(slice_of(a->mail_from))));
    memset(a->source_failed, 0, sizeof a->source_failed);
    desk_configure(a->desk, conf, d->now);
}

void alerts_check(const struct conf *conf, struct conf_errors *errors)
{
    struct alerts_files files;

    if (alerts_files_read(conf, &files, errors))
        alerts_files_done(&files);
}

void alerts_free(struct alerts *a)
{
    if (a == NULL)
        return;
    for (struct under_way *u = a->under_way, *next; u != NULL; u = next) {
        next = u->next;
        free(u);
    }
    alerts_log_flush(a);
    alerts_trials_free(a);
    desk_free(a->desk);
    templates_free(a->templates);
    owners_free(a->owners);
    free(a);
}

void alerts_clock_set(struct daemon *d, int64_t by_ms)
{
    if (d->alerts != NULL)
        desk_clock_set(d->alerts->desk, by_ms);
}

struct alerts_figures alerts_figures(const struct daemon *d)
{
    struct alerts_figures f = { 0 };

    for (unsigned k = 0; d->alerts != NULL && k < CONF_WAY_KINDS; k++) {
        f.sent[k] = d->alerts->sent[k];
        f.failed[k] = d->alerts->failed[k];
        f.given_up[k] = d->alerts->given_up[k];
        f.waiting[k] = desk_waiting(d->alerts->desk, (enum conf_way_kind)k);
    }
    return f;
}
