#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/http_request.h"
#include "serve/door_scene.h"
#include "serve/listen.h"
#include "serve/metrics_door.h"

#include "base/ban.h"

struct page_scene {
    struct event_base *base;
    struct metrics_door *door;
    unsigned port, asked, troubles;
    size_t page_n; /* bytes of the page */
};

static void page(void *ctx, struct buf *out)
{
    struct page_scene *s = ctx;

    s->asked++;
    for (size_t i = 0; i < s->page_n; i++)
        buf_add_char(out, i % 80 == 79 ? '\n' : 'x');
}

static void trouble(void *ctx, const char *text)
{
    struct page_scene *s = ctx;

    (void)text;
    s->troubles++;
}

static void page_open(struct page_scene *s, size_t page_n, struct door_limits limits)
{
    struct metrics_door_options options = {
        .page = page, .trouble = trouble, .ctx = s, .limits = limits
    };
    int listening = scene_listen();

    *s = (struct page_scene){ .base = event_base_new(),
                              .port = listen_port(listening),
                              .page_n = page_n };
    s->door = metrics_door_new(s->base, &listening, 1, &options);
}

static struct metrics_door_stats page_close(struct page_scene *s)
{
    struct metrics_door_stats stats;

    metrics_door_stats(s->door, &stats);
    metrics_door_free(s->door);
    event_base_free(s->base);
    return stats;
}

static int join(const struct page_scene *s)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)s->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Say it, and hear all until the end. */
static void exchange(const struct page_scene *s, struct slice in, struct buf *out)
{
    int fd = join(s);

    scene_say(s->base, fd, in);
    assert_true(scene_hear(s->base, fd, SIZE_MAX, out));
    close(fd);
    buf_add_char(out, '\0');
}

