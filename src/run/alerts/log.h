/* log.h - alerts for the log of the system: the journal with MESSAGE_ID and fields of its
 * own, or syslog's socket, and standard error. One line for each event: what mailfuse's own journal
 * notes of the same, at once behind the alert, is written into its line; so the line of a kind that
 * has such a note waits for it, for a second at most. Source: systemd's JOURNAL_NATIVE_PROTOCOL,
 * systemd.journal-fields(7); RFC 3164 section 4.1, as syslog(3) writes it to /dev/log. */
#ifndef RUN_ALERTS_LOG_H
#define RUN_ALERTS_LOG_H

#include "run/alerts/alerts.h"

struct alerts;
struct store_entry;

/* One alert. A socket that is not there, or full, is passed over: standard error has the line. */
void alerts_log(struct alerts *a, const struct alert_event *e);

/* An entry of mailfuse's journal. True: the alert before it is about the same, and its line says by
 * whom and why: the entry needs none. */
bool alerts_log_note(struct alerts *a, const struct store_entry *entry);

/* What waits is written. */
void alerts_log_flush(struct alerts *a);

#endif
