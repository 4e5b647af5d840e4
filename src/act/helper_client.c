#include "act/helper_request.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

#include "base/ban.h"

enum {
    RESTARTS_MAX = 3,    /* of the helper that a request survives */
    PACKETS_AT_ONCE = 1, /* rows of the queue: others have their turn in between */
    ROWS_ROOM = WIRE_DATA_MAX + QUEUE_ROW_MAX + sizeof(uint32_t),
};

struct helper_client {
    struct event_base *base;
    int fd;
    struct event *readable, *writable;
    uint64_t last_id;
    uint32_t helper; /* who is at the other end; 0: not known yet */
    int timeout_ms, queue_timeout_ms;
    struct request **requests; /* in the order of the calls; sent ones first */
    size_t n, room;
    void (*hello)(void *ctx); /* NULL: nobody is told */
    void *hello_ctx;
    struct wire_packet packet;
};

static const char *text_of(int failure)
{
    switch (failure) {
    case -EPERM:
        return "there is no helper with root's rights: mailfuse was not started as root";
    case -ETIMEDOUT:
        return "the helper has not answered in time";
    case -ECONNRESET:
        return "the helper was started anew";
    case -EAGAIN:
        return "too many requests are waiting for the helper";
    case -E2BIG:
        return "the request is too large";
    case -EPIPE:
        return "the helper is gone";
    default:
        return "the helper sent what cannot be understood";
    }
}

static void request_free(struct request *r)
{
    if (r->timer != NULL)
        event_free(r->timer);
    buf_done(&r->bytes);
    buf_done(&r->rows);
    free(r);
}

/* Take it out of the list; the caller frees it. */
static struct request *take_out(struct helper_client *c, size_t at)
{
    struct request *r = c->requests[at];

    c->n--;
    memmove(&c->requests[at], &c->requests[at + 1], (c->n - at) * sizeof(struct request *));
    return r;
}

/* Where the request of that number is; `c->n` when it is not there. */
static size_t find(const struct helper_client *c, uint64_t id)
{
    size_t at = 0;

    while (at < c->n && c->requests[at]->id != id)
        at++;
    return at;
}

/* The end of a request: out of the list before the callback, which may make new ones. */
static void finish(struct helper_client *c, size_t at, struct helper_result *result)
{
    struct request *r = take_out(c, at);

    result->op = r->op;
    if (r->op == HELPER_QUEUE_LIST)
        result->count = r->rows_n;
    if (r->done != NULL)
        r->done(r->ctx, result);
    else if (result->fd >= 0)
        (void)close(result->fd);
    request_free(r);
}

static void fail(struct helper_client *c, size_t at, int failure)
{
    finish(c, at,
           &(struct helper_result){
               .status = failure, .output = slice_of(text_of(failure)), .fd = -1 });
}

static void timer_rings(evutil_socket_t fd, short what, void *ctx)
{
    struct request *r = ctx;

    (void)fd;
    (void)what;
    fail(r->client, find(r->client, r->id), r->failure);
}

static void set_timer(struct request *r, int ms, int failure)
{
    struct timeval after = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    r->failure = failure;
    if (event_add(r->timer, &after) < 0)
        abort(); /* out of memory */
}

/* Fail all that are on their way now, but not what their callbacks begin. */
static void fail_all(struct helper_client *c, int failure)
{
    uint64_t last = c->last_id;

    while (c->n > 0 && c->requests[0]->id <= last)
        fail(c, 0, failure);
}

static void send_all(struct helper_client *c);

/* A new helper. What was sent before may lie in the socket, or have gone down with the old one: it
 * is sent again. The helper leaves out what it has twice; the first answer counts. */
static void hello(struct helper_client *c)
{
    uint64_t last = c->last_id;

    for (size_t at = 0; at < c->n && c->requests[at]->id <= last;) {
        struct request *r = c->requests[at];

        if (r->begun && (r->rows_n > 0 || r->restarts++ >= RESTARTS_MAX)) {
            fail(c, at, -ECONNRESET);
            continue;
        }
        if (r->begun) {
            r->begun = r->whole = false;
            r->sent = 0;
            buf_clear(&r->rows);
        }
        at++;
    }
    send_all(c);
    if (c->hello != NULL)
        c->hello(c->hello_ctx);
}

static int send_part(struct helper_client *c, struct request *r)
{
    struct slice all = buf_slice(&r->bytes), rest = r->sent > 0 ? slice_from(all, r->sent) : all;
    struct slice part = slice_head(rest, WIRE_DATA_MAX);
    struct wire_head head = { .id = r->id, .op = (uint32_t)r->op, .helper = c->helper };
    int status;

    head.flags = (r->begun ? 0U : WIRE_FIRST) | (part.n == rest.n ? WIRE_LAST : 0U);
    status = wire_send(c->fd, &head, part, -1, MSG_DONTWAIT);
    if (status < 0)
        return status;
    r->begun = true;
    r->sent += part.n;
    r->whole = r->sent == r->bytes.n;
    return 0;
}

/* Send what fits into the socket, in the order of the calls. */
static void send_all(struct helper_client *c)
{
    int status = 0;

    for (size_t at = 0; at < c->n && status == 0; at++)
        while (!c->requests[at]->whole && status == 0)
            status = send_part(c, c->requests[at]);
    if (status != 0 && event_add(c->writable, NULL) < 0)
        abort(); /* out of memory */
}

static void writable(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    send_all(ctx);
}

