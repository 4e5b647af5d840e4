#include "serve/auth_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"

#include "base/ban.h"

enum { ANSWERS_MAX = 1 << 20 };

static void saw(struct auth_scene *s, const char *what, const struct auth_request *q)
{
    snprintf(s->saw, sizeof s->saw, "%s %.*s %.*s %.*s %.*s %.*s%s%s%s", what, SLICE_ARG(q->login),
             SLICE_ARG(q->remote), SLICE_ARG(q->pwhash), SLICE_ARG(q->protocol),
             SLICE_ARG(q->session_id), q->tls ? " tls" : "", q->success ? " success" : "",
             q->policy_reject ? " reject" : "");
}

static void allow(void *ctx, const struct auth_request *q, struct auth_answer *answer)
{
    saw(ctx, "allow", q);
    if (slice_eq(q->login, SLICE("locked")))
        *answer = (struct auth_answer){ -1, SLICE("locked \"here\"\r\nincident 7") };
    if (slice_eq(q->login, SLICE("slow")))
        answer->status = 3;
}

static void report(void *ctx, const struct auth_request *q)
{
    saw(ctx, "report", q);
}

static void reset(void *ctx, struct slice login, struct slice ip)
{
    struct auth_scene *s = ctx;

    snprintf(s->saw, sizeof s->saw, "reset %.*s %.*s", SLICE_ARG(login), SLICE_ARG(ip));
}

static void stats(void *ctx, struct slice login, struct slice ip, struct buf *json)
{
    (void)ctx;
    if (slice_eq(login, SLICE("huge")))
        for (int i = 0; i < 10000; i++)
            buf_add(json, SLICE("0123456789"));
    buf_printf(json, "{\"login\":\"%.*s\",\"ip\":\"%.*s\"}", SLICE_ARG(login), SLICE_ARG(ip));
}

static void trouble(void *ctx, const char *what)
{
    struct auth_scene *s = ctx;

    assert_true(strlen(what) > 0);
    s->troubles++;
}

static int listener(uint16_t *port, int send_buffer)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (send_buffer > 0)
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer),
                         0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 64) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

void auth_scene_open(struct auth_scene *s, struct auth_door_options options, int send_buffer)
{
    int fd;

    *s = (struct auth_scene){ .base = event_base_new(), .answers = memory_new(ANSWERS_MAX, 1) };
    fd = listener(&s->port, send_buffer);
    options.allow = allow;
    options.report = report;
    options.reset = reset;
    options.stats = stats;
    options.trouble = trouble;
    options.ctx = s;
    s->door = auth_door_new(s->base, &fd, 1, &options);
    assert_non_null(s->door);
}

void auth_scene_done(struct auth_scene *s)
{
    auth_door_free(s->door);
    event_base_free(s->base);
    free(s->answers);
}

void auth_turn(struct auth_scene *s)
{
    (void)event_base_loop(s->base, EVLOOP_NONBLOCK);
}

int auth_client(const struct auth_scene *s)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(s->port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

void auth_say(struct auth_scene *s, int fd, struct slice text)
{
    while (text.n > 0) {
        ssize_t n = send(fd, text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);

        auth_turn(s);
        if (n > 0)
            text = slice_from(text, (size_t)n);
        else if (n < 0 && errno != EAGAIN)
            return; /* closed: the test looks at the answer */
    }
}

bool auth_hear_some(struct auth_scene *s, int fd)
{
    ssize_t n = recv(fd, s->answers + s->answers_n, ANSWERS_MAX - s->answers_n - 1, MSG_DONTWAIT);

    if (n > 0)
        s->answers_n += (size_t)n;
    s->answers[s->answers_n] = '\0';
    return n > 0 || (n < 0 && errno == EAGAIN);
}

unsigned auth_answers(const struct auth_scene *s)
{
    unsigned n = 0;

    for (const char *at = s->answers; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++)
        n++;
    return n;
}

bool auth_hear(struct auth_scene *s, int fd, unsigned answers)
{
    for (int i = 0; i < AUTH_ROUNDS; i++) {
        auth_turn(s);
        if (!auth_hear_some(s, fd))
            return false;
        if (auth_answers(s) >= answers && s->answers[s->answers_n - 1] == '}')
            return true;
    }
    fail_msg("no answer: %s", s->answers);
    return false;
}

void auth_forget(struct auth_scene *s)
{
    s->answers_n = 0;
    s->answers[0] = '\0';
    s->saw[0] = '\0';
}

struct slice auth_post(char *out, size_t room, const char *target, const char *fields,
                       const char *body)
{
    int n = snprintf(out, room, "POST %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n%s",
                     target, fields, strlen(body), body);

    return (struct slice){ out, (size_t)n };
}
