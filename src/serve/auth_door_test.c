#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "serve/auth_door.h"

#include "base/ban.h"

enum { ANSWERS_MAX = 1 << 20, ROUNDS = 200000 };

/* A door, and what its callbacks saw last. */
struct scene {
    struct event_base *base;
    struct auth_door *door;
    uint16_t port;
    char saw[256];
    unsigned troubles;
    char *answers; /* of the client's connection */
    size_t answers_n;
};

static void saw(struct scene *s, const char *what, const struct auth_request *q)
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
    struct scene *s = ctx;

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
    struct scene *s = ctx;

    assert_true(strlen(what) > 0);
    s->troubles++;
}

static int listener(uint16_t *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 64) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* `s` must not move afterwards: the callbacks know its place. */
static void scene_open(struct scene *s, struct auth_door_options options)
{
    int fd;

    *s = (struct scene){ .base = event_base_new(), .answers = memory_new(ANSWERS_MAX, 1) };
    fd = listener(&s->port);
    options.allow = allow;
    options.report = report;
    options.reset = reset;
    options.stats = stats;
    options.trouble = trouble;
    options.ctx = s;
    s->door = auth_door_new(s->base, &fd, 1, &options);
    assert_non_null(s->door);
}

static void scene_done(struct scene *s)
{
    auth_door_free(s->door);
    event_base_free(s->base);
    free(s->answers);
}

static void turn(struct scene *s)
{
    (void)event_base_loop(s->base, EVLOOP_NONBLOCK);
}