/* More of a list: hand out the rows that are complete. False when these are no rows. */
static bool take_rows(struct request *r, struct slice data)
{
    struct queue_row row;
    struct slice rest;
    int got;

    buf_add(&r->rows, data);
    rest = buf_slice(&r->rows);
    while ((got = queue_row_take(&rest, &row)) > 0) {
        r->rows_n++;
        if (r->row != NULL)
            r->row(r->ctx, &row);
    }
    if (rest.n > 0)
        memmove(r->rows.p, rest.p, rest.n);
    r->rows.n = rest.n;
    return got == 0 && !r->rows.full;
}

static void received(struct helper_client *c)
{
    const struct wire_packet *p = &c->packet;
    size_t at = find(c, p->head.id);

    if (p->head.op == WIRE_HELLO || c->helper == 0)
        c->helper = p->head.helper;
    if (p->head.op == WIRE_HELLO) {
        hello(c);
    } else if (at == c->n) {
        if (p->fd >= 0)
            (void)close(p->fd); /* an answer that came too late */
    } else if ((p->head.flags & WIRE_LAST) == 0) {
        if (!take_rows(c->requests[at], (struct slice){ p->data, p->n }))
            fail(c, find(c, p->head.id), -EBADMSG);
    } else {
        finish(c, at,
               &(struct helper_result){ .status = p->head.status,
                                        .output = { p->data, p->n },
                                        .count = p->head.count,
                                        .duration_ms = p->head.duration_ms,
                                        .fd = p->fd });
    }
}

static void readable(evutil_socket_t fd, short what, void *ctx)
{
    struct helper_client *c = ctx;

    (void)fd;
    (void)what;
    for (int i = 0; i < PACKETS_AT_ONCE; i++) {
        int status = wire_receive(c->fd, &c->packet, MSG_DONTWAIT);

        if (status == 0) {
            received(c);
        } else if (status != -EBADMSG) {
            if (status != -EAGAIN) { /* it will not come back: the supervisor is gone */
                event_del(c->readable);
                event_del(c->writable);
                c->fd = -1;
                fail_all(c, -EPIPE);
            }
            return;
        }
    }
}

/* Numbers that no worker before this one has used on the same socket. */
static uint64_t first_id(void)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        random = (uint32_t)getpid();
    return (uint64_t)random << 31;
}

struct helper_client *helper_client_new(struct event_base *base, int fd)
{
    struct helper_client *c = memory_new(1, sizeof *c);

    c->base = base;
    c->fd = fd;
    c->last_id = first_id();
    c->timeout_ms = HELPER_TIMEOUT_MS;
    c->queue_timeout_ms = HELPER_QUEUE_TIMEOUT_MS;
    if (fd < 0)
        return c;
    c->readable = event_new(base, fd, EV_READ | EV_PERSIST, readable, c);
    c->writable = event_new(base, fd, EV_WRITE, writable, c);
    if (c->readable == NULL || c->writable == NULL || event_add(c->readable, NULL) < 0)
        abort(); /* out of memory */
    return c;
}

void helper_client_set_timeouts(struct helper_client *c, int timeout_ms, int queue_timeout_ms)
{
    c->timeout_ms = timeout_ms;
    c->queue_timeout_ms = queue_timeout_ms;
}

void helper_client_on_hello(struct helper_client *c, void (*told)(void *ctx), void *ctx)
{
    c->hello = told;
    c->hello_ctx = ctx;
}

void helper_client_free(struct helper_client *c)
{
    if (c == NULL)
        return;
    while (c->n > 0)
        request_free(take_out(c, c->n - 1));
    if (c->readable != NULL)
        event_free(c->readable);
    if (c->writable != NULL)
        event_free(c->writable);
    free(c->requests);
    free(c);
}

struct request *request_new(struct helper_client *c, enum helper_op op, helper_done *done,
                            void *ctx)
{
    struct request *r = memory_new(1, sizeof *r);

    *r = (struct request){ .client = c,
                           .id = ++c->last_id,
                           .op = op,
                           .bytes = buf_make(WIRE_REQUEST_MAX),
                           .rows = buf_make(ROWS_ROOM),
                           .done = done,
                           .ctx = ctx };
    r->timer = event_new(c->base, -1, 0, timer_rings, r);
    if (r->timer == NULL)
        abort(); /* out of memory */
    if (c->n == c->room) {
        c->room = c->room > 0 ? c->room * 2 : 16;
        c->requests = memory_resize(c->requests, c->room, sizeof(struct request *));
    }
    c->requests[c->n++] = r;
    return r;
}

static bool is_long(enum helper_op op)
{
    return op == HELPER_HOLD || op == HELPER_RELEASE || op == HELPER_REQUEUE ||
           op == HELPER_DELETE || op == HELPER_QUEUE_LIST;
}

uint64_t request_go(struct helper_client *c, struct request *r)
{
    int failure = 0;

    if (c->fd < 0)
        failure = c->readable == NULL ? -EPERM : -EPIPE;
    else if (r->bytes.full)
        failure = -E2BIG;
    else if (c->n > HELPER_IN_FLIGHT_MAX)
        failure = -EAGAIN;
    if (failure != 0) {
        r->whole = true; /* nothing to send */
        set_timer(r, 0, failure);
        return r->id;
    }
    set_timer(r, is_long(r->op) ? c->queue_timeout_ms : c->timeout_ms, -ETIMEDOUT);
    if (event_pending(c->writable, EV_WRITE, NULL) == 0)
        send_all(c);
    return r->id;
}

void helper_cancel(struct helper_client *c, uint64_t id)
{
    size_t at = find(c, id);

    if (at < c->n) {
        c->requests[at]->done = NULL;
        c->requests[at]->row = NULL;
    }
}

size_t helper_in_flight(const struct helper_client *c)
{
    return c->n;
}
