#include "serve/auth_door.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "serve/auth_peer.h"

#include "base/ban.h"

enum {
    CONNECTIONS = 512,
    REQUEST_MS = 5000,
    IDLE_MS = 5 * 60 * 1000,
    ACCEPT_BATCH = 64, /* connections taken before others have their turn */
};

struct listener {
    struct auth_door *door;
    int fd;
    struct event *event;
};

struct auth_door {
    struct auth_hall hall;
    struct listener *listeners;
    size_t listeners_n;
    bool paused; /* no file descriptors: the listeners wait for the next second */
    struct event *second;
};

static void second_wanted(struct auth_door *d)
{
    const struct timeval second = { .tv_sec = 1 };

    if (!event_pending(d->second, EV_TIMEOUT, NULL))
        (void)event_add(d->second, &second);
}

/* Close who was idle longest. False when all are busy. */
static bool make_room(struct auth_hall *hall)
{
    struct auth_peer *longest = NULL;

    for (unsigned i = 0; i < hall->peers_n; i++) {
        struct auth_peer *p = hall->peers[i];

        if (!p->busy && (longest == NULL || p->deadline_ms < longest->deadline_ms))
            longest = p;
    }
    if (longest != NULL)
        auth_peer_free(longest);
    return longest != NULL;
}

static void take(struct auth_door *d, int fd)
{
    struct auth_hall *hall = &d->hall;

    hall->desk.stats.accepted++;
    if (hall->peers_n >= hall->desk.options.connections) {
        hall->desk.stats.turned_away++;
        auth_trouble(hall, NULL, "too many connections");
        if (!make_room(hall)) {
            close(fd);
            return;
        }
    }
    if (auth_peer_new(hall, fd))
        second_wanted(d);
}

static void acceptable(evutil_socket_t fd, short what, void *ctx)
{
    struct listener *l = ctx;
    struct auth_door *d = l->door;

    (void)what;
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        /* cppcheck-suppress nullPointer ; accept(2): who does not want the address passes NULL */
        int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (peer >= 0) {
            take(d, peer);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            auth_trouble(&d->hall, NULL, "no file descriptors or memory for another connection");
            d->paused = true;
            for (size_t k = 0; k < d->listeners_n; k++)
                (void)event_del(d->listeners[k].event);
            second_wanted(d);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

static void overdue_close(struct auth_hall *hall, int64_t now_ms)
{
    for (unsigned i = hall->peers_n; i-- > 0;) {
        struct auth_peer *p = hall->peers[i];

        if (now_ms < p->deadline_ms)
            continue;
        if (p->busy && !p->ended) {
            hall->desk.stats.timed_out++;
            auth_trouble(hall, p, "closed: a request or its answer took too long");
        }
        auth_peer_free(p); /* the last takes its place, and was looked at */
    }
}

static void every_second(evutil_socket_t fd, short what, void *ctx)
{
    struct auth_door *d = ctx;

    (void)fd, (void)what;
    overdue_close(&d->hall, auth_now_ms());
    if (d->paused && !d->hall.desk.draining)
        for (size_t i = 0; i < d->listeners_n; i++)
            (void)event_add(d->listeners[i].event, NULL);
    d->paused = false;
    if (d->hall.peers_n > 0)
        second_wanted(d);
}

static bool listener_open(struct auth_door *d, struct listener *l)
{
    if (evutil_make_socket_nonblocking(l->fd) < 0)
        return false;
    l->event = event_new(d->hall.base, l->fd, EV_READ | EV_PERSIST, acceptable, l);
    return l->event != NULL && event_add(l->event, NULL) == 0;
}

static struct auth_door_options with_defaults(const struct auth_door_options *options)
{
    struct auth_door_options o = *options;

    o.connections = o.connections > 0 ? o.connections : CONNECTIONS;
    o.request_ms = o.request_ms > 0 ? o.request_ms : REQUEST_MS;
    o.idle_ms = o.idle_ms > 0 ? o.idle_ms : IDLE_MS;
    o.key = (struct slice){ NULL, 0 };
    return o;
}

struct auth_door *auth_door_new(struct event_base *base, const int *listeners, size_t n,
                                const struct auth_door_options *options)
{
    struct auth_door *d = memory_new(1, sizeof *d);
    struct auth_hall *hall = &d->hall;
    bool ok;

    hall->base = base;
    hall->desk.options = with_defaults(options);
    hall->desk.key = buf_make(AUTH_KEY_MAX);
    hall->desk.body = buf_make(AUTH_STATS_MAX);
    ok = auth_door_set_key(d, options->key);
    hall->input = memory_new(AUTH_INPUT_MAX, 1);
    hall->peers = memory_new(hall->desk.options.connections, sizeof(struct auth_peer *));
    d->second = evtimer_new(base, every_second, d);
    d->listeners = memory_new(n, sizeof *d->listeners);
    d->listeners_n = n;
    ok = ok && d->second != NULL;
    for (size_t i = 0; i < n; i++) {
        d->listeners[i] = (struct listener){ .door = d, .fd = listeners[i] };
        ok = ok && listener_open(d, &d->listeners[i]);
    }
    if (ok)
        return d;
    auth_door_free(d);
    return NULL;
}

static void listeners_close(struct auth_door *d)
{
    for (size_t i = 0; i < d->listeners_n; i++) {
        if (d->listeners[i].event != NULL)
            event_free(d->listeners[i].event);
        close(d->listeners[i].fd);
    }
    d->listeners_n = 0;
}

void auth_door_free(struct auth_door *d)
{
    if (d == NULL)
        return;
    while (d->hall.peers_n > 0)
        auth_peer_free(d->hall.peers[0]);
    listeners_close(d);
    if (d->second != NULL)
        event_free(d->second);
    buf_done(&d->hall.desk.key);
    buf_done(&d->hall.desk.body);
    free(d->hall.peers);
    free(d->hall.input);
    free(d->listeners);
    free(d);
}

bool auth_door_set_key(struct auth_door *d, struct slice key)
{
    if (key.n > AUTH_KEY_MAX)
        return false;
    buf_clear(&d->hall.desk.key);
    buf_add(&d->hall.desk.key, key);
    return true;
}

void auth_door_drain(struct auth_door *d)
{
    struct auth_hall *hall = &d->hall;

    hall->desk.draining = true;
    listeners_close(d);
    for (unsigned i = hall->peers_n; i-- > 0;)
        if (!hall->peers[i]->busy)
            auth_peer_free(hall->peers[i]);
}

struct auth_door_stats auth_door_stats(const struct auth_door *d)
{
    struct auth_door_stats stats = d->hall.desk.stats;

    stats.connections = d->hall.peers_n;
    return stats;
}
