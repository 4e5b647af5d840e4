#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "serve/door_inside.h"

#include "base/ban.h"

enum { KEEP_MIN = 2048 }; /* bytes: a request of Postfix is half of that */

static struct door_conns *list_of(struct door_conn *c)
{
    return c->busy ? &c->door->busy : &c->door->quiet;
}

/* Into the list where it belongs. `progress`: what it was busy with before is done. */
static void settle(struct door_conn *c, bool progress)
{
    bool busy = c->in != NULL || c->out != NULL || c->ended;

    if (busy && c->busy && !progress)
        return;
    TAILQ_REMOVE(list_of(c), c, link);
    c->busy = busy;
    c->since = c->door->now_ms;
    TAILQ_INSERT_TAIL(list_of(c), c, link);
}

static void on_ready(evutil_socket_t fd, short what, void *arg);

static void wait_for(struct door_conn *c, short what)
{
    int fd = event_get_fd(&c->event);

    event_del(&c->event);
    event_assign(&c->event, c->door->base, fd, (short)(what | EV_PERSIST), on_ready, c);
    event_add(&c->event, NULL);
}

void door_conn_open(struct door *d, int fd)
{
    struct door_conn *c = memory_new(1, sizeof *c);

    c->door = d;
    c->id = ++d->last_id;
    c->since = d->now_ms;
    TAILQ_INSERT_TAIL(&d->quiet, c, link);
    d->stats.accepted++;
    if (d->stats.connections++ == 0) {
        struct timeval tick = { d->tick_ms / 1000, d->tick_ms % 1000 * 1000 };

        event_add(&d->sweep, &tick);
    }
    event_assign(&c->event, d->base, fd, EV_READ | EV_PERSIST, on_ready, c);
    if (event_add(&c->event, NULL) < 0)
        door_conn_close(c);
}

void door_conn_close(struct door_conn *c)
{
    struct door *d = c->door;
    uint64_t id = c->id;

    event_del(&c->event);
    close(event_get_fd(&c->event));
    TAILQ_REMOVE(list_of(c), c, link);
    free(c->in);
    free(c->out);
    free(c);
    if (--d->stats.connections == 0)
        event_del(&d->sweep);
    if (d->protocol.closed != NULL)
        d->protocol.closed(d->protocol.ctx, id);
}

/* Answers to door->out what is whole at the front of `*in`, as long as that has room, and moves
 * past it. */
static enum parse answer(struct door_conn *c, struct slice *in)
{
    struct door *d = c->door;
    enum parse got = PARSE_OK;

    buf_clear(&d->out);
    while (in->n > 0 && d->out.n < DOOR_OUTPUT) {
        size_t used = 0;

        got = d->protocol.take(d->protocol.ctx, c->id, *in, &c->seen, &used, &d->out);
        if (got != PARSE_OK)
            break;
        c->seen = 0;
        d->stats.requests++;
        c->ended = d->protocol.once;
        *in = slice_from(*in, c->ended ? in->n : used);
    }
    return got;
}

/* Bytes that went out, or -1 when the connection is broken. */
static ssize_t send_some(const struct door_conn *c, const char *p, size_t n)
{
    ssize_t sent = n > 0 ? send(event_get_fd(&c->event), p, n, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;

    return sent < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : sent;
}

/* Sends door->out; what does not go out waits in c->out. False: the connection is broken. */
static bool send_answers(struct door_conn *c)
{
    struct buf *out = &c->door->out;
    ssize_t sent = send_some(c, out->p, out->n);

    if (sent < 0)
        return false;
    if ((size_t)sent < out->n) {
        c->out_at = 0;
        c->out_n = out->n - (size_t)sent;
        c->out = memory_resize(NULL, c->out_n, 1);
        memcpy(c->out, out->p + sent, c->out_n);
        wait_for(c, EV_WRITE);
    }
    return true;
}

/* Keeps what could not be answered yet: `in`, which is in c->in or in what all share. */
static void keep(struct door_conn *c, struct slice in)
{
    if (in.n == 0 || in.p == NULL) {
        free(c->in);
        c->in = NULL;
        c->in_n = c->in_room = 0;
        return;
    }
    if (c->in != NULL) {
        memmove(c->in, in.p, in.n);
    } else {
        c->in_room = in.n < KEEP_MIN ? KEEP_MIN : in.n;
        c->in = memory_resize(NULL, c->in_room, 1);
        memcpy(c->in, in.p, in.n);
    }
    c->in_n = in.n;
}

/* Answers what is whole in `in`, which is all that the connection sent and has no answer to. */
static void feed(struct door_conn *c, struct slice in)
{
    struct door *d = c->door;
    size_t before = in.n;
    enum parse got = PARSE_OK;

    while (got == PARSE_OK && in.n > 0 && c->out == NULL) {
        got = answer(c, &in);
        if (!send_answers(c)) {
            door_conn_close(c);
            return;
        }
    }
    if (got == PARSE_BAD) {
        d->stats.malformed++;
        door_trouble(d, c, "sent what is no request", in);
        door_conn_close(c);
        return;
    }
    keep(c, in);
    if (c->ended && c->out == NULL) /* wait for the peer's end: it may still send, and closing now
                                       would reset the connection before it has read the answer */
        (void)shutdown(event_get_fd(&c->event), SHUT_WR);
    settle(c, in.n < before);
    if (d->draining && !c->busy)
        door_conn_close(c);
}

/* Room in c->in for at least one byte more: `take` said that it needs more, so what is there is
 * shorter than the longest request. */
static void grow(struct door_conn *c)
{
    size_t max = c->door->protocol.request_max;

    if (c->in_n < c->in_room)
        return;
    c->in_room = c->in_room < max / 2 ? c->in_room * 2 : max > c->in_n ? max : c->in_n + 1;
    c->in = memory_resize(c->in, c->in_room, 1);
}

void door_conn_read(struct door_conn *c)
{
    struct door *d = c->door;
    char *to = d->in;
    size_t room = d->in_room;
    ssize_t n;

    if (c->in != NULL) {
        grow(c);
        to = c->in + c->in_n;
        room = c->in_room - c->in_n;
    }
    n = recv(event_get_fd(&c->event), to, room, MSG_DONTWAIT);
    if (n > 0 && c->ended)
        return;
    if (n > 0)
        feed(c, c->in != NULL ? (struct slice){ c->in, c->in_n + (size_t)n }
                              : (struct slice){ to, (size_t)n });
    else if (n == 0 || (errno != EAGAIN && errno != EINTR) || (d->draining && !c->busy))
        door_conn_close(c);
}

static void write_rest(struct door_conn *c)
{
    ssize_t sent = send_some(c, c->out + c->out_at, c->out_n - c->out_at);

    if (sent < 0) {
        door_conn_close(c);
        return;
    }
    c->out_at += (size_t)sent;
    if (c->out_at < c->out_n)
        return;
    free(c->out);
    c->out = NULL;
    wait_for(c, EV_READ);
    settle(c, true);
    feed(c, (struct slice){ c->in, c->in_n });
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    if (what & EV_WRITE)
        write_rest(arg);
    else
        door_conn_read(arg);
}
