#include "run/figures/now.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/ban.h"

enum { POLICY, SOCKETMAP, AUTH, CONTROL, METRICS };

static const char *const doors[FIGURES_DOORS] = { "policy", "socketmap", "auth-policy", "control",
                                                  "metrics" };
static const char *const logins[COUNTS_LOGINS] = { "locked", "blocked", "guessed" };
static const char *const states[FIGURES_STATES] = { "watched", "observed", "held", "locked",
                                                    "waiting" };
static const char *const reasons[FIGURES_REASONS] = { "unknown",  "blank",    "no-time",
                                                      "bad-time", "no-frame", "cut" };
static const char *const files[FIGURES_FILES] = { "state", "pictures" };

const char *figures_answer(size_t i)
{
    return i == COUNTS_DUNNO ? "dunno" : conf_reply_name((enum conf_reply)i);
}

const char *figures_door(size_t i)
{
    return doors[i];
}

const char *figures_login(size_t i)
{
    return logins[i];
}

const char *figures_finding(size_t i)
{
    return finding_kind_name((enum finding_kind)i);
}

const char *figures_state(size_t i)
{
    return states[i];
}

const char *figures_signal(size_t i)
{
    return signal_name((enum signal)i);
}

const char *figures_reason(size_t i)
{
    return reasons[i];
}

const char *figures_file(size_t i)
{
    return files[i];
}

static double seconds(struct wall at)
{
    return (double)at.ms / 1000;
}

static void copy(double *to, const uint64_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (double)from[i];
}

static void one_door(struct figures_now *now, size_t i, const struct door_stats *s)
{
    now->connections[i] = s->connections;
    now->accepted[i] = (double)s->accepted;
    now->refused[i] = (double)(s->refused + s->displaced);
    now->malformed[i] = (double)s->malformed;
    now->late[i] = (double)s->late;
}

static void look_at_auth(const struct daemon *d, struct figures_now *now)
{
    struct auth_door_stats s = { 0 };

    if (d->auth != NULL)
        s = auth_door_stats(d->auth);
    one_door(now, AUTH,
             &(struct door_stats){ .connections = s.connections,
                                   .accepted = s.accepted,
                                   .refused = s.turned_away,
                                   .late = s.timed_out });
    now->auth_allow = (double)s.allow;
    now->auth_report = (double)s.report;
    now->auth_other = (double)s.other;
    now->auth_unauthorized = (double)s.unauthorized;
    now->auth_failed = (double)s.failed;
    now->auth_delayed = (double)s.delayed;
}

static void look_at_doors(const struct daemon *d, struct figures_now *now)
{
    struct policy_door_stats policy = { 0 };
    struct socketmap_door_stats socketmap = { 0 };
    struct control_door_stats c = { 0 };
    struct metrics_door_stats metrics = { 0 };

    if (d->policy != NULL)
        policy_door_stats(d->policy, &policy);
    if (d->socketmap != NULL)
        socketmap_door_stats(d->socketmap, &socketmap);
    if (d->control != NULL)
        control_door_stats(d->control, &c);
    if (d->metrics != NULL)
        metrics_door_stats(d->metrics, &metrics);
    one_door(now, POLICY, &policy.door);
    one_door(now, SOCKETMAP, &socketmap.door);
    one_door(now, METRICS, &metrics.door);
    one_door(now, CONTROL,
             &(struct door_stats){ .connections = c.connections,
                                   .accepted = c.accepted,
                                   .refused = c.refused,
                                   .malformed = c.malformed,
                                   .late = c.late });
    look_at_auth(d, now);
}

static void count_address(void *ctx, const struct bruteforce_refused *r)
{
    double *n = ctx;

    *n += r->why == BRUTEFORCE_ADDRESS || r->why == BRUTEFORCE_NETWORK;
}

/* Who is suspected, and of what. */
static void look_at_suspects(const struct daemon *d, struct figures_now *now)
{
    const struct box_incident *i;

    for (uint32_t k = 0; (i = box_at(d->box, k)) != NULL; k++) {
        const struct evidence *all = i->state != BOX_CLEARED && i->state != BOX_CLOSED
                                         ? detect_evidence(d->detect, i->fuse)
                                         : NULL;

        for (size_t s = 0; all != NULL && s < SIGNALS; s++)
            now->signals_now[s] += counts_speaks(&all[s]);
    }
}

static void look_at_findings(const struct daemon *d, struct figures_now *now)
{
    const struct finding *f;

    for (uint32_t i = 0; (f = findings_at(d->findings, i)) != NULL; i++)
        now->findings[f->kind] += f->ended.ms == 0;
}

static void look_at_box(const struct daemon *d, struct figures_now *now)
{
    struct box_count c = box_count(d->box);
    const uint32_t by_state[FIGURES_STATES] = { c.watched, c.observed, c.held, c.locked,
                                                c.waiting };

    for (size_t i = 0; i < FIGURES_STATES; i++)
        now->incidents[i] = by_state[i];
    now->held_messages = (double)c.mail.messages;
    now->held_recipients = (double)c.mail.recipients;
    now->actions_pending = c.pending;
    now->actions_troubled = c.troubled;
    for (uint32_t i = 0; box_block_at(d->box, i) != NULL; i++)
        now->blocks++;
    for (uint32_t i = 0; box_trust_at(d->box, i) != NULL; i++)
        now->trusts++;
    bruteforce_refused(d->bruteforce, d->now, count_address, &now->addresses_refused);
    look_at_suspects(d, now);
}

