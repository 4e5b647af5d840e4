#include "serve/door_scene.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/listen.h"

#include "base/ban.h"

static void answer(void *ctx, uint64_t connection, const struct policy_request *r,
                   struct buf *action)
{
    struct scene *s = ctx;

    assert_true(connection > 0);
    assert_int_equal(action->n, 0);
    if (s->action.p != NULL) {
        buf_add(action, s->action);
        return;
    }
    buf_add(action, SLICE("HOLD "));
    buf_add(action, r->sender);
}

static void closed(void *ctx, uint64_t connection)
{
    struct scene *s = ctx;

    s->closed++;
    s->closed_last = connection;
}

static void trouble(void *ctx, const char *text)
{
    struct scene *s = ctx;

    s->troubles++;
    snprintf(s->trouble, sizeof s->trouble, "%s", text);
}

int scene_listen(void)
{
    char error[200];
    int fd = listen_open("inet:127.0.0.1:0", 0, (uid_t)-1, (gid_t)-1, error, sizeof error);

    if (fd < 0)
        fail_msg("%s", error);
    return fd;
}

/* The kernel chooses an abstract name: unix(7), autobind. */
static int listen_local(struct sockaddr_un *at, socklen_t *n)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *at = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *n = sizeof *at;
    assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof at->sun_family), 0);
    assert_int_equal(listen(fd, 10), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, n), 0);
    return fd;
}

void scene_open(struct scene *s, struct policy_door_options options)
{
    int fds[2] = { scene_listen(), -1 };

    *s = (struct scene){ .base = event_base_new(), .port = listen_port(fds[0]) };
    fds[1] = listen_local(&s->local, &s->local_n);
    options.answer = answer;
    options.closed = closed;
    options.trouble = trouble;
    options.ctx = s;
    s->door = policy_door_new(s->base, fds, 2, &options);
}

void scene_close(struct scene *s)
{
    policy_door_free(s->door);
    event_base_free(s->base);
}

void scene_turn(struct scene *s)
{
    for (int i = 0; i < 5; i++)
        event_base_loop(s->base, EVLOOP_NONBLOCK);
    policy_door_stats(s->door, &s->stats);
}

int scene_join(struct scene *s)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)s->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    scene_turn(s);
    return fd;
}

int scene_join_local(struct scene *s)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&s->local, s->local_n), 0);
    scene_turn(s);
    return fd;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Lets the door work until `fd` is ready, for a moment at most. */
static void turn_until(struct event_base *base, int fd, short events)
{
    struct pollfd p = { .fd = fd, .events = events };

    event_base_loop(base, EVLOOP_NONBLOCK);
    (void)poll(&p, 1, 1);
}

void scene_say(struct event_base *base, int fd, struct slice text)
{
    int64_t end = now_ms() + SCENE_WAIT_MS;

    while (text.n > 0 && now_ms() < end) {
        ssize_t n = send(fd, text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0)
            text = slice_from(text, (size_t)n);
        else
            turn_until(base, fd, POLLOUT);
    }
    assert_int_equal(text.n, 0);
    event_base_loop(base, EVLOOP_NONBLOCK);
}

bool scene_hear(struct event_base *base, int fd, size_t n, struct buf *out)
{
    int64_t end = now_ms() + SCENE_WAIT_MS;
    char block[4096];

    while (out->n < n && now_ms() < end) {
        size_t room = n - out->n < sizeof block ? n - out->n : sizeof block;
        ssize_t got = recv(fd, block, room, MSG_DONTWAIT);

        if (got > 0)
            buf_add(out, (struct slice){ block, (size_t)got });
        else if (got == 0 || errno != EAGAIN)
            return true;
        else
            turn_until(base, fd, POLLIN);
    }
    return false;
}

static void check(struct scene *s, int fd, const char *want, bool ends)
{
    struct buf got = buf_make(1 << 20);
    size_t n = strlen(want);
    bool ended = scene_hear(s->base, fd, ends ? n + 1 : n, &got);
    char byte;

    if (!slice_eq(buf_slice(&got), slice_of(want)))
        fail_msg("got '%.*s', want '%s'", SLICE_ARG(buf_slice(&got)), want);
    assert_int_equal(ended, ends);
    scene_turn(s);
    if (!ends)
        assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    buf_done(&got);
}

void scene_expect(struct scene *s, int fd, const char *want)
{
    check(s, fd, want, false);
}

void scene_expect_end(struct scene *s, int fd, const char *want)
{
    check(s, fd, want, true);
}
