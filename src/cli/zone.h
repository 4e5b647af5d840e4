/* zone.h - the time zone in which a log without offsets was written: an IANA name by the rules of
 * the C library (tzdata), or a fixed offset. */
#ifndef CLI_ZONE_H
#define CLI_ZONE_H

#include "base/wall.h"

struct zone {
    bool fixed; /* else by the rules that TZ names */
    int32_t offset_s;
};

/* Choose the zone for the rest of the process; call once, at the start: an IANA name is put into
 * the environment (TZ) and tzset(3) is called.
 * name  "Europe/Berlin", "UTC", "Z", "+01:00", "-0330"; NULL is the machine's own
 * False, and no change, for a name that is no zone of this machine. */
NODISCARD bool zone_choose(const char *name, struct zone *out);

/* A stamp_zone: seconds east of UTC of a local time. `zone` is a struct zone. Of an hour that the
 * clocks run through twice the C library chooses one; an hour that is left out is read as if it had
 * not been. */
int32_t zone_offset(void *zone, const struct civil *local);

#endif
