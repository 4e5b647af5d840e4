/* json_lists.h - the lists of the JSON report other than fuses: new references, as json.h describes
 * them. */
#ifndef REPORT_JSON_LISTS_H
#define REPORT_JSON_LISTS_H

#include <jansson.h>

#include "report/report.h"

json_t *json_accounts(const struct report *r);
json_t *json_brute_force(const struct report *r);
json_t *json_blocking(const struct report *r);
json_t *json_holds(const struct report *r);
json_t *json_delays(const struct report_delays *d);
json_t *json_wrote(const struct report *r);

#endif
