/* when.h - times as a person writes them on the command line. Pure: the caller gives the present
 * and the zone. */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include "proto/stamp.h"

/* Read a time:
 *   RFC 3339           2026-11-22T10:00:00+01:00; without the offset in `zone`
 *   date, time of day  "2026-11-22", "2026-11-22 10:00", "2026-11-22 10:00:30"; "10:00" is today
 *   words              now, today, yesterday, tomorrow; a day begins at 0:00
 *   before now         "2h", "90m", "3d", "2w", "30s", "1h30m"; "2h ago" says the same
 * now   the present
 * zone  as in struct stamp_clock
 * False, and no change, for anything else. */
NODISCARD bool when_parse(struct slice text, struct wall now, stamp_zone *zone, void *zone_ctx,
                          struct wall *out);

#endif
