/* settings.c - the settings while the daemon runs. What is wrong changes nothing. */
#include <sys/socket.h>
#include <syslog.h>

#include "act/wire.h"
#include "run/job.h"

#include "base/ban.h"

enum { TROUBLE_MAX = 4000, PATHS_MAX = 16 };

struct bruteforce_options settings_guessing(const struct conf *conf)
{
    const struct conf_bruteforce *b = &conf->daemon.bruteforce;

    return (struct bruteforce_options){ .failures = b->failures,
                                        .refuse_ms = b->refuse_ms,
                                        .memory_ms = b->memory_ms,
                                        .tarpit_max_s = (unsigned)(b->tarpit_ms / SECOND_MS),
                                        .no_tarpit = b->tarpit_ms < SECOND_MS };
}

void settings_apply(struct daemon *d)
{
    struct bruteforce_options guessing = settings_guessing(d->conf);
    bool enforce = d->conf->daemon.mode == CONF_ENFORCE && d->can_act;

    judge_change(&d->judge, d->conf, d->geo);
    alerts_configure(d);
    d->has_rules = conf_has_rules(d->conf);
    detect_adjust(d->detect, d->conf->sensitivity, d->ignored);
    bruteforce_configure(d->bruteforce, &guessing);
    if (d->auth != NULL && !auth_door_set_key(d->auth, slice_of(d->conf->daemon.auth_policy_key)))
        daemon_say(d, LOG_ERR, "auth-policy-key is too long: the old one stays");
    if (box_enforces(d->box) != enforce || d->mode_since.ms == 0)
        d->mode_since = d->now;
    box_enforce(d->box, enforce, d->now);
    if (enforce)
        detect_set_release(d->detect, box_release, d->box);
    else
        rehearsal_resume(d->rehearsal);
    d->conf_read = d->now;
    if (d->conf->daemon.mode == CONF_ENFORCE && !d->can_act)
        daemon_say(d, LOG_WARNING,
                   "only observing: without root's rights mail that is held could "
                   "not be let go again");
    refusal_watch_reload(d);
}

static struct geo *open_geo(const struct conf *conf, struct buf *trouble, bool *bad)
{
    const char *paths[PATHS_MAX];
    char error[512];
    struct geo *geo;
    size_t n = 0;

    *bad = false;
    for (uint32_t i = 0; i < conf->geo.n && n < PATHS_MAX; i++)
        paths[n++] = conf->geo.all[i].text.p;
    if (n == 0)
        return NULL;
    geo = geo_open(paths, n, error, sizeof error);
    if (geo == NULL) {
        *bad = true;
        buf_add(trouble, slice_of(error));
    }
    return geo;
}

/* Read and check: NULL, with a line for each error in `trouble`, when something is wrong. */
static struct conf *settings_read(const char *path, uint32_t *ignored, struct geo **geo,
                                  struct buf *trouble)
{
    struct conf_errors errors = { 0 };
    struct conf *conf = conf_read(path, &errors);
    bool bad = false;

    if (conf != NULL)
        *ignored = judge_ignored(conf, &errors);
    if (conf != NULL)
        alerts_check(conf, &errors);
    for (uint32_t i = 0; i < errors.n; i++)
        buf_printf(trouble, "%s%s", trouble->n > 0 ? "\n" : "", errors.all[i].text.p);
    if (conf != NULL && errors.n == 0)
        *geo = open_geo(conf, trouble, &bad);
    if (conf != NULL && (errors.n > 0 || bad)) {
        conf_free(conf);
        conf = NULL;
    }
    conf_errors_done(&errors);
    return conf;
}

/* Helper and courier are to go by the same settings: it starts them anew. */
static void tell_supervisor(const struct daemon *d)
{
    const struct wire_head head = { .op = WIRE_SETTINGS, .id = d->conf->fingerprint };
    int status =
        d->supervisor >= 0 ? wire_send(d->supervisor, &head, SLICE(""), -1, MSG_DONTWAIT) : 0;

    if (status < 0)
        daemon_say(d, LOG_ERR, "the helper keeps its old settings: %s", strerror(-status));
}

/* What a worker before this one went by; of the files that they name, those that are good now. */
static void go_on_with(struct daemon *d, struct conf *last)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    bool bad;

    d->conf = last;
    d->ignored = judge_ignored(last, &errors);
    d->geo = open_geo(last, &d->conf_trouble, &bad);
    daemon_say(d, LOG_ERR, "the settings are those of before: %.*s",
               SLICE_ARG(buf_slice(&d->conf_trouble)));
}

bool settings_begin(struct daemon *d, struct conf *last)
{
    d->conf_trouble = buf_make(TROUBLE_MAX);
    d->conf = settings_read(d->conf_path, &d->ignored, &d->geo, &d->conf_trouble);
    if (d->conf != NULL)
        tell_supervisor(d);
    else if (last != NULL)
        go_on_with(d, last);
    d->boot = d->conf;
    return d->conf != NULL;
}

static bool same_texts(const char *const *a, uint32_t a_n, const char *const *b, uint32_t b_n)
{
    for (uint32_t i = 0; a_n == b_n && i < a_n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return a_n == b_n;
}

static bool same_listens(const struct conf_listens *a, const struct conf_listens *b)
{
    for (uint32_t i = 0; a->n == b->n && i < a->n; i++)
        if (strcmp(a->all[i].text, b->all[i].text) != 0)
            return false;
    return a->n == b->n;
}

/* Sockets and logs are opened once. */
static void tell_of_later(const struct daemon *d)
{
    const struct conf_daemon *a = &d->boot->daemon, *b = &d->conf->daemon;

    if (!same_listens(&a->policy, &b->policy) || !same_listens(&a->socketmap, &b->socketmap) ||
        !same_listens(&a->auth_policy, &b->auth_policy) ||
        !same_listens(&a->metrics, &b->metrics) ||
        strcmp(a->control_socket, b->control_socket) != 0 ||
        strcmp(a->state_directory, b->state_directory) != 0 ||
        strcmp(a->relay.host, b->relay.host) != 0 || strcmp(a->user, b->user) != 0 ||
        !same_texts(a->logs, a->logs_n, b->logs, b->logs_n) || a->journal != b->journal)
        daemon_say(d, LOG_WARNING,
                   "what was changed of sockets, logs, the user, the relay's host or the state "
                   "directory holds from the next start on");
}

bool settings_reload(struct daemon *d)
{
    struct geo *geo = NULL, *old_geo = d->geo;
    struct conf *old = d->conf, *fresh;
    uint32_t ignored = 0;

    buf_done(&d->conf_trouble);
    d->conf_trouble = buf_make(TROUBLE_MAX);
    fresh = settings_read(d->conf_path, &ignored, &geo, &d->conf_trouble);
    if (fresh == NULL) {
        daemon_say(d, LOG_ERR, "the settings stay as they were: %.*s",
                   SLICE_ARG(buf_slice(&d->conf_trouble)));
        return false;
    }
    d->conf = fresh;
    d->geo = geo;
    d->ignored = ignored;
    settings_apply(d);
    tell_supervisor(d);
    dnsbl_watch_soon(d);
    relay_switch_again(d);
    tell_of_later(d);
    if (old != d->boot)
        conf_free(old);
    geo_free(old_geo);
    if (d->can_act)
        files_write(d, NULL); /* their text may be another one */
    daemon_say(d, LOG_NOTICE, "the settings were read again");
    return true;
}
