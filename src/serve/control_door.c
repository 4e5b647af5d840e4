#include "serve/control_door.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "serve/control_private.h"

#include "base/ban.h"

enum {
    CONNECTIONS = 64,
    IDLE_MS = 5 * MINUTE_MS,
    REQUEST_MS = 10 * SECOND_MS,
    WRITE_MS = 30 * SECOND_MS,
    PAUSE_MS = 100, /* of accepting, when there are no descriptors left */
};

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
                      int from_n, void *ctx)
{
    (void)listener;
    (void)from;
    (void)from_n;
    control_connection_open(ctx, fd);
}

/* Out of descriptors: the connection stays in the queue of the kernel, and would wake us again and
 * again. */
static void on_accept_error(struct evconnlistener *listener, void *ctx)
{
    const struct timeval pause = { 0, PAUSE_MS * 1000 };
    struct control_door *door = ctx;

    (void)listener;
    for (size_t i = 0; i < door->listeners_n; i++)
        if (door->listeners[i] != NULL)
            evconnlistener_disable(door->listeners[i]);
    evtimer_add(door->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *ctx)
{
    struct control_door *door = ctx;

    (void)fd;
    (void)what;
    for (size_t i = 0; !door->draining && i < door->listeners_n; i++)
        evconnlistener_enable(door->listeners[i]);
}

static void on_sweep(evutil_socket_t fd, short what, void *ctx)
{
    struct control_door *door = ctx;
    struct control_connection **at = &door->connections, *c;

    (void)fd;
    (void)what;
    while ((c = *at) != NULL) {
        if (!c->ended) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        control_connection_free(c);
    }
}

static void fill_defaults(struct control_door_options *o)
{
    if (o->max_connections == 0)
        o->max_connections = CONNECTIONS;
    if (o->idle_ms == 0)
        o->idle_ms = IDLE_MS;
    if (o->request_ms == 0)
        o->request_ms = REQUEST_MS;
    if (o->write_ms == 0)
        o->write_ms = WRITE_MS;
}

/* All listeners, or false; what is left of `fds` is closed then. */
static bool listen_on(struct control_door *door, const int *fds, size_t n)
{
    bool ok = true;

    door->listeners = memory_new(n + 1, sizeof *door->listeners);
    for (size_t i = 0; i < n; i++) {
        struct evconnlistener *l = evconnlistener_new(
            door->base, on_accept, door, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fds[i]);

        if (l == NULL) {
            close(fds[i]);
            ok = false;
            continue;
        }
        evconnlistener_set_error_cb(l, on_accept_error);
        door->listeners[door->listeners_n++] = l;
    }
    return ok;
}

struct control_door *control_door_new(struct event_base *base, const int *listeners, size_t n,
                                      const struct control_door_options *options)
{
    struct control_door *door = memory_new(1, sizeof *door);

    door->base = base;
    door->options = *options;
    fill_defaults(&door->options);
    door->resume = evtimer_new(base, on_resume, door);
    door->sweep = evtimer_new(base, on_sweep, door);
    if (listen_on(door, listeners, n) && door->resume != NULL && door->sweep != NULL)
        return door;
    control_door_free(door);
    return NULL;
}

void control_door_adopt(struct control_door *door, int fd)
{
    control_connection_open(door, fd);
}

static struct control_connection *holder_of(const struct control_door *door, uint64_t ticket)
{
    for (struct control_connection *c = door->connections; c != NULL; c = c->next)
        if (!c->ended && c->state == CONTROL_ASKED && c->ticket == ticket)
            return c;
    return NULL;
}

void control_reply(struct control_door *door, uint64_t ticket, json_t *reply)
{
    struct control_connection *c = holder_of(door, ticket);

    if (c == NULL)
        json_decref(reply);
    else
        control_connection_send(c, reply, CONTROL_REPLY);
}

void control_refuse(struct control_door *door, uint64_t ticket, const char *error, const char *hint)
{
    control_reply(door, ticket, control_error(slice_of(error), hint));
}

void control_door_stats(const struct control_door *door, struct control_door_stats *out)
{
    *out = door->stats;
}

static void stop_listening(struct control_door *door)
{
    for (size_t i = 0; i < door->listeners_n; i++)
        evconnlistener_free(door->listeners[i]);
    door->listeners_n = 0;
}

void control_door_drain(struct control_door *door)
{
    door->draining = true;
    stop_listening(door);
    for (struct control_connection *c = door->connections; c != NULL; c = c->next)
        if (c->state == CONTROL_READING)
            control_connection_end(c);
}

void control_door_free(struct control_door *door)
{
    struct control_connection *c, *next;

    if (door == NULL)
        return;
    stop_listening(door);
    for (c = door->connections; c != NULL; c = next) {
        next = c->next;
        control_connection_free(c);
    }
    if (door->resume != NULL)
        event_free(door->resume);
    if (door->sweep != NULL)
        event_free(door->sweep);
    free(door->listeners);
    free(door);
}
