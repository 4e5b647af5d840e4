/* dnsbl_json.h - what a cycle over DNS lists has found, as JSON: docs/mailfuse.1 has the members.
 */
#ifndef RUN_DNSBL_JSON_H
#define RUN_DNSBL_JSON_H

#include <jansson.h>

#include "base/wall.h"
#include "watch/dnsbl.h"

/* A new reference. The cycle has finished. */
json_t *dnsbl_json(const struct dnsbl_plan *plan, const struct dnsbl_cycle *cycle, struct wall now,
                   int32_t utc_offset_s);

/* What one subject's listing is at one list, with "subject" as well. A new reference. */
json_t *dnsbl_json_finding(const struct dnsbl_plan *plan, const struct dnsbl_cycle *cycle,
                           size_t subject, size_t list);

/* The table of lists itself. A new reference. */
json_t *dnsbl_json_table(const struct dnsbl_list *lists, size_t n);

#endif
