/* worker.c - the life of the worker: open, load, serve, drain, write, end. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "base/library.h"
#include "base/memory.h"
#include "run/job.h"
#include "serve/systemd.h"

#include "base/ban.h"

enum {
    TRANSACTIONS = 1 << 16,
    DRAIN_MS = 5 * SECOND_MS,
    STORE_PATIENCE_MS = 20 * SECOND_MS,
    ERROR_MAX = 2000,
    TICK_NS = 1000000000,
    FINAL = 2, /* exit status: another start would be as pointless */
};

static bool doors_closed(const struct daemon *d)
{
    struct policy_door_stats policy = { 0 };
    struct control_door_stats control = { 0 };

    if (d->policy != NULL)
        policy_door_stats(d->policy, &policy);
    if (d->control != NULL)
        control_door_stats(d->control, &control);
    return policy.door.connections == 0 && control.connections == 0 &&
           (d->auth == NULL || auth_door_stats(d->auth).connections == 0);
}

/* How late the tick comes: what all others wait for, too. */
static void count_tick(struct daemon *d)
{
    uint64_t now = daemon_ns(), due = d->tick_ns + TICK_NS;

    if (d->tick_ns != 0 && !d->stopping)
        latency_add(&d->counts.late, now > due ? now - due : 0);
    d->tick_ns = now;
}

/* Not where that would take from the room that is Postfix's: what changes is remembered, and
 * written when there is room again. */
static bool snapshot_is_due(const struct daemon *d)
{
    return !spool_watch_spares(d) && (d->now.ms - d->snapshot.begun.ms >=
                                          d->conf->daemon.snapshot_seconds * SECOND_MS - 100 ||
                                      d->now.ms < d->snapshot.begun.ms);
}

static void tick(evutil_socket_t fd, short what, void *ctx)
{
    struct daemon *d = ctx;

    (void)fd;
    (void)what;
    daemon_clock(d);
    count_tick(d);
    (void)systemd_notify("WATCHDOG=1");
    if (d->stopping) {
        if (doors_closed(d) || d->now.ms >= d->stop_by.ms ||
            d->now.ms < d->stop_by.ms - 2 * DRAIN_MS)
            event_base_loopbreak(d->base);
        return;
    }
    events_tick(d);
    if (snapshot_is_due(d))
        snapshot_begin(d);
    chores_do(d);
    work_look(d);
    control_look(d);
}

static void stop(struct daemon *d)
{
    static const struct timeval often = { 0, 50000 };

    if (d->stopping)
        return;
    daemon_clock(d);
    d->stopping = true;
    d->stop_by.ms = d->now.ms + DRAIN_MS;
    (void)systemd_notify("STOPPING=1");
    if (d->policy != NULL)
        policy_door_drain(d->policy);
    if (d->socketmap != NULL)
        socketmap_door_drain(d->socketmap);
    if (d->auth != NULL)
        auth_door_drain(d->auth);
    if (d->control != NULL)
        control_door_drain(d->control);
    if (d->metrics != NULL)
        metrics_door_drain(d->metrics);
    event_add(d->tick, &often);
}

static void on_signal(evutil_socket_t number, short what, void *ctx)
{
    struct daemon *d = ctx;

    (void)what;
    daemon_clock(d);
    if (number == SIGHUP) {
        (void)systemd_notify("RELOADING=1");
        (void)settings_reload(d);
        (void)systemd_notify("READY=1");
        return;
    }
    stop(d);
}

static void store_news(evutil_socket_t fd, short what, void *ctx)
{
    struct daemon *d = ctx;

    (void)fd;
    (void)what;
    daemon_clock(d);
    store_dispatch(d->store);
}

static int cannot(const struct daemon *d, const struct buf *error)
{
    daemon_say(d, LOG_CRIT, "%.*s", SLICE_ARG(buf_slice(error)));
    return FINAL;
}

