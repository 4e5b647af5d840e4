/* wrote_to.h - who wrote to an address, by account: for `mailfuse wrote-to`. */
#ifndef CLI_WROTE_TO_H
#define CLI_WROTE_TO_H

#include <jansson.h>

#include "cli/ask.h"
#include "report/report.h"

/* One account's mail to the address: rows of the report that stand together. */
struct wrote_group {
    const struct report_wrote *rows; /* in the order of time */
    size_t n;
    size_t messages; /* distinct queue ids */
};

/* Sort the rows of the report by account and time, and cut them into groups; `groups` has room for
 * r->wrote_n. Returns how many. */
size_t wrote_groups(struct report *r, struct wrote_group *groups);

/* {"address", "accounts": [{"account", "messages", "recipients", "first", "last", "queue_ids"}]} */
json_t *wrote_json(const struct report *r, const struct wrote_group *groups, size_t n);

void wrote_text(struct sheet *s, const struct report *r, const struct wrote_group *groups,
                size_t n);

/* The logs that the settings name, those that were rotated away from them, too, as words for
 * `mailfuse scan` ("--journal", files): `words`, allocated here and freed by wrote_logs_free.
 * 0, or 2 after a message. */
struct wrote_logs {
    char **words;
    size_t n;
};
NODISCARD int wrote_logs_find(const struct ask *a, struct wrote_logs *out);
void wrote_logs_free(struct wrote_logs *logs);

#endif
