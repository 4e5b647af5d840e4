/* time.c - the clocks of the daemon. */
#include <time.h>

#include "run/daemon.h"

#include "base/ban.h"

void daemon_clock(struct daemon *d)
{
    struct timespec now;
    struct tm local;
    int64_t minute = d->now.ms / MINUTE_MS;

    clock_gettime(CLOCK_REALTIME, &now);
    d->now.ms = now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (d->now.ms / MINUTE_MS != minute && localtime_r(&now.tv_sec, &local) != NULL)
        d->utc_offset_s = (int32_t)local.tm_gmtoff;
}

struct mono daemon_mono(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (struct mono){ now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}