static void look_at_logs(const struct daemon *d, struct figures_now *now)
{
    const struct logs_stats *s = d->follow != NULL ? follow_stats(d->follow) : NULL;

    now->log_mail_lines = (double)d->counts.mail_lines;
    now->caught_up = d->caught_up;
    now->log_not_understood[0] = (double)d->counts.unknown_lines;
    if (s == NULL)
        return;
    now->log_lines = (double)s->lines;
    now->log_bytes = (double)s->bytes;
    copy(now->log_not_understood + 1,
         (const uint64_t[]){ s->blank, s->no_time, s->bad_time, s->no_frame, s->cut },
         FIGURES_REASONS - 1);
}

static void look_at_store(const struct daemon *d, struct figures_now *now)
{
    struct buf words = buf_make(600);

    now->store_trouble = store_trouble(d->store, &words);
    buf_done(&words);
    for (size_t i = 0; i < FIGURES_FILES; i++) {
        struct store_figures f = store_figures(d->store, i == 0 ? STORE_STATE : STORE_PICTURES);

        now->commits[i] = (double)f.commits;
        now->changes[i] = (double)f.changes;
        now->failures[i] = (double)f.failures;
        now->lost_batches[i] = (double)f.lost_batches;
        now->lost_entries[i] = (double)f.lost_entries;
        now->waiting[i] = (double)f.waiting;
        now->waiting_bytes[i] = (double)f.waiting_bytes;
        now->wal_bytes[i] = (double)f.log_bytes;
    }
    now->snapshot_written = seconds(d->snapshot.written);
    now->snapshots = (double)d->snapshot.taken;
    now->snapshots_lost = (double)d->snapshot.lost;
}

/* Bytes in memory: the second figure of proc(5)'s statm, in pages. */
static double resident(void)
{
    char text[200] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : 0;
    struct slice rest = { text, n > 0 ? (size_t)n : 0 }, word;
    uint64_t pages = 0;

    if (fd >= 0)
        (void)close(fd);
    if (!slice_cut(&rest, ' ', &word) || !slice_cut(&rest, ' ', &word) ||
        !slice_to_u64(word, &pages))
        return 0;
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void look_at_process(const struct daemon *d, struct figures_now *now)
{
    struct rusage used;
    struct mallinfo2 memory = mallinfo2();

    if (getrusage(RUSAGE_SELF, &used) == 0)
        now->cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    now->resident = resident();
    now->allocated = (double)memory.uordblks + (double)memory.hblkhd;
    now->transactions = transactions_count(d->transactions);
}

static void look_at_self(const struct daemon *d, struct figures_now *now)
{
    now->one = 1;
    now->started = seconds(d->started);
    now->enforces = box_enforces(d->box);
    now->config_trouble = d->conf_trouble.n > 0;
    now->config_read = seconds(d->conf_read);
    now->helper_trouble = d->helper_trouble.n > 0 || !d->can_act;
    now->helper_waiting = d->helper != NULL ? (double)helper_in_flight(d->helper) : 0;
    now->files_trouble = d->files_trouble.n > 0;
    now->relay_on = relay_switch_on(d);
    now->relay_held = relay_switch_held(d);
    now->relay_trouble = relay_switch_trouble(d);
    now->accounts = detect_count(d->detect);
    now->accounts_forgotten = (double)detect_forgotten(d->detect);
}

const char *figures_way(size_t i)
{
    return conf_way_kind_name((enum conf_way_kind)i);
}

static void of_alerts(const struct daemon *d, struct figures_now *now)
{
    struct alerts_figures f = alerts_figures(d);

    for (unsigned k = 0; k < CONF_WAY_KINDS; k++) {
        now->alerts_sent[k] = (double)f.sent[k];
        now->alerts_failed[k] = (double)f.failed[k];
        now->alerts_given_up[k] = (double)f.given_up[k];
        now->alerts_waiting[k] = (double)f.waiting[k];
    }
}

void figures_now(struct daemon *d, struct figures_now *now)
{
    *now = (struct figures_now){ .policy_requests = (double)d->policy_requests };
    copy(now->answers, d->counts.answers, COUNTS_ANSWERS);
    copy(now->logins_refused, d->counts.logins, COUNTS_LOGINS);
    copy(now->notes, d->counts.notes, COUNTS_NOTES);
    copy(now->signals, d->counts.signals, SIGNALS);
    now->messages = (double)d->hours[HOUR_MESSAGES].all;
    now->recipients = (double)d->hours[HOUR_RECIPIENTS].all;
    now->login_failures = (double)d->hours[HOUR_FAILURES].all;
    look_at_self(d, now);
    look_at_doors(d, now);
    look_at_box(d, now);
    look_at_findings(d, now);
    look_at_logs(d, now);
    look_at_store(d, now);
    look_at_process(d, now);
    of_alerts(d, now);
    figures_now_queue(d, now);
    figures_now_early(d, now);
}
