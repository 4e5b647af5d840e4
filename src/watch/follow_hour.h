/* follow_hour.h - the hour that comes twice when daylight saving time ends. A stamp without an
 * offset does not tell which of the two is meant; of a line that was written just now, the clock
 * does. */
#ifndef WATCH_FOLLOW_HOUR_H
#define WATCH_FOLLOW_HOUR_H

#include "proto/stamp.h"

/* Move `*at` and its `*offset_s` by an hour, when that makes the line one of now and the zone has
 * the other offset within hours of it; else nothing changes. clock  that read the stamp, and has
 * its zone now    the time of day; the line was read within seconds of being written */
void follow_hour_settle(const struct stamp_clock *clock, struct wall now, struct wall *at,
                        int32_t *offset_s);

#endif
