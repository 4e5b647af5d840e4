#include "serve/auth_peer.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

#include "base/ban.h"

enum {
    OUTPUT_HIGH = 64 * 1024, /* no further request is served before the answers have left */
    OUTPUT_MAX = OUTPUT_HIGH + AUTH_STATS_MAX + 4096,
    OUTPUT_KEPT = 1024, /* memory for answers that a connection keeps when it is idle */
};

int64_t auth_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void auth_trouble(struct auth_hall *hall, const struct auth_peer *p, const char *what)
{
    const struct auth_door_options *o = &hall->desk.options;
    char host[NI_MAXHOST], port[NI_MAXSERV], text[NI_MAXHOST + 256];
    struct sockaddr_storage from;
    socklen_t n = sizeof from;
    int64_t now = auth_now_ms();

    if (o->trouble == NULL || now - hall->said_ms < 1000)
        return;
    hall->said_ms = now;
    if (p == NULL || getpeername(p->fd, (struct sockaddr *)&from, &n) < 0 ||
        getnameinfo((struct sockaddr *)&from, n, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(text, sizeof text, "%s", what);
    else
        snprintf(text, sizeof text, "%s:%.8s: %s", host, port, what);
    o->trouble(o->ctx, text);
}

void auth_peer_free(struct auth_peer *p)
{
    struct auth_hall *hall = p->hall;

    hall->peers[p->at] = hall->peers[--hall->peers_n];
    hall->peers[p->at]->at = p->at;
    if (p->readable != NULL)
        event_free(p->readable);
    if (p->writable != NULL)
        event_free(p->writable);
    close(p->fd);
    free(p->input);
    buf_done(&p->output);
    free(p);
}

/* From now on a request is under way, or none. */
static void busy_set(struct auth_peer *p, bool busy)
{
    const struct auth_door_options *o = &p->hall->desk.options;

    if (busy && p->busy)
        return; /* the deadline is that of its first byte */
    p->busy = busy;
    p->deadline_ms = auth_now_ms() + (busy ? o->request_ms : o->idle_ms);
}

/* The last answer has left: tell the client, and wait for its end, so that what it still sends does
 * not reset the connection before it has read the answer (RFC 9112 section 9.6). */
static void peer_end(struct auth_peer *p)
{
    if (p->ended)
        return;
    p->ended = true;
    shutdown(p->fd, SHUT_WR);
    p->busy = false;
    busy_set(p, true);
}

/* Wait until the socket takes more, and read nothing meanwhile. */
static bool wait_writable(struct auth_peer *p)
{
    busy_set(p, true);
    return event_del(p->readable) == 0 && event_add(p->writable, NULL) == 0;
}

/* False when the connection is broken. Output may be left over: then the rest follows later. */
static bool peer_flush(struct auth_peer *p)
{
    while (p->sent < p->output.n) {
        ssize_t n =
            send(p->fd, p->output.p + p->sent, p->output.n - p->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return wait_writable(p);
        if (n <= 0)
            return false;
        p->sent += (size_t)n;
    }
    p->sent = 0;
    buf_clear(&p->output);
    if (p->output.capacity > OUTPUT_KEPT)
        buf_done(&p->output);
    if (p->closing)
        peer_end(p);
    return true;
}

/* The answer to what is no request. */
static void peer_fail(struct auth_peer *p, unsigned status, const char *reason)
{
    auth_answer_failure(&p->hall->desk, status, reason, &p->output);
    auth_trouble(p->hall, p, reason);
    p->closing = true;
}

static void peer_bad(struct auth_peer *p, enum http_parse got)
{
    switch (got) {
    case HTTP_LENGTH_REQUIRED:
        peer_fail(p, 411, "Content-Length is missing, chunks are not taken");
        break;
    case HTTP_HEAD_TOO_LARGE:
        peer_fail(p, 431, "the head of a request is too large");
        break;
    case HTTP_VERSION_TOO_HIGH:
        peer_fail(p, 505, "only HTTP/1 is spoken here");
        break;
    case HTTP_OK:
    case HTTP_MORE:
    case HTTP_BAD:
        peer_fail(p, 400, "not a request of HTTP/1.1");
        break;
    }
}

/* The request at the front of `input`; 0 bytes when it is not complete, or nothing more is served.
 */
static size_t peer_request(struct auth_peer *p, char *input, size_t n)
{
    struct http_request head;
    size_t used = 0;
    enum http_parse got = http_request_parse((struct slice){ input, n }, &head, &used);
    bool keep;

    if (got == HTTP_MORE)
        return 0;
    if (got != HTTP_OK) {
        peer_bad(p, got);
    } else if (head.length > AUTH_BODY_MAX) {
        peer_fail(p, 413, "the body of a request is too large");
    } else if (head.length <= n - used) {
        keep = head.keep_alive && !p->hall->desk.draining;
        if (auth_answer(&p->hall->desk, &head, input + used, keep, &p->output) == 401)
            auth_trouble(p->hall, p, "wrong or missing key");
        p->closing = !keep;
        p->continued = false;
        return used + (size_t)head.length;
    } else if (head.expects && !p->continued) {
        buf_add(&p->output, SLICE("HTTP/1.1 100 Continue\r\n\r\n"));
        p->continued = true;
    }
    return 0;
}

/* Keep the `n` bytes of a request that is not complete, which may lie inside of p->input. */
static void input_keep(struct auth_peer *p, const char *rest, size_t n)
{
    if (n == 0) {
        free(p->input);
        p->input = NULL;
    } else {
        if (p->input == NULL)
            p->input = memory_new(AUTH_INPUT_MAX, 1);
        memmove(p->input, rest, n);
    }
    p->input_n = n;
}

/* Answer what has arrived: `n` bytes at `input`. May free `p`. */
static void peer_serve(struct auth_peer *p, char *input, size_t n)
{
    size_t used = 0, one;

    do {
        one = peer_request(p, input + used, n - used);
        used += one;
    } while (one > 0 && !p->closing && p->output.n < OUTPUT_HIGH);
    if (!peer_flush(p)) {
        auth_peer_free(p);
        return;
    }
    if (p->closing)
        used = n;
    if (used > 0)
        p->busy = false; /* what is left is another request */
    input_keep(p, input + used, n - used);
    if (!p->ended)
        busy_set(p, p->input_n > 0 || p->output.n > 0);
    /* Many requests at once: the next ones after those of other connections. */
    if (one > 0 && p->input_n > 0 && p->output.n == 0 && !wait_writable(p))
        auth_peer_free(p);
}

static void peer_readable(evutil_socket_t fd, short what, void *ctx)
{
    struct auth_peer *p = ctx;
    char *input = p->input != NULL ? p->input : p->hall->input;
    ssize_t n = recv(fd, input + p->input_n, AUTH_INPUT_MAX - p->input_n, MSG_DONTWAIT);

    (void)what;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0)
        auth_peer_free(p);
    else if (!p->closing)
        peer_serve(p, input, p->input_n + (size_t)n);
}

/* The rest of an answer may leave; then what was read meanwhile has its turn. */
static void peer_writable(evutil_socket_t fd, short what, void *ctx)
{
    struct auth_peer *p = ctx;

    (void)fd, (void)what;
    if (!peer_flush(p)) {
        auth_peer_free(p);
        return;
    }
    if (p->output.n > 0)
        return;
    if (event_del(p->writable) != 0 || event_add(p->readable, NULL) != 0)
        auth_peer_free(p);
    else if (p->input_n > 0 && !p->closing)
        peer_serve(p, p->input, p->input_n);
    else if (!p->ended)
        busy_set(p, false);
}

bool auth_peer_new(struct auth_hall *hall, int fd)
{
    struct auth_peer *p = memory_new(1, sizeof *p);
    int one = 1;

    /* Fails, and is not needed, for sockets of a file system. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *p = (struct auth_peer){ .hall = hall, .at = hall->peers_n, .fd = fd };
    p->output = buf_make(OUTPUT_MAX);
    hall->peers[hall->peers_n++] = p;
    p->readable = event_new(hall->base, fd, EV_READ | EV_PERSIST, peer_readable, p);
    p->writable = event_new(hall->base, fd, EV_WRITE | EV_PERSIST, peer_writable, p);
    busy_set(p, false);
    if (p->readable != NULL && p->writable != NULL && event_add(p->readable, NULL) == 0)
        return true;
    auth_peer_free(p);
    return false;
}
