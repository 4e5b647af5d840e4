/* stamp_year.h - the year that classic syslog leaves out; the rule is in stamp.h. Pure. */
#ifndef PROTO_STAMP_YEAR_H
#define PROTO_STAMP_YEAR_H

#include "proto/stamp.h"

/* Put the year of the stamp after `clock->at` into `local`, of which the rest is set. False when
 * none of the years that it could be has such a date and time; `local->year` is of no use then. */
NODISCARD bool stamp_year(const struct stamp_clock *clock, struct civil *local);

#endif
