/* alerts_log.h - alerts for the log of the system: the journal with MESSAGE_ID and fields of its
 * own, or syslog's socket, and standard error. Source: systemd's JOURNAL_NATIVE_PROTOCOL,
 * systemd.journal-fields(7); RFC 3164 section 4.1, as syslog(3) writes it to /dev/log. */
#ifndef RUN_ALERTS_LOG_H
#define RUN_ALERTS_LOG_H

#include "run/alerts.h"

/* One alert. A socket that is not there, or full, is passed over: standard error has the line. */
void alerts_log(const struct daemon *d, const struct alert_event *e);

#endif
