#include "serve/metrics_door.h"

#include <stdlib.h>

#include "base/memory.h"
#include "proto/http_request.h"
#include "proto/metrics_text.h"

#include "base/ban.h"

enum { ANSWER_HEAD_MAX = 512 };

#define WORDS "text/plain; charset=utf-8"

struct metrics_door {
    struct metrics_door_options options;
    struct door *door;
    struct buf page;
    uint64_t pages, failed;
};

/* What is no page. */
static void refuse(struct metrics_door *m, const char *status, const char *words, struct buf *out)
{
    m->failed++;
    buf_printf(out,
               "HTTP/1.1 %s\r\nContent-Type: " WORDS "\r\nContent-Length: %zu\r\n"
               "Connection: close\r\n\r\n%s",
               status, strlen(words), words);
}

static void answer(struct metrics_door *m, const struct http_request *head, struct buf *out)
{
    bool body = slice_eq(head->method, SLICE("GET"));

    if (!body && !slice_eq(head->method, SLICE("HEAD"))) {
        refuse(m, "405 Method Not Allowed\r\nAllow: GET, HEAD", "only GET and HEAD\n", out);
        return;
    }
    if (!slice_eq(head->path, SLICE("/metrics"))) {
        refuse(m, "404 Not Found", body ? "the figures are at /metrics\n" : "", out);
        return;
    }
    buf_clear(&m->page);
    m->options.page(m->options.ctx, &m->page);
    if (m->page.full) {
        refuse(m, "500 Internal Server Error", body ? "the page is too long\n" : "", out);
        return;
    }
    m->pages++;
    buf_printf(out,
               "HTTP/1.1 200 OK\r\nContent-Type: " METRICS_TEXT_TYPE "\r\nContent-Length: %zu\r\n"
               "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
               m->page.n);
    if (body)
        buf_add(out, buf_slice(&m->page));
}

static enum parse take(void *ctx, uint64_t connection, struct slice in, size_t *seen, size_t *used,
                       struct buf *out)
{
    struct metrics_door *m = ctx;
    struct http_request head;
    size_t n;

    (void)connection;
    *seen = in.n;
    *used = in.n; /* nothing is served behind the first */
    switch (http_request_parse(in, &head, &n)) {
    case HTTP_OK:
        answer(m, &head, out);
        break;
    case HTTP_MORE:
        return PARSE_MORE;
    case HTTP_BAD:
        refuse(m, "400 Bad Request", "not a request of HTTP/1.1\n", out);
        break;
    case HTTP_LENGTH_REQUIRED:
        refuse(m, "411 Length Required", "no body is taken here\n", out);
        break;
    case HTTP_HEAD_TOO_LARGE:
        refuse(m, "431 Request Header Fields Too Large", "the head is too large\n", out);
        break;
    case HTTP_VERSION_TOO_HIGH:
        refuse(m, "505 HTTP Version Not Supported", "only HTTP/1 is spoken here\n", out);
        break;
    }
    return PARSE_OK;
}

static void trouble(void *ctx, const char *text)
{
    struct metrics_door *m = ctx;

    if (m->options.trouble != NULL)
        m->options.trouble(m->options.ctx, text);
}

struct metrics_door *metrics_door_new(struct event_base *base, const int *listeners, size_t n,
                                      const struct metrics_door_options *options)
{
    struct metrics_door *m = memory_new(1, sizeof *m);
    struct door_limits limits = options->limits;
    const struct door_protocol protocol = {
        .name = "metrics",
        .request_max = HTTP_HEAD_MAX + 1,
        .reply_max = METRICS_PAGE_MAX + ANSWER_HEAD_MAX,
        .take = take,
        .trouble = trouble,
        .ctx = m,
        .once = true,
    };

    if (limits.max_connections == 0)
        limits.max_connections = METRICS_CONNECTIONS;
    if (limits.request_ms == 0)
        limits.request_ms = METRICS_REQUEST_MS;
    if (limits.idle_ms == 0)
        limits.idle_ms = METRICS_REQUEST_MS;
    m->options = *options;
    m->page = buf_make(METRICS_PAGE_MAX);
    m->door = door_new(base, listeners, n, &protocol, &limits);
    return m;
}

void metrics_door_stats(const struct metrics_door *m, struct metrics_door_stats *out)
{
    door_stats(m->door, &out->door);
    out->pages = m->pages;
    out->failed = m->failed;
}

void metrics_door_drain(struct metrics_door *m)
{
    door_drain(m->door);
}

void metrics_door_free(struct metrics_door *m)
{
    if (m == NULL)
        return;
    door_free(m->door);
    buf_done(&m->page);
    free(m);
}
