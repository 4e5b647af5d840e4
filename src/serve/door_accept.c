#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "serve/door_inside.h"

#include "base/ban.h"

enum { ACCEPT_MAX = 64 }; /* connections at once, before requests have their turn again */

static int accept_one(int listening)
{
    /* cppcheck-suppress nullPointer ; accept(2): who does not want the address passes NULL */
    return accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static void close_spare(struct door *d)
{
    if (d->spare >= 0)
        close(d->spare);
    d->spare = -1;
}

static void pause_accepting(struct door *d)
{
    struct timeval wait = { 0, DOOR_PAUSE_MS * 1000 };

    for (size_t i = 0; i < d->n_listeners; i++)
        event_del(&d->listeners[i].event);
    event_add(&d->pause, &wait);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    struct door *d = arg;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < d->n_listeners; i++)
        event_add(&d->listeners[i].event, NULL);
}

/* True when a quiet connection was there to be closed. */
static bool displace(struct door *d)
{
    struct door_conn *oldest = TAILQ_FIRST(&d->quiet);

    if (oldest == NULL)
        return false;
    d->stats.displaced++;
    door_conn_close(oldest);
    return true;
}

/* The peer is better served by a closed connection than by one that nobody accepts: it asks
 * elsewhere, or goes on without us. False: not even that was possible. */
static bool turn_away(struct door_listener *l)
{
    struct door *d = l->door;
    int fd;

    if (d->spare < 0)
        return false;
    close_spare(d);
    fd = accept_one(l->fd);
    if (fd >= 0) {
        d->stats.refused++;
        close(fd);
    }
    d->spare = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
    return fd >= 0;
}

/* False: accept no more for now. */
static bool no_files(struct door_listener *l)
{
    struct door *d = l->door;

    d->stats.no_files++;
    door_trouble(d, NULL, "no file descriptor for a new connection", (struct slice){ NULL, 0 });
    if (displace(d) || turn_away(l))
        return true;
    pause_accepting(d);
    return false;
}

/* False: accept no more for now. */
static bool accept_failed(struct door_listener *l, int error)
{
    switch (error) {
    case EAGAIN:
        return false;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return no_files(l);
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP: /* not a listening socket: nothing to hope for, but no reason to spin */
        door_trouble(l->door, NULL, "the listening socket does not accept",
                     (struct slice){ NULL, 0 });
        pause_accepting(l->door);
        return false;
    default: /* accept(2): what went wrong with the one connection */
        return true;
    }
}

static void admit(struct door *d, int fd)
{
    if (d->stats.connections < d->limits.max_connections || displace(d)) {
        door_conn_open(d, fd);
        return;
    }
    d->stats.refused++;
    door_trouble(d, NULL, "too many connections, none of them quiet", (struct slice){ NULL, 0 });
    close(fd);
}

/* Without file descriptors accept(2) fails even when nobody waits; somebody does at the first time,
 * since the socket is readable. */
static void on_connection(evutil_socket_t listening, short what, void *arg)
{
    struct door_listener *l = arg;

    (void)what;
    door_clock(l->door);
    for (int i = 0; i < ACCEPT_MAX; i++) {
        int fd = accept_one(listening);

        if (fd >= 0)
            admit(l->door, fd);
        else if (i > 0 || !accept_failed(l, errno))
            return;
    }
}

void door_accept_start(struct door *d, const int *fds, size_t n)
{
    int one = 1;

    d->listeners = memory_new(n > 0 ? n : 1, sizeof *d->listeners);
    d->n_listeners = n;
    event_assign(&d->pause, d->base, -1, 0, on_pause_over, d);
    for (size_t i = 0; i < n; i++) {
        struct door_listener *l = &d->listeners[i];

        *l = (struct door_listener){ .door = d, .fd = fds[i] };
        /* Connections inherit it; a unix socket refuses it, and needs it not. */
        (void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        event_assign(&l->event, d->base, l->fd, EV_READ | EV_PERSIST, on_connection, l);
        event_add(&l->event, NULL);
    }
    d->spare = n > 0 ? fcntl(fds[0], F_DUPFD_CLOEXEC, 0) : -1;
}

void door_accept_end(struct door *d)
{
    event_del(&d->pause);
    for (size_t i = 0; i < d->n_listeners; i++) {
        event_del(&d->listeners[i].event);
        close(d->listeners[i].fd);
    }
    d->n_listeners = 0;
    close_spare(d);
}
