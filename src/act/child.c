#include "act/child.h"

#include <signal.h>

#include "act/clock.h"
#include "act/supervise.h"

#include "base/ban.h"

void child_plan_start(struct child *c)
{
    int64_t now = clock_ms();

    if (c->backoff_ms == 0 || now - c->started_ms >= SUPERVISE_DEATHS_MS)
        c->backoff_ms = SUPERVISE_BACKOFF_MIN_MS;
    else if (c->backoff_ms < SUPERVISE_BACKOFF_MAX_MS / 2)
        c->backoff_ms *= 2;
    else
        c->backoff_ms = SUPERVISE_BACKOFF_MAX_MS;
    c->start_ms = now + c->backoff_ms;
}

void child_tell_to_end(struct child *c)
{
    c->told = true;
    if (c->pid != 0)
        (void)kill(c->pid, SIGTERM);
}
