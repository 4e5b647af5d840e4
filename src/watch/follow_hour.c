#include "watch/follow_hour.h"

#include <stdlib.h>

#include "base/ban.h"

enum {
    NEAR_MS = 2 * MINUTE_MS, /* of a line of now, and the clock */
    AROUND_MS = 3 * HOUR_MS, /* where the zone has its other offset */
};

/* The offset that the zone has `around_ms` later on its own clock. */
static int32_t zone_around(const struct stamp_clock *clock, struct wall at, int32_t offset_s,
                           int64_t around_ms)
{
    struct civil local = wall_to_civil((struct wall){ at.ms + around_ms }, offset_s);

    return clock->zone(clock->zone_ctx, &local);
}

void follow_hour_settle(const struct stamp_clock *clock, struct wall now, struct wall *at,
                        int32_t *offset_s)
{
    int64_t late_ms = now.ms - at->ms;
    int32_t other_s = *offset_s - (late_ms > 0 ? HOUR_MS : -HOUR_MS) / SECOND_MS;

    if (clock->offset_known || clock->zone == NULL || llabs(llabs(late_ms) - HOUR_MS) > NEAR_MS)
        return;
    if (zone_around(clock, *at, *offset_s, -AROUND_MS) != other_s &&
        zone_around(clock, *at, *offset_s, AROUND_MS) != other_s)
        return;
    at->ms += (int64_t)(*offset_s - other_s) * SECOND_MS;
    *offset_s = other_s;
}