static int client(const struct scene *s)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(s->port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void say(struct scene *s, int fd, struct slice text)
{
    while (text.n > 0) {
        ssize_t n = send(fd, text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);

        turn(s);
        if (n > 0)
            text = slice_from(text, (size_t)n);
        else if (n < 0 && errno != EAGAIN)
            return; /* closed: the test looks at the answer */
    }
}

/* Read into s->answers; false at the end of the connection. */
static bool hear_some(struct scene *s, int fd)
{
    ssize_t n = recv(fd, s->answers + s->answers_n, ANSWERS_MAX - s->answers_n - 1, MSG_DONTWAIT);

    if (n > 0)
        s->answers_n += (size_t)n;
    s->answers[s->answers_n] = '\0';
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static unsigned answers_count(const struct scene *s)
{
    unsigned n = 0;

    for (const char *at = s->answers; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++)
        n++;
    return n;
}

/* Until `answers` are there and end with '}', or the door closes; false then. */
static bool hear(struct scene *s, int fd, unsigned answers)
{
    for (int i = 0; i < ROUNDS; i++) {
        turn(s);
        if (!hear_some(s, fd))
            return false;
        if (answers_count(s) >= answers && s->answers[s->answers_n - 1] == '}')
            return true;
    }
    fail_msg("no answer: %s", s->answers);
    return false;
}

static void forget(struct scene *s)
{
    s->answers_n = 0;
    s->answers[0] = '\0';
    s->saw[0] = '\0';
}

static struct slice post(char *out, size_t room, const char *target, const char *fields,
                         const char *body)
{
    int n = snprintf(out, room, "POST %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n%s",
                     target, fields, strlen(body), body);

    return (struct slice){ out, (size_t)n };
}

static const struct answer_case {
    const char *target, *fields, *body, *status, *want, *saw;
} answer_cases[] = {
    { "/?command=allow", "",
      "{\"device_id\":\"\",\"login\":\"alice\",\"protocol\":\"imap\",\"pwhash\":\"060e\","
      "\"remote\":\"192.0.2.1\",\"session_id\":\"abc\",\"tls\":true}",
      "200 OK", "{\"status\":0,\"msg\":\"\",\"r_attrs\":{}}",
      "allow alice 192.0.2.1 060e imap abc tls" },
    { "/command/report", "",
      "{\"login\":\"\",\"remote\":\"::1\",\"success\":false,\"policy_reject\":true}", "200 OK",
      "{\"status\":\"ok\"}", "report  ::1    reject" },
    { "/?x&command=report", "", "{\"login\":\"a\",\"success\":true,\"attrs\":{\"a\":[\"b\"]}}",
      "200 OK", "{\"status\":\"ok\"}", "report a     success" },
    { "/?command=allow", "", "{\"login\":\"locked\"}", "200 OK",
      "{\"status\":-1,\"msg\":\"locked \\\"here\\\"\?\?incident 7\",\"r_attrs\":{}}",
      "allow locked    " },
    { "/?command=allow", "", "{\"login\":\"slow\"}", "200 OK",
      "{\"status\":3,\"msg\":\"\",\"r_attrs\":{}}", "allow slow    " },
    { "/?command=reset", "", "{\"login\":\"a\"}", "200 OK", "{\"status\":\"ok\"}", "reset a " },
    { "/?command=reset", "", "{\"ip\":\"192.0.2.1\"}", "200 OK", "{\"status\":\"ok\"}",
      "reset  192.0.2.1" },
    { "/?command=reset", "", "{}", "400 Bad Request", "neither login nor ip", "" },
    { "/?command=getDBStats", "", "{\"login\":\"a\"}", "200 OK", "{\"login\":\"a\",\"ip\":\"\"}",
      "" },
    { "/?command=getDBStats", "", "{\"login\":\"huge\"}", "500 Internal", "too long", "" },
    { "/?command=getDBStats", "", "{}", "400 Bad Request", "neither login nor ip", "" },
    { "/?command=allow", "", "{\"login\":}", "400 Bad Request",
      "{\"status\":\"failure\",\"reason\":\"a value is missing, or is none\"}", "" },
    { "/?command=allow", "", "", "400 Bad Request", "not a JSON object", "" },
    { "/?command=addBLEntry", "", "{}", "404 Not Found", "mailfuse block client", "" },
    { "/?command=syncDBs", "", "{}", "404 Not Found", "no siblings", "" },
    { "/?command=Allow", "", "{}", "404 Not Found", "no such command", "" },
    { "/", "", "{}", "404 Not Found", "no such command", "" },
    { "/favicon.ico?command=allow", "", "{}", "404 Not Found", "no such command", "" },
    { "/?command=ping", "", "{}", "200 OK", "{\"status\":\"ok\"}", "" },
    { "/livez", "", "", "405 Method Not Allowed", "only GET", "" },
};

/* One after the other on one connection, which stays open through all of them. */
static void answers(void **state)
{
    struct scene s;
    char request[2048];
    int fd;

    (void)state;
    scene_open(&s, (struct auth_door_options){ 0 });
    fd = client(&s);
    for (size_t i = 0; i < COUNT(answer_cases); i++) {
        const struct answer_case *c = &answer_cases[i];

        forget(&s);
        say(&s, fd, post(request, sizeof request, c->target, c->fields, c->body));
        if (!hear(&s, fd, 1))
            fail_msg("%s %s: closed", c->target, c->body);
        if (strncmp(s.answers + 9, c->status, strlen(c->status)) != 0 ||
            strstr(s.answers, c->want) == NULL || strcmp(s.saw, c->saw) != 0)
            fail_msg("%s %s: got %s and \"%s\"", c->target, c->body, s.answers, s.saw);
    }
    assert_int_equal(auth_door_stats(s.door).allow, 3);
    assert_int_equal(auth_door_stats(s.door).refused, 1);
    assert_int_equal(auth_door_stats(s.door).delayed, 1);
    assert_int_equal(auth_door_stats(s.door).report, 2);
    assert_int_equal(auth_door_stats(s.door).connections, 1);
    close(fd);
    scene_done(&s);
}

static const struct key_case {
    const char *target, *fields;
    bool right;
} key_cases[] = {
    { "/?command=ping", "X-API-Key: secret\r\n", true },
    { "/?command=ping", "Authorization: Basic d2ZvcmNlOnNlY3JldA==\r\n", true },
    { "/?command=ping", "authorization: basic OnNlY3JldA\r\n", true },
    { "/?command=ping", "", false },
    { "/?command=nothing", "", false },
    { "/?command=ping", "X-API-Key: Secret\r\n", false },
    { "/?command=ping", "X-API-Key: secre\r\n", false },
    { "/?command=ping", "X-API-Key: secrets\r\n", false },
    { "/?command=ping", "X-API-Key: x\r\nAuthorization: Basic d2ZvcmNlOnNlY3JldA==\r\n", false },
    { "/?command=ping", "Authorization: Bearer secret\r\n", false },
    { "/?command=ping", "Authorization: Basic c2VjcmV0\r\n", false }, /* no ':' */
    { "/?command=ping", "Authorization: Basic d2ZvcmNlOnNlY3JldA=?\r\n", false },
};

static void keys(void **state)
{
    struct scene s;
    char request[2048];
    int fd;

    (void)state;
    scene_open(&s, (struct auth_door_options){ .key = SLICE("secret") });
    fd = client(&s);
    for (size_t i = 0; i < COUNT(key_cases); i++) {
        const struct key_case *c = &key_cases[i];

        forget(&s);
        say(&s, fd, post(request, sizeof request, c->target, c->fields, "{}"));
        assert_true(hear(&s, fd, 1));
        if (strncmp(s.answers + 9, c->right ? "200" : "401", 3) != 0)
            fail_msg("%s: got %s", c->fields, s.answers);
    }
    assert_int_equal(auth_door_stats(s.door).unauthorized, 9);
    assert_int_equal(s.troubles, 1); /* no more than one a second */
    assert_true(auth_door_set_key(s.door, SLICE("new")));
    forget(&s);
    say(&s, fd, post(request, sizeof request, "/?command=ping", "X-API-Key: new\r\n", "{}"));
    assert_true(hear(&s, fd, 1));
    assert_non_null(strstr(s.answers, "200 OK"));
    close(fd);
    scene_done(&s);
}

static const struct close_case {
    struct slice in;
    const char *status;
} close_cases[] = {
    { SLICE_INIT("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), "200" },
    { SLICE_INIT("GET /readyz HTTP/1.0\r\n\r\n"), "200" },
    { SLICE_INIT("hello\r\n\r\n"), "400" },
    { SLICE_INIT("GET / HTTP/1.1\r\nHost: \0\r\n\r\n"), "400" },
    { SLICE_INIT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      "411" },
    { SLICE_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"), "413" },
    { SLICE_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "400" },
    { SLICE_INIT("GET / HTTP/2.0\r\n\r\n"), "505" },
};

static void what_closes_a_connection(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, (struct auth_door_options){ 0 });
    for (size_t i = 0; i < COUNT(close_cases); i++) {
        int fd = client(&s);

        forget(&s);
        say(&s, fd, close_cases[i].in);
        while (hear(&s, fd, 2)) /* until the door closes */
            ;
        if (strncmp(s.answers + 9, close_cases[i].status, 3) != 0 ||
            strstr(s.answers, "Connection: close") == NULL)
            fail_msg("%s: got %s", close_cases[i].in.p, s.answers);
        close(fd);
        turn(&s);
        turn(&s);
        assert_int_equal(auth_door_stats(s.door).connections, 0);
    }
    scene_done(&s);
}

/* Byte by byte, and all at once: the same answers. */
static void pieces(void **state)
{
    struct scene s;
    char request[1024], *many = memory_new(3000, 512);
    struct slice one =
        post(request, sizeof request, "/?command=allow", "", "{\"login\":\"locked\"}");
    size_t n = 0;
    int fd;

    (void)state;
    scene_open(&s, (struct auth_door_options){ 0 });
    fd = client(&s);
    for (size_t i = 0; i < one.n; i++)
        say(&s, fd, (struct slice){ one.p + i, 1 });
    assert_true(hear(&s, fd, 1));
    for (; n < 3000 * one.n; n += one.n)
        memcpy(many + n, one.p, one.n);
    forget(&s);
    say(&s, fd, (struct slice){ many, n });
    assert_true(hear(&s, fd, 3000));
    assert_int_equal(answers_count(&s), 3000);
    assert_int_equal(auth_door_stats(s.door).refused, 3001);
    close(fd);
    free(many);
    scene_done(&s);
}

static void a_client_that_expects_100(void **state)
{
    struct scene s;
    int fd;

    (void)state;
    scene_open(&s, (struct auth_door_options){ 0 });
    fd = client(&s);
    say(&s, fd,
        SLICE("POST /?command=reset HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
              "Content-Length: 13\r\n\r\n"));
    for (int i = 0; i < ROUNDS && s.answers_n == 0; i++) {
        turn(&s);
        assert_true(hear_some(&s, fd));
    }
    assert_string_equal(s.answers, "HTTP/1.1 100 Continue\r\n\r\n");
    say(&s, fd, SLICE("{\"login\""));
    say(&s, fd, SLICE(":\"a\"}"));
    assert_true(hear(&s, fd, 2));
    assert_string_equal(s.saw, "reset a ");
    assert_int_equal(answers_count(&s), 2);
    close(fd);
    scene_done(&s);
}

/* Those that are served stay; who is idle makes room for who comes. */
static void too_many_connections(void **state)
{
    struct scene s;
    int fd[5];
    char c;

    (void)state;
    scene_open(&s, (struct auth_door_options){ .connections = 3 });
    for (int i = 0; i < 4; i++) {
        fd[i] = client(&s);
        say(&s, fd[i], i < 2 ? SLICE("POST / HT") : SLICE(""));
        for (int k = 0; k < 100; k++)
            turn(&s);
    }
    assert_int_equal(auth_door_stats(s.door).connections, 3);
    assert_int_equal(recv(fd[2], &c, 1, 0), 0); /* the idle one */
    say(&s, fd[3], SLICE("G"));
    fd[4] = client(&s);
    for (int k = 0; k < 100; k++)
        turn(&s);
    assert_true(recv(fd[4], &c, 1, 0) <= 0); /* all are busy */
    assert_int_equal(auth_door_stats(s.door).turned_away, 2);
    for (int i = 0; i < 5; i++)
        close(fd[i]);
    scene_done(&s);
}

/* Waits for real time, but no longer than a deadline of 10 ms and the door's second. */
static void half_a_request_is_closed(void **state)
{
    struct scene s;
    int fd;

    (void)state;
    scene_open(&s, (struct auth_door_options){ .request_ms = 10 });
    fd = client(&s);
    say(&s, fd, SLICE("POST /?command=allow HTTP/1.1\r\nHost:"));
    turn(&s);
    while (auth_door_stats(s.door).connections > 0)
        (void)event_base_loop(s.base, EVLOOP_ONCE);
    assert_int_equal(auth_door_stats(s.door).timed_out, 1);
    assert_int_equal(s.troubles, 1);
    close(fd);
    scene_done(&s);
}

/* Answers that nobody fetches stop the reading, and then end the connection. */
static void a_client_that_does_not_read(void **state)
{
    struct scene s;
    char request[512];
    struct slice one =
        post(request, sizeof request, "/?command=allow", "", "{\"login\":\"locked\"}");
    int fd;

    (void)state;
    scene_open(&s, (struct auth_door_options){ .request_ms = 10 });
    fd = client(&s);
    turn(&s);
    for (int i = 0; auth_door_stats(s.door).connections > 0; i++) {
        assert_true(i < 10000000);
        (void)send(fd, one.p, one.n, MSG_DONTWAIT | MSG_NOSIGNAL);
        turn(&s);
    }
    assert_int_equal(auth_door_stats(s.door).timed_out, 1);
    close(fd);
    scene_done(&s);
}

static void draining(void **state)
{
    struct scene s;
    int idle, busy;
    char c;

    (void)state;
    scene_open(&s, (struct auth_door_options){ 0 });
    idle = client(&s);
    busy = client(&s);
    say(&s, busy, SLICE("GET /readyz HTTP/1.1\r\n"));
    for (int k = 0; k < 100; k++)
        turn(&s);
    auth_door_drain(s.door);
    assert_int_equal(recv(idle, &c, 1, 0), 0);
    say(&s, busy, SLICE("Host: a\r\n\r\n"));
    while (hear(&s, busy, 2))
        ;
    assert_non_null(strstr(s.answers, "503 Service Unavailable"));
    assert_non_null(strstr(s.answers, "shutting down"));
    close(busy);
    for (int k = 0; k < 100; k++)
        turn(&s);
    assert_int_equal(auth_door_stats(s.door).connections, 0);
    close(idle);
    scene_done(&s);
}

static void long_keys_are_refused(void **state)
{
    struct scene s;
    char key[AUTH_KEY_MAX + 1];

    (void)state;
    memset(key, 'k', sizeof key);
    scene_open(&s, (struct auth_door_options){ .key = { key, AUTH_KEY_MAX } });
    assert_false(auth_door_set_key(s.door, (struct slice){ key, AUTH_KEY_MAX + 1 }));
    scene_done(&s);
    auth_door_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(keys),
        cmocka_unit_test(what_closes_a_connection),
        cmocka_unit_test(pieces),
        cmocka_unit_test(a_client_that_expects_100),
        cmocka_unit_test(too_many_connections),
        cmocka_unit_test(half_a_request_is_closed),
        cmocka_unit_test(a_client_that_does_not_read),
        cmocka_unit_test(draining),
        cmocka_unit_test(long_keys_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