static void make_parts(struct daemon *d)
{
    struct detect_options detect = { .sensitivity = d->conf->sensitivity,
                                     .policy = judge_policy,
                                     .policy_ctx = &d->judge,
                                     .touch = snapshot_touch,
                                     .touch_ctx = d };
    struct ledger_options ledger = { .one_host = true,
                                     .sink = events_take,
                                     .announce = events_announce,
                                     .results = refusal_watch_result,
                                     .sink_ctx = d };
    struct bruteforce_options guessing = settings_guessing(d->conf);
    struct box_keeper keeper = keep_keeper(d);

    arc4random_buf(&guessing.seed, sizeof guessing.seed);
    d->rehearsal = rehearsal_new(&detect);
    d->detect = rehearsal_detect(d->rehearsal);
    d->ledger = ledger_new(&ledger);
    d->box = box_new(d->detect, &keeper);
    d->judge.box = d->box;
    findings_init(d);
    d->transactions = transactions_new(TRANSACTIONS);
    d->bruteforce = bruteforce_new(&guessing);
    d->sent = sent_new();
    d->auth_words = buf_make(CONF_REPLY_FULL_MAX);
    d->files_trouble = buf_make(ERROR_MAX);
    d->helper_trouble = buf_make(ERROR_MAX);
    snapshot_init(d);
}

/* Everything as it was. 0, or FINAL with a message. */
static int load(struct daemon *d)
{
    struct buf error = buf_make(ERROR_MAX);
    int status = 0;

    d->store = store_open(d->conf->daemon.state_directory, &error);
    if (d->store == NULL || snapshot_load(d, &error) != 0 || keep_load(d, &error) != 0)
        status = cannot(d, &error);
    if (status == 0) {
        if (d->conf->daemon.mode == CONF_ENFORCE && d->can_act)
            box_enforce_quietly(d->box);
        box_loaded(d->box, d->now);
        settings_apply(d);
        ledger_expect(d->ledger, detect_count(d->detect) / 4 * 5); /* some are new until the next */
        if (snapshot_load_ledger(d, &error) != 0 || logs_load(d, &error) != 0)
            status = cannot(d, &error);
    }
    if (status == 0 && store_start(d->store) != 0) {
        buf_printf(&error, "no threads for the store");
        status = cannot(d, &error);
    }
    buf_done(&error);
    return status;
}

static void open_doors(struct daemon *d, const struct daemon_sockets *s)
{
    struct policy_door_options policy = {
        .answer = policy_decide, .closed = policy_gone, .trouble = doors_trouble, .ctx = d
    };
    struct socketmap_door_options socketmap = { .answer = socketmap_decide,
                                                .trouble = doors_trouble,
                                                .ctx = d };
    struct auth_door_options auth = { .allow = auth_allow,
                                      .report = auth_report,
                                      .reset = auth_reset,
                                      .stats = auth_stats,
                                      .trouble = doors_trouble,
                                      .ctx = d,
                                      .key = slice_of(d->conf->daemon.auth_policy_key) };
    struct control_door_options control = { .answer = control_take, .ctx = d };
    struct metrics_door_options metrics = { .page = metrics_page,
                                            .trouble = doors_trouble,
                                            .ctx = d };

    if (s->policy_n > 0)
        d->policy = policy_door_new(d->base, s->policy, s->policy_n, &policy);
    if (s->socketmap_n > 0)
        d->socketmap = socketmap_door_new(d->base, s->socketmap, s->socketmap_n, &socketmap);
    if (s->auth_n > 0)
        d->auth = auth_door_new(d->base, s->auth, s->auth_n, &auth);
    if (s->control >= 0)
        d->control = control_door_new(d->base, &s->control, 1, &control);
    if (s->metrics_n > 0)
        d->metrics = metrics_door_new(d->base, s->metrics, s->metrics_n, &metrics);
}

static void begin(struct daemon *d)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
    static const struct timeval second = { 1, 0 };

    for (size_t i = 0; i < COUNT(numbers); i++) {
        d->signals[i] = evsignal_new(d->base, numbers[i], on_signal, d);
        event_add(d->signals[i], NULL);
    }
    d->tick = event_new(d->base, -1, EV_PERSIST, tick, d);
    event_add(d->tick, &second);
    d->store_ready = event_new(d->base, store_fd(d->store), EV_READ | EV_PERSIST, store_news, d);
    event_add(d->store_ready, NULL);
    logs_start(d);
    chores_do(d);
    if (d->can_act)
        files_write(d, NULL); /* whatever happened to them meanwhile */
    work_look(d);
}

