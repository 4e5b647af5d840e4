/* words.h - figures and times as a person reads them, for every writer. They add plain ASCII to a
 * buf; nothing from a log passes through here. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "base/buf.h"
#include "report/report.h"

/* "1,234,567". */
void words_number(struct buf *out, uint64_t n);

/* "1 message", "2,411 messages". */
void words_count(struct buf *out, uint64_t n, const char *one, const char *many);

/* "48 s", "2 min 24 s", "2 h 14 min", "3 d 4 h"; the two largest units, the smaller one left out
 * when it is zero. Negative durations read as zero. */
void words_duration(struct buf *out, int64_t ms);

/* How long a message waited: the same, "less than 1 s" below that. */
void words_wait(struct buf *out, int64_t ms);

/* "5 of 310,201 messages of those who were never locked would have been late (16 per million), the
 * longest by 12 min." */
void words_delays(struct buf *out, const struct report_delays *d);

/* "22%", "0.4%", "less than 0.1%"; never "0%" of something or "100%" of less than all. */
void words_share(struct buf *out, uint64_t part, uint64_t whole);

/* "19 Nov 02:14" on the clock of the log, with ":07" when `seconds`; with the year when the report
 * covers more than eleven months. */
void words_time(struct buf *out, const struct report *r, struct wall at, bool seconds);

/* "19 Nov 02:10 to 21 Nov 17:40, 2 d 15 h"; the second date is left out where it is the first. */
void words_span(struct buf *out, const struct report *r, struct wall from, struct wall to);

/* "Jan" for 1 to "Dec" for 12. */
const char *words_month(int month);

/* "16 Nov 00:00 to 22 Nov 23:59 2026 (7 d)"; both years where they differ. */
void words_period(struct buf *out, const struct report *r);

/* "218 MB", decimal units. */
void words_bytes(struct buf *out, uint64_t n);

/* "account", "trusted relay", "LAN host", "local user". */
const char *words_subject(enum subject_kind kind);

#endif
