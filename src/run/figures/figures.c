#include "run/figures/figures.h"

#include "run/figures/now.h"

#include "base/ban.h"

/* One family: a field of struct figures_now, `n` of them in a row when it has a label. */
struct row {
    struct figure figure;
    size_t at;
    size_t n;
    const char *(*label_of)(size_t i);
};

#define ONE(name, kind, help, field)                                                               \
    {                                                                                              \
        { "mailfuse_" name, FIGURE_##kind, NULL, help }, offsetof(struct figures_now, field), 1,   \
            NULL                                                                                   \
    }
#define EACH(name, kind, label, names, help, field)                                                \
    {                                                                                              \
        { "mailfuse_" name, FIGURE_##kind, label, help }, offsetof(struct figures_now, field),     \
            sizeof(((struct figures_now *)0)->field) / sizeof(double), names                       \
    }

static const char *version(size_t i)
{
    (void)i;
    return MAILFUSE_VERSION;
}

static const struct row rows[] = {
    EACH("build_info", GAUGE, "version", version, "Always 1: the version that runs.", one),
    ONE("start_time_seconds", GAUGE, "When the daemon was started.", started),
    ONE("enforces", GAUGE, "1 when it acts, 0 when it only observes.", enforces),
    ONE("config_trouble", GAUGE, "1 when the settings were changed and are wrong.", config_trouble),
    ONE("config_read_timestamp_seconds", GAUGE, "When the settings were read.", config_read),
    ONE("policy_requests_total", COUNTER, "Questions of Postfix.", policy_requests),
    EACH("policy_answers_total", COUNTER, "answer", figures_answer,
         "Answers to Postfix; dunno lets the mail pass.", answers),
    EACH("connections", GAUGE, "door", figures_door, "Connections now.", connections),
    EACH("connections_accepted_total", COUNTER, "door", figures_door, "Connections accepted.",
         accepted),
    EACH("connections_refused_total", COUNTER, "door", figures_door,
         "Connections closed for want of room.", refused),
    EACH("connections_malformed_total", COUNTER, "door", figures_door,
         "Connections closed for what they sent.", malformed),
    EACH("connections_late_total", COUNTER, "door", figures_door,
         "Connections closed at their deadline.", late),
    ONE("auth_allow_requests_total", COUNTER, "Logins that Dovecot asked about.", auth_allow),
    ONE("auth_report_requests_total", COUNTER, "Logins that Dovecot told of.", auth_report),
    ONE("auth_other_requests_total", COUNTER, "Other requests to the auth policy server.",
        auth_other),
    ONE("auth_unauthorized_total", COUNTER, "Requests with a wrong key, or none.",
        auth_unauthorized),
    ONE("auth_failed_total", COUNTER, "Requests that made no sense.", auth_failed),
    ONE("auth_delayed_total", COUNTER, "Logins that had to wait.", auth_delayed),
    EACH("logins_refused_total", COUNTER, "reason", figures_login, "Logins refused.",
         logins_refused),
    ONE("addresses_refused", GAUGE, "Addresses and networks whose logins are refused now.",
        addresses_refused),
    ONE("messages_total", COUNTER, "Messages submitted.", messages),
    ONE("recipients_total", COUNTER, "Recipients of these.", recipients),
    ONE("login_failures_total", COUNTER, "Failed logins.", login_failures),
    ONE("accounts", GAUGE, "Accounts and hosts that are known.", accounts),
    ONE("accounts_forgotten_total", COUNTER, "Accounts that were too many to be watched.",
        accounts_forgotten),
    EACH("incidents", GAUGE, "state", figures_state,
         "Accounts under suspicion now: watched, held, locked, waiting for a new password; "
         "observed would be held or locked.",
         incidents),
    EACH("findings", GAUGE, "kind", figures_finding,
         "What others find of us now, and is not over: listings, providers that refuse our mail, "
         "accounts that are complained about, a queue or disk that is too full.",
         findings),
    ONE("held_messages", GAUGE, "Messages that mailfuse holds.", held_messages),
    ONE("held_recipients", GAUGE, "Recipients of these.", held_recipients),
    ONE("blocks", GAUGE, "Blocked recipients and clients.", blocks),
    ONE("trusts", GAUGE, "Accounts trusted by command.", trusts),
    ONE("actions_pending", GAUGE, "Steps that are to be taken.", actions_pending),
    ONE("actions_troubled", GAUGE, "Of these, steps that failed and are tried again.",
        actions_troubled),
    EACH("journal_entries_total", COUNTER, "what", counts_note_word, "Entries of the journal.",
         notes),
    EACH("signals_total", COUNTER, "signal", figures_signal,
         "Holds and locks by mailfuse for which the signal spoke.", signals),
    EACH("signals_now", GAUGE, "signal", figures_signal,
         "Accounts under suspicion against which the signal speaks now.", signals_now),
    EACH("feedback_reports_total", COUNTER, "type", figures_report_type,
         "Reports of providers about mail of ours.", report_types),
    EACH("feedback_results_total", COUNTER, "result", figures_report,
         "What became of them: evidence, a complaint without weight, noted, told again, refused.",
         reports),
    EACH("dnsbl_lists", GAUGE, "state", figures_list,
         "DNS lists in the last look: alive, or set aside.", dnsbl_lists),
    ONE("dnsbl_subjects", GAUGE, "Addresses and domains of ours that were asked for.", dnsbl_asked),
    ONE("dnsbl_look_timestamp_seconds", GAUGE, "When the lists were asked; 0: not yet.",
        dnsbl_looked),
    ONE("dnsbl_trouble", GAUGE, "1 while no list can be asked.", dnsbl_trouble),
    ONE("log_lines_total", COUNTER, "Lines read from the logs.", log_lines),
    ONE("log_bytes_total", COUNTER, "Bytes read from the logs.", log_bytes),
    ONE("log_mail_lines_total", COUNTER, "Lines of programs that mailfuse knows.", log_mail_lines),
    EACH("log_lines_not_understood_total", COUNTER, "reason", figures_reason,
         "Lines that were not understood.", log_not_understood),
    ONE("log_caught_up", GAUGE, "1 once the logs were read up to now.", caught_up),
    ONE("snapshot_timestamp_seconds", GAUGE, "When what is learnt was on disk last; 0: not yet.",
        snapshot_written),
    ONE("snapshots_total", COUNTER, "Snapshots of what is learnt.", snapshots),
    ONE("snapshots_lost_total", COUNTER, "Snapshots that were not written.", snapshots_lost),
    ONE("store_trouble", GAUGE, "1 while the state cannot be written.", store_trouble),
    EACH("store_commits_total", COUNTER, "file", figures_file, "Transactions written.", commits),
    EACH("store_changes_total", COUNTER, "file", figures_file, "Changes written.", changes),
    EACH("store_failures_total", COUNTER, "file", figures_file,
         "Transactions that failed; each is tried again.", failures),
    EACH("store_lost_batches_total", COUNTER, "file", figures_file, "Changes given up.",
         lost_batches),
    EACH("store_lost_entries_total", COUNTER, "file", figures_file,
         "Entries of the journal given up.", lost_entries),
    EACH("store_waiting_changes", GAUGE, "file", figures_file, "Changes that wait.", waiting),
    EACH("store_waiting_bytes", GAUGE, "file", figures_file, "Size of these.", waiting_bytes),
    EACH("store_wal_bytes", GAUGE, "file", figures_file, "Size of the write-ahead log.", wal_bytes),
    ONE("helper_trouble", GAUGE, "1 while the privileged helper does not answer.", helper_trouble),
    ONE("helper_requests", GAUGE, "Requests that wait for the helper.", helper_waiting),
    ONE("lock_files_trouble", GAUGE, "1 while the lock files cannot be written.", files_trouble),
    ONE("transactions", GAUGE, "Mail transactions under way.", transactions),
    EACH("queue_messages", GAUGE, "state", figures_queue, "Messages in Postfix's queue.", queue),
    EACH("queue_bytes", GAUGE, "state", figures_queue, "Their size.", queue_bytes),
    EACH("queue_oldest_timestamp_seconds", GAUGE, "state", figures_queue,
         "When the oldest of them arrived; 0: there is none.", queue_oldest),
    EACH("queue_age_messages", GAUGE, "age", figures_age,
         "Messages that wait, without those on hold, by their age up to that.", queue_ages),
    ONE("queue_largest_account_messages", GAUGE, "What waits of the account with the most.",
        queue_account),
    ONE("queue_largest_destination_messages", GAUGE, "What waits for one destination at most.",
        queue_destination),
    ONE("queue_dead_destination_messages", GAUGE,
        "What only waits for destinations that do not answer.", queue_dead),
    ONE("queue_alert_messages", GAUGE,
        "From more than so many on it is unusual: the setting, or what was learnt; 0: never.",
        queue_alert),
    ONE("queue_unusual", GAUGE, "1 while more waits than usual.", queue_unusual),
    ONE("queue_look_timestamp_seconds", GAUGE, "When the queue was looked at; 0: never.",
        queue_looked),
    ONE("queue_look_seconds", GAUGE, "How long that took.", queue_took),
    ONE("queue_trouble", GAUGE, "1 while the queue cannot be read.", queue_trouble),
    ONE("spool_free_bytes", GAUGE, "Free on the queue's disk for Postfix.", spool_free),
    ONE("spool_size_bytes", GAUGE, "Size of that disk; 0: not known.", spool_bytes),
    ONE("spool_free_files", GAUGE, "Files for which it has room.", spool_free_files),
    ONE("spool_reserve_bytes", GAUGE, "What stays free there for Postfix; 0: no reserve.",
        spool_reserve),
    ONE("spool_short", GAUGE, "1 while less is free than the settings want.", spool_short),
    ONE("spool_full", GAUGE, "1 while mail is put off that would be held, to keep the reserve.",
        spool_full),
    ONE("relay_on", GAUGE, "1 while mail leaves by the emergency relay.", relay_on),
    ONE("relay_held_messages", GAUGE, "Messages on hold that must not take it.", relay_held),
    ONE("relay_trouble", GAUGE, "1 while Postfix cannot be told of it.", relay_trouble),
    EACH("alert_letters_total", COUNTER, "way", figures_way,
         "Alerts and digests that were delivered.", alerts_sent),
    EACH("alert_failures_total", COUNTER, "way", figures_way, "Deliveries of alerts that failed.",
         alerts_failed),
    EACH("alerts_given_up_total", COUNTER, "way", figures_way, "Alerts that were given up.",
         alerts_given_up),
    EACH("alerts_waiting", GAUGE, "way", figures_way, "Alerts that wait.", alerts_waiting),
    ONE("memory_resident_bytes", GAUGE, "Memory of the daemon that is in use.", resident),
    ONE("memory_allocated_bytes", GAUGE, "What its parts have allocated, used or not.", allocated),
    ONE("cpu_seconds_total", COUNTER, "Processor time of the daemon.", cpu),
};

static void write_row(const struct row *r, const struct figures_now *now,
                      const struct figures_writer *to)
{
    const double *values = (const double *)(const void *)((const char *)now + r->at);

    to->family(to->ctx, &r->figure);
    for (size_t i = 0; i < r->n; i++)
        to->value(to->ctx, &r->figure, r->label_of != NULL ? slice_of(r->label_of(i)) : SLICE(""),
                  values[i]);
}

static void write_times(const struct daemon *d, const struct figures_writer *to)
{
    static const struct figure policy = {
        "mailfuse_policy_answer_seconds", FIGURE_HISTOGRAM, NULL,
        "Time from a question of Postfix to its answer, once it was read."
    };
    static const struct figure late = {
        "mailfuse_loop_late_seconds", FIGURE_HISTOGRAM, NULL,
        "How late the daemon came to its work of each second: so long all others waited, too."
    };

    to->family(to->ctx, &policy);
    to->times(to->ctx, &policy, &d->counts.policy);
    to->family(to->ctx, &late);
    to->times(to->ctx, &late, &d->counts.late);
}

/* The logs of the settings. */
static void write_logs(const struct daemon *d, const struct figures_writer *to)
{
    static const struct figure last = { "mailfuse_log_last_line_timestamp_seconds", FIGURE_GAUGE,
                                        "log", "Time of the last line; 0: none yet." };
    static const struct figure trouble = { "mailfuse_log_trouble", FIGURE_GAUGE, "log",
                                           "1 while the log cannot be read." };

    to->family(to->ctx, &last);
    for (size_t i = 0; i < d->logs_n; i++)
        to->value(to->ctx, &last, slice_of(d->logs[i].name), (double)d->logs[i].last.ms / 1000);
    to->family(to->ctx, &trouble);
    for (size_t i = 0; i < d->logs_n; i++)
        to->value(to->ctx, &trouble, slice_of(d->logs[i].name), d->logs[i].trouble[0] != '\0');
}

void figures_write(struct daemon *d, const struct figures_writer *to)
{
    struct figures_now now;

    figures_now(d, &now);
    for (size_t i = 0; i < COUNT(rows); i++)
        write_row(&rows[i], &now, to);
    write_times(d, to);
    write_logs(d, to);
    figures_write_listings(d, to);
    figures_write_refusals(d, to);
}