static void close_doors(struct daemon *d)
{
    policy_door_free(d->policy);
    socketmap_door_free(d->socketmap);
    auth_door_free(d->auth);
    control_door_free(d->control);
    d->control = NULL; /* what the store still answers has nobody who waits */
    metrics_door_free(d->metrics);
    helper_client_free(d->helper);
    courier_client_free(d->courier);
}

static void end(struct daemon *d)
{
    struct event *const events[] = { d->tick,       d->store_ready, d->signals[0],
                                     d->signals[1], d->signals[2],  d->working };

    for (size_t i = 0; i < COUNT(events); i++)
        if (events[i] != NULL)
            event_free(events[i]);
    control_forget(d);
    purge_forget(d);
    dnsbl_watch_free(d->dnsbl_watch);
    opt_outs_free(d->opt_outs);
    relay_switch_free(d->relay_switch);
    refusal_watch_free(d->refusal_watch);
    alerts_free(d->alerts);
    logs_stop(d);
    snapshot_done(d);
    findings_done(d);
    box_free(d->box);
    transactions_free(d->transactions);
    bruteforce_free(d->bruteforce);
    sent_free(d->sent);
    ledger_free(d->ledger);
    rehearsal_free(d->rehearsal);
    geo_free(d->geo);
    buf_done(&d->auth_words);
    buf_done(&d->files_trouble);
    buf_done(&d->helper_trouble);
    active_done(&d->active);
    ghosts_done(d);
    buf_done(&d->conf_trouble);
    buf_done(&d->page);
    backlog_done(&d->watch.backlog);
    if (d->boot != d->conf)
        conf_free(d->boot);
    conf_free(d->conf);
    event_base_free(d->base);
    free(d);
}

/* Its settings may name other files than those of the one before. */
static void helper_came(void *ctx)
{
    files_write(ctx, NULL);
}

static void serve(struct daemon *d, const struct worker_options *o)
{
    d->helper = helper_client_new(d->base, o->helper);
    helper_client_on_hello(d->helper, helper_came, d);
    d->courier = courier_client_new(d->base, o->courier ? o->supervisor : -1);
    open_doors(d, &o->sockets);
    begin(d);
    keep_note(d, 0, SLICE("mailfuse"), SLICE(""), "started",
              box_enforces(d->box) ? SLICE("acts") : SLICE("only observes"));
    (void)systemd_notify("READY=1");
    daemon_say(d, LOG_INFO, "ready: %s, %u accounts known",
               box_enforces(d->box) ? "enforcing" : "observing", detect_count(d->detect));
    (void)event_base_dispatch(d->base);
    daemon_clock(d);
    d->stopping = true;
    close_doors(d);
    refusal_watch_keep(d);
    keep_note(d, 0, SLICE("mailfuse"), SLICE(""), "stopped", SLICE(""));
    keep_done(d);
    snapshot_finish(d);
}

int worker_run(const struct worker_options *o)
{
    struct daemon *d = memory_new(1, sizeof *d);
    struct event_config *config = event_config_new();
    int status;

    own_look(&d->own);
    (void)library_load_all(); /* the settings may come to need them; then it is too late */
    if (o->confine != NULL && o->confine(o->confine_ctx) != 0)
        return FINAL;
    (void)signal(SIGPIPE, SIG_IGN);
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    d->base = event_base_new_with_config(config);
    event_config_free(config);
    d->conf_path = o->conf_path;
    d->supervisor = o->supervisor;
    daemon_clock(d);
    d->started = d->now;
    d->can_act = o->helper >= 0;
    d->feedback_user = o->feedback_user;
    d->watch.spool.path = o->queue_directory;
    d->watch.spool.postfix_needs = o->queue_needs;
    d->journal = getenv("JOURNAL_STREAM") != NULL;
    if (!settings_begin(d, o->last))
        return cannot(d, &d->conf_trouble);
    judge_change(&d->judge, d->conf, d->geo);
    make_parts(d);
    status = load(d);
    if (status == 0)
        serve(d, o);
    (void)store_close(d->store, STORE_PATIENCE_MS);
    end(d);
    return status;
}
