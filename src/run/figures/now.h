/* now.h - the values behind figures.h, all taken at one moment. */
#ifndef RUN_FIGURES_NOW_H
#define RUN_FIGURES_NOW_H

#include "run/daemon.h"
#include "run/figures/figures.h"

enum {
    FIGURES_DOORS = 5,
    FIGURES_STATES = 5,
    FIGURES_REASONS = 6,
    FIGURES_FILES = 2,
    FIGURES_LISTS = 2
};

/* Numbers that a table finds by their place; those with several places are by the names of
 * now.c. */
struct figures_now {
    double one; /* 1 */
    double started, enforces, config_trouble, config_read;
    double policy_requests, answers[COUNTS_ANSWERS];
    double connections[FIGURES_DOORS], accepted[FIGURES_DOORS], refused[FIGURES_DOORS],
        malformed[FIGURES_DOORS], late[FIGURES_DOORS];
    double auth_allow, auth_report, auth_other, auth_unauthorized, auth_failed, auth_delayed;
    double logins_refused[COUNTS_LOGINS], addresses_refused;
    double messages, recipients, login_failures;
    double accounts, accounts_forgotten, incidents[FIGURES_STATES], findings[FINDING_KINDS];
    double held_messages, held_recipients, blocks, trusts;
    double actions_pending, actions_troubled, notes[COUNTS_NOTES];
    double signals[SIGNALS], signals_now[SIGNALS];
    double report_types[ARF_TYPES], reports[COUNTS_REPORTS];
    double dnsbl_lists[FIGURES_LISTS], dnsbl_asked, dnsbl_looked, dnsbl_trouble;
    double log_lines, log_bytes, log_mail_lines, log_not_understood[FIGURES_REASONS], caught_up;
    double snapshot_written, snapshots, snapshots_lost;
    double store_trouble, commits[FIGURES_FILES], changes[FIGURES_FILES], failures[FIGURES_FILES],
        lost_batches[FIGURES_FILES], lost_entries[FIGURES_FILES], waiting[FIGURES_FILES],
        waiting_bytes[FIGURES_FILES], wal_bytes[FIGURES_FILES];
    double helper_trouble, helper_waiting, files_trouble;
    double queue[BACKLOG_STATES], queue_bytes[BACKLOG_STATES], queue_oldest[BACKLOG_STATES],
        queue_ages[BACKLOG_AGES], queue_account, queue_destination, queue_dead, queue_alert,
        queue_unusual, queue_looked, queue_took, queue_trouble;
    double relay_on, relay_held, relay_trouble;
    double spool_free, spool_bytes, spool_free_files, spool_reserve, spool_short, spool_full;
    double alerts_sent[CONF_WAY_KINDS], alerts_failed[CONF_WAY_KINDS],
        alerts_given_up[CONF_WAY_KINDS], alerts_waiting[CONF_WAY_KINDS];
    double cpu, resident, allocated, transactions;
};

/* Fill `now`. */
void figures_now(struct daemon *d, struct figures_now *now);

/* queue.c: its part about the queue. */
void figures_now_queue(const struct daemon *d, struct figures_now *now);

/* early.c: the part about complaints and DNS lists; and the listings by their lists. */
void figures_now_early(const struct daemon *d, struct figures_now *now);
void figures_write_listings(const struct daemon *d, const struct figures_writer *to);

/* refusals.c: by providers of the table. */
void figures_write_refusals(const struct daemon *d, const struct figures_writer *to);

/* Names of the labels' values. */
const char *figures_answer(size_t i);
const char *figures_door(size_t i);
const char *figures_login(size_t i);
const char *figures_state(size_t i);
const char *figures_finding(size_t i);
const char *figures_signal(size_t i);
const char *figures_reason(size_t i);
const char *figures_file(size_t i);
const char *figures_way(size_t i);
const char *figures_queue(size_t i);
const char *figures_age(size_t i);
const char *figures_report_type(size_t i);
const char *figures_report(size_t i);
const char *figures_list(size_t i);

#endif
