/* time.c - the clocks of the daemon. Deadlines that are kept as times of day are moved along when
 * somebody sets the clock: what waits for eight minutes waits for eight minutes. */
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

#include "run/daemon.h"

#include "base/ban.h"

enum { STEP_MS = 2 * SECOND_MS }; /* less is no matter to anything here */

static void move(struct wall *deadline, int64_t by_ms)
{
    if (deadline->ms != 0)
        deadline->ms += by_ms;
}

/* Limits are not among it: they go by the hours and days of the clock. */
static void follow_step_of(struct daemon *d, int64_t by_ms)
{
    detect_clock_set(d->detect, by_ms);
    bruteforce_clock_set(d->bruteforce, by_ms);
    hours_clock_set(d, by_ms);
    refusal_watch_clock_set(d, by_ms);
    active_clock_set(&d->active, by_ms, daemon_today(d));
    control_clock_set(d, by_ms);
    alerts_clock_set(d, by_ms);
    relay_switch_clock_set(d, by_ms);
    move(&d->look_again, by_ms);
    move(&d->look_until, by_ms);
    move(&d->stop_by, by_ms);
}

static void tell(struct daemon *d, int64_t by_ms)
{
    struct buf words = buf_make(100);
    int64_t s = (llabs(by_ms) + SECOND_MS / 2) / SECOND_MS;

    buf_printf(&words, "set %s by %lld:%02lld:%02lld", by_ms < 0 ? "back" : "forward",
               (long long)(s / 3600), (long long)(s / 60 % 60), (long long)(s % 60));
    daemon_say(d, LOG_WARNING, "the clock was %.*s", SLICE_ARG(buf_slice(&words)));
    keep_note(d, 0, SLICE("mailfuse"), SLICE(""), "clock", buf_slice(&words));
    buf_done(&words);
}

void daemon_clock(struct daemon *d)
{
    struct mono mono = daemon_mono();
    struct wall before = d->now;
    struct timespec now;
    struct tm local;
    int64_t by_ms;

    clock_gettime(CLOCK_REALTIME, &now);
    d->now.ms = now.tv_sec * 1000 + now.tv_nsec / 1000000;
    by_ms = (d->now.ms - before.ms) - (mono.ms - d->mono.ms);
    d->mono = mono;
    if (d->now.ms / MINUTE_MS != before.ms / MINUTE_MS && localtime_r(&now.tv_sec, &local) != NULL)
        d->utc_offset_s = (int32_t)local.tm_gmtoff;
    if (d->tick == NULL || llabs(by_ms) < STEP_MS)
        return; /* or nothing waits yet */
    follow_step_of(d, by_ms);
    tell(d, by_ms);
}

int32_t daemon_today(const struct daemon *d)
{
    return (int32_t)((d->now.ms + (int64_t)d->utc_offset_s * SECOND_MS) / DAY_MS);
}

struct mono daemon_mono(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (struct mono){ now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

uint64_t daemon_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
