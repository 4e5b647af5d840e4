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

/* Forget the minutes that are over. */
static void turn(struct hour_count *h, struct wall at)
{
    int64_t minute = at.ms / MINUTE_MS, behind = minute - h->minute;

    if (behind == 0)
        return;
    if (behind < 0 || behind >= HOUR_SLOTS) { /* long ago, or the clock was set back */
        *h = (struct hour_count){ .minute = minute };
        return;
    }
    for (; h->minute < minute;) {
        h->minute++;
        h->sum -= h->slots[h->minute % HOUR_SLOTS];
        h->slots[h->minute % HOUR_SLOTS] = 0;
    }
}

void hour_add(struct hour_count *h, struct wall at, uint32_t n)
{
    if (at.ms / MINUTE_MS < h->minute) /* a little late: this minute is near enough */
        at.ms = h->minute * MINUTE_MS;
    turn(h, at);
    h->slots[h->minute % HOUR_SLOTS] += n;
    h->sum += n;
}

uint64_t hour_sum(struct hour_count *h, struct wall at)
{
    turn(h, at);
    return h->sum;
}