static const struct request_case {
    struct slice in;
    const char *status, *end; /* how the answer begins, what it ends with */
} request_cases[] = {
    { SLICE_INIT("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), "200 OK\r\n", "\r\n\r\nxxx" },
    { SLICE_INIT("GET /metrics?a=b HTTP/1.0\r\n\r\n"), "200 OK\r\n", "\r\n\r\nxxx" },
    { SLICE_INIT("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), "200 OK\r\n", "close\r\n\r\n" },
    /* one request for each connection, and what comes behind it is thrown away */
    { SLICE_INIT("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n"),
      "200 OK\r\n", "\r\n\r\nxxx" },
    { SLICE_INIT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "404 Not Found\r\n", "/metrics\n" },
    { SLICE_INIT("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"), "404 Not Found\r\n", "\r\n\r\n" },
    { SLICE_INIT("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
      "405 Method Not Allowed\r\nAllow: GET, HEAD\r\n", "HEAD\n" },
    { SLICE_INIT("hello\r\n\r\n"), "400 Bad Request\r\n", "1.1\n" },
    { SLICE_INIT("GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
      "411 Length", "here\n" },
    { SLICE_INIT("GET / HTTP/2.0\r\n\r\n"), "505 HTTP", "here\n" },
};

static void requests(void **state)
{
    struct page_scene s;
    struct metrics_door_stats stats;

    (void)state;
    page_open(&s, 3, (struct door_limits){ 0 });
    for (size_t i = 0; i < COUNT(request_cases); i++) {
        const struct request_case *c = &request_cases[i];
        struct buf got = buf_make(1 << 20);

        exchange(&s, c->in, &got);
        if (strncmp(got.p, "HTTP/1.1 ", 9) != 0 ||
            strncmp(got.p + 9, c->status, strlen(c->status)) != 0 ||
            !slice_ends((struct slice){ got.p, got.n - 1 }, slice_of(c->end)))
            fail_msg("%s: got %s", c->in.p, got.p);
        buf_done(&got);
    }
    stats = page_close(&s);
    assert_int_equal(s.asked, 4);
    assert_int_equal(stats.pages, 4);
    assert_int_equal(stats.failed, COUNT(request_cases) - 4);
    assert_int_equal(stats.door.accepted, COUNT(request_cases));
}

/* One byte at a time. */
static void a_request_in_pieces(void **state)
{
    static const struct slice in = SLICE_INIT("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    struct page_scene s;
    struct buf got = buf_make(1 << 20);
    int fd;

    (void)state;
    page_open(&s, 3, (struct door_limits){ 0 });
    fd = join(&s);
    for (size_t i = 0; i < in.n; i++)
        scene_say(s.base, fd, (struct slice){ in.p + i, 1 });
    assert_true(scene_hear(s.base, fd, SIZE_MAX, &got));
    assert_true(slice_ends(buf_slice(&got), SLICE("\r\n\r\nxxx")));
    assert_int_equal(s.asked, 1);
    /* The peer may say what it likes until it ends; nobody listens. */
    scene_say(s.base, fd, SLICE("GET /metrics HTTP/1.0\r\n\r\n"));
    event_base_loop(s.base, EVLOOP_NONBLOCK);
    assert_int_equal(s.asked, 1);
    close(fd);
    (void)page_close(&s);
    buf_done(&got);
}

static void long_pages(void **state)
{
    struct page_scene s;
    struct buf got = buf_make(4 << 20);

    (void)state;
    page_open(&s, METRICS_PAGE_MAX, (struct door_limits){ 0 });
    exchange(&s, SLICE("GET /metrics HTTP/1.0\r\n\r\n"), &got);
    if (got.n <= METRICS_PAGE_MAX)
        fail_msg("%zu bytes: %.200s", got.n, got.p);
    s.page_n = METRICS_PAGE_MAX + 1;
    buf_clear(&got);
    exchange(&s, SLICE("GET /metrics HTTP/1.0\r\n\r\n"), &got);
    assert_non_null(strstr(got.p, "500 Internal Server Error"));
    (void)page_close(&s);
    buf_done(&got);
}

static void a_head_without_end(void **state)
{
    struct page_scene s;
    struct buf got = buf_make(1 << 20), in = buf_make(HTTP_HEAD_MAX + 1000);

    (void)state;
    buf_add(&in, SLICE("GET /metrics HTTP/1.1\r\nHost: "));
    while (in.n <= HTTP_HEAD_MAX)
        buf_add_char(&in, 'a');
    page_open(&s, 3, (struct door_limits){ 0 });
    exchange(&s, buf_slice(&in), &got);
    assert_non_null(strstr(got.p, "431 Request Header"));
    (void)page_close(&s);
    buf_done(&got);
    buf_done(&in);
}

/* Who does not finish is closed, and so is who stays behind its answer. */
static void deadlines(void **state)
{
    struct page_scene s;
    struct metrics_door_stats stats;
    struct buf got = buf_make(1 << 20);
    int slow, stays;

    (void)state;
    page_open(&s, 3, (struct door_limits){ .request_ms = 20, .idle_ms = 20 });
    slow = join(&s);
    stays = join(&s);
    scene_say(s.base, slow, SLICE("GET /met"));
    scene_say(s.base, stays, SLICE("GET /metrics HTTP/1.0\r\n\r\n"));
    assert_true(scene_hear(s.base, slow, SIZE_MAX, &got));
    assert_int_equal(got.n, 0);
    assert_true(scene_hear(s.base, stays, SIZE_MAX, &got));
    for (int i = 0; i < 5000; i++) {
        metrics_door_stats(s.door, &stats);
        if (stats.door.connections == 0)
            break;
        event_base_loop(s.base, EVLOOP_ONCE);
    }
    stats = page_close(&s);
    assert_int_equal(stats.door.connections, 0);
    assert_int_equal(stats.door.late, 1); /* the other one had its answer */
    assert_int_equal(s.troubles, 1);
    close(slow);
    close(stays);
    buf_done(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),   cmocka_unit_test(a_request_in_pieces),
        cmocka_unit_test(long_pages), cmocka_unit_test(a_head_without_end),
        cmocka_unit_test(deadlines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
