#include <event2/buffer.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/memory.h"
#include "serve/control_peer.h"
#include "serve/control_private.h"
#include "serve/control_request.h"

#include "base/ban.h"

enum { ERROR_MAX = 4096 };

static struct timeval timeval_of(int64_t ms)
{
    return (struct timeval){ ms / SECOND_MS, ms % SECOND_MS * 1000 };
}

static json_t *text_new(struct slice s)
{
    struct buf text = buf_make(ERROR_MAX);
    json_t *value;

    escape_utf8(&text, slice_head(s, ERROR_MAX / 3));
    value = json_stringn(text.n > 0 ? text.p : "", text.n);
    buf_done(&text);
    return value;
}

json_t *control_error(struct slice error, const char *hint)
{
    json_t *reply = json_pack("{s:b, s:o}", "ok", 0, "error", text_new(error));

    if (hint != NULL)
        json_object_set_new(reply, "hint", text_new(slice_of(hint)));
    return reply;
}

/* Not at once: the caller may be in the middle of its buffers. */
void control_connection_end(struct control_connection *c)
{
    if (c->ended)
        return;
    c->ended = true;
    bufferevent_disable(c->io, EV_READ | EV_WRITE);
    event_del(c->deadline);
    c->door->stats.connections--;
    event_active(c->door->sweep, EV_TIMEOUT, 0);
}

void control_connection_free(struct control_connection *c)
{
    if (c->io != NULL)
        bufferevent_free(c->io);
    if (c->deadline != NULL)
        event_free(c->deadline);
    free(c);
}

/* An evbuffer_ref_cleanup_cb for what json_dumps made. */
static void free_text(const void *text, size_t n, void *ctx)
{
    (void)n;
    (void)ctx;
    free((void *)(uintptr_t)text);
}

static char *text_of(json_t *reply)
{
    char *text = json_dumps(reply, JSON_COMPACT | JSON_ENSURE_ASCII);

    json_decref(reply);
    return text;
}

void control_connection_send(struct control_connection *c, json_t *reply, enum control_state state)
{
    struct evbuffer *out = bufferevent_get_output(c->io);
    char *text = text_of(reply);

    if (text == NULL || strlen(text) >= CONTROL_REPLY_MAX) {
        free(text);
        text = text_of(control_error(SLICE("the answer is too long"), "ask for less"));
    }
    c->state = state;
    bufferevent_disable(c->io, EV_READ);
    if (text == NULL || evbuffer_add_reference(out, text, strlen(text), free_text, NULL) != 0) {
        free(text);
        control_connection_end(c);
    } else if (evbuffer_add(out, "\n", 1) != 0) {
        control_connection_end(c);
    }
}

static void connection_ask(struct control_connection *c, struct slice line)
{
    struct control_door *door = c->door;
    struct control_peer peer = c->peer;
    struct buf wrong = buf_make(ERROR_MAX);
    json_t *request = control_request_parse(line, &wrong);

    if (request == NULL) {
        door->stats.malformed++;
        control_connection_send(c, control_error(buf_slice(&wrong), NULL), CONTROL_REPLY);
    } else {
        door->stats.requests++;
        control_peer_for(&peer, slice_of(json_string_value(json_object_get(request, "for"))));
        c->state = CONTROL_ASKED;
        c->ticket = ++door->tickets;
        bufferevent_disable(c->io, EV_READ);
        door->options.answer(door->options.ctx, &peer, request, c->ticket);
        json_decref(request);
    }
    buf_done(&wrong);
}

/* The deadline of a request runs from its first byte, however slowly the others come. */
static void watch_request(struct control_connection *c, bool begun)
{
    struct timeval left = timeval_of(c->door->options.request_ms);

    if (!begun)
        event_del(c->deadline);
    else if (event_pending(c->deadline, EV_TIMEOUT, NULL) == 0)
        event_add(c->deadline, &left);
}

/* Take the next line; false when there is none. */
static bool connection_line(struct control_connection *c)
{
    struct evbuffer *in = bufferevent_get_input(c->io);
    struct evbuffer_ptr end = evbuffer_search_eol(in, NULL, NULL, EVBUFFER_EOL_LF);
    size_t n = end.pos >= 0 ? (size_t)end.pos : evbuffer_get_length(in);
    const char *bytes;

    if (n >= CONTROL_REQUEST_MAX) {
        c->door->stats.malformed++;
        control_connection_send(c, control_error(SLICE("the request is too long"), NULL),
                                CONTROL_GOODBYE);
        return false;
    }
    watch_request(c, end.pos < 0 && n > 0);
    if (end.pos < 0)
        return false;
    bytes = (const char *)evbuffer_pullup(in, end.pos + 1);
    if (bytes == NULL) {
        control_connection_end(c);
        return false;
    }
    if (slice_trim((struct slice){ bytes, n }).n > 0)
        connection_ask(c, (struct slice){ bytes, n });
    evbuffer_drain(in, n + 1);
    return true;
}

static void connection_go_on(struct control_connection *c)
{
    while (!c->ended && c->state == CONTROL_READING && connection_line(c))
        ;
    if (!c->ended && c->state == CONTROL_READING)
        bufferevent_enable(c->io, EV_READ);
}

static void on_read(struct bufferevent *io, void *ctx)
{
    (void)io;
    connection_go_on(ctx);
}

/* The reply is out. */
static void on_written(struct bufferevent *io, void *ctx)
{
    struct control_connection *c = ctx;

    (void)io;
    if (c->ended || c->state == CONTROL_ASKED || c->state == CONTROL_READING)
        return;
    if (c->state == CONTROL_GOODBYE || c->door->draining) {
        control_connection_end(c);
        return;
    }
    c->state = CONTROL_READING;
    connection_go_on(c);
}

static void on_event(struct bufferevent *io, short what, void *ctx)
{
    struct control_connection *c = ctx;

    (void)io;
    c->door->stats.late += (what & BEV_EVENT_TIMEOUT) != 0;
    control_connection_end(c);
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
    struct control_connection *c = ctx;

    (void)fd;
    (void)what;
    if (c->ended)
        return;
    c->door->stats.late++;
    control_connection_send(c, control_error(SLICE("the request came too slowly"), NULL),
                            CONTROL_GOODBYE);
}

void control_connection_open(struct control_door *door, int fd)
{
    struct timeval idle = timeval_of(door->options.idle_ms);
    struct timeval late = timeval_of(door->options.write_ms);
    struct control_connection *c = memory_new(1, sizeof *c);
    bool many = door->stats.connections >= door->options.max_connections;

    c->door = door;
    if (evutil_make_socket_nonblocking(fd) == 0)
        c->io = bufferevent_socket_new(door->base, fd, BEV_OPT_CLOSE_ON_FREE);
    c->deadline = evtimer_new(door->base, on_deadline, c);
    if (c->io == NULL || c->deadline == NULL || control_peer_ask(fd, &c->peer) < 0) {
        if (c->io == NULL)
            close(fd);
        control_connection_free(c);
        return;
    }
    c->next = door->connections;
    door->connections = c;
    door->stats.connections++;
    door->stats.accepted++;
    bufferevent_setcb(c->io, on_read, on_written, on_event, c);
    bufferevent_setwatermark(c->io, EV_READ, 0, CONTROL_REQUEST_MAX);
    bufferevent_set_timeouts(c->io, &idle, &late);
    if (many) {
        door->stats.refused++;
        control_connection_send(c,
                                control_error(SLICE("too many connections to the control socket"),
                                              "end a mailfuse top that nobody looks at"),
                                CONTROL_GOODBYE);
    } else {
        bufferevent_enable(c->io, EV_READ);
    }
}
