#include "serve/door.h"

#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "serve/door_inside.h"

#include "base/ban.h"

enum {
    TICK_MS = 1000,
    SWEEP_MAX = 500, /* connections closed in one tick, so that nobody waits long for an answer */
};

void door_clock(struct door *d)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    d->now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* `since` may be a tick too early: nobody is closed before the time, some a little after it. */
static struct door_conn *overdue(const struct door *d, const struct door_conns *list,
                                 int64_t limit_ms)
{
    struct door_conn *first = TAILQ_FIRST(list);

    return first != NULL && d->now_ms - first->since > limit_ms + d->tick_ms ? first : NULL;
}

static void late(struct door *d, const struct door_conn *c)
{
    d->stats.late++;
    door_trouble(d, c,
                 c->out != NULL ? "did not take its answers in time"
                                : "did not finish its request in time",
                 (struct slice){ c->in, c->in_n });
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct door *d = arg;
    struct door_conn *c;

    (void)fd;
    (void)what;
    door_clock(d);
    for (int i = 0; i < SWEEP_MAX && (c = overdue(d, &d->quiet, d->limits.idle_ms)) != NULL; i++)
        door_conn_close(c);
    for (int i = 0; i < SWEEP_MAX && (c = overdue(d, &d->busy, d->limits.request_ms)) != NULL;
         i++) {
        if (!c->ended || c->out != NULL)
            late(d, c);
        door_conn_close(c);
    }
}

static int64_t tick_of(const struct door_limits *limits)
{
    int64_t shortest = limits->idle_ms < limits->request_ms ? limits->idle_ms : limits->request_ms;

    return shortest / 4 > TICK_MS ? TICK_MS : shortest / 4 > 0 ? shortest / 4 : 1;
}

struct door *door_new(struct event_base *base, const int *listeners, size_t n,
                      const struct door_protocol *protocol, const struct door_limits *limits)
{
    struct door *d = memory_new(1, sizeof *d);

    d->base = base;
    d->protocol = *protocol;
    d->limits = *limits;
    if (d->limits.max_connections == 0)
        d->limits.max_connections = DOOR_MAX_CONNECTIONS;
    if (d->limits.idle_ms <= 0)
        d->limits.idle_ms = DOOR_IDLE_MS;
    if (d->limits.request_ms <= 0)
        d->limits.request_ms = DOOR_REQUEST_MS;
    TAILQ_INIT(&d->quiet);
    TAILQ_INIT(&d->busy);
    door_clock(d);
    d->told_ms = d->now_ms - DOOR_TROUBLE_MS;
    d->tick_ms = tick_of(&d->limits);
    d->in_room = DOOR_READ;
    d->in = memory_new(d->in_room, 1);
    d->out = buf_make(DOOR_OUTPUT + protocol->reply_max);
    event_assign(&d->sweep, base, -1, EV_PERSIST, on_tick, d);
    door_accept_start(d, listeners, n);
    return d;
}

void door_stats(const struct door *d, struct door_stats *out)
{
    *out = d->stats;
}

/* What has come on a quiet connection is answered before it is closed; each call of door_conn_read
 * closes it, or makes it busy. */
void door_drain(struct door *d)
{
    struct door_conn *c;

    if (d->draining)
        return;
    door_accept_end(d);
    d->draining = true;
    while ((c = TAILQ_FIRST(&d->quiet)) != NULL)
        door_conn_read(c);
}

void door_free(struct door *d)
{
    struct door_conn *c;

    if (d == NULL)
        return;
    door_accept_end(d);
    while ((c = TAILQ_FIRST(&d->quiet)) != NULL || (c = TAILQ_FIRST(&d->busy)) != NULL)
        door_conn_close(c);
    event_del(&d->sweep);
    buf_done(&d->out);
    free(d->in);
    free(d->listeners);
    free(d);
}
