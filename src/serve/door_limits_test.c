/* door_limits_test.c - what a door does when there is too much, or nothing for too long. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/door_scene.h"

#include "base/ban.h"

#define ANSWER "action=HOLD a\n\n"

static void test_the_longest_quiet_makes_room(void **state)
{
    struct scene s;
    int fd[4];

    (void)state;
    scene_open(&s, (struct policy_door_options){ .max_connections = 3 });
    for (size_t i = 0; i < 3; i++)
        fd[i] = scene_join(&s);
    scene_say(s.base, fd[0], SLICE(ASK("a"))); /* now the second is the longest quiet one */
    scene_expect(&s, fd[0], ANSWER);
    fd[3] = scene_join(&s);
    scene_expect_end(&s, fd[1], "");
    assert_int_equal(s.closed_last, 2);
    scene_say(s.base, fd[3], SLICE(ASK("a")));
    scene_expect(&s, fd[3], ANSWER);
    assert_int_equal(s.stats.door.connections, 3);
    assert_int_equal(s.stats.door.displaced, 1);
    assert_int_equal(s.stats.door.refused, 0);
    for (size_t i = 0; i < 4; i++)
        close(fd[i]);
    scene_close(&s);
}

static void test_none_is_quiet(void **state)
{
    struct scene s;
    int fd[3];

    (void)state;
    scene_open(&s, (struct policy_door_options){ .max_connections = 2 });
    for (size_t i = 0; i < 2; i++) {
        fd[i] = scene_join(&s);
        scene_say(s.base, fd[i], SLICE(REQUEST));
        scene_turn(&s);
    }
    fd[2] = scene_join(&s);
    scene_expect_end(&s, fd[2], "");
    assert_int_equal(s.stats.door.refused, 1);
    assert_string_equal(s.trouble, "policy: too many connections, none of them quiet");
    for (size_t i = 0; i < 2; i++) {
        scene_say(s.base, fd[i], SLICE("sender=a\n\n"));
        scene_expect(&s, fd[i], ANSWER);
    }
    for (size_t i = 0; i < 3; i++)
        close(fd[i]);
    scene_close(&s);
}

static void test_quiet_too_long(void **state)
{
    struct scene s;
    int fd;

    (void)state;
    scene_open(&s, (struct policy_door_options){ .idle_ms = 20 });
    fd = scene_join(&s);
    scene_say(s.base, fd, SLICE(ASK("a")));
    scene_expect_end(&s, fd, ANSWER);
    assert_int_equal(s.stats.door.late, 0);
    assert_int_equal(s.troubles, 0); /* as it should be */
    close(fd);
    scene_close(&s);
}

/* A byte now and then does not give it more time; a request in time does. */
static void test_half_too_long(void **state)
{
    struct pollfd wait = { .events = POLLIN };
    struct scene s;

    (void)state;
    scene_open(&s, (struct policy_door_options){ .request_ms = 20 });
    wait.fd = scene_join(&s);
    scene_say(s.base, wait.fd, SLICE(ASK("a") REQUEST "sender="));
    scene_expect(&s, wait.fd, ANSWER);
    for (int i = 0; i < SCENE_WAIT_MS && s.closed == 0; i++) {
        (void)send(wait.fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        scene_turn(&s);
        (void)poll(&wait, 1, 1);
    }
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.stats.door.late, 1);
    assert_non_null(strstr(s.trouble, " did not finish its request in time: \"request=smtpd_acce"));
    close(wait.fd);
    scene_close(&s);
}

/* Asks so often at once, for such long answers, that they do not all go out; returns how often. */
static size_t ask_much(struct scene *s, int fd, struct buf *action)
{
    struct buf asks = buf_make(60000);
    size_t n = 0;

    while (action->n < action->limit)
        buf_add_char(action, 'x');
    s->action = buf_slice(action);
    for (; asks.n + sizeof ASK("a") < asks.limit; n++)
        buf_add(&asks, SLICE(ASK("a")));
    scene_say(s->base, fd, buf_slice(&asks));
    scene_turn(s);
    assert_in_range(s->stats.door.requests, 1, n - 1);
    buf_done(&asks);
    return n;
}

static void test_answers_not_taken(void **state)
{
    struct buf action = buf_make(POLICY_ACTION_MAX);
    struct pollfd wait = { .events = 0 };
    struct scene s;

    (void)state;
    scene_open(&s, (struct policy_door_options){ .request_ms = 20 });
    wait.fd = scene_join_local(&s);
    (void)ask_much(&s, wait.fd, &action);
    for (int i = 0; i < SCENE_WAIT_MS && s.closed == 0; i++) {
        (void)poll(&wait, 1, 1);
        scene_turn(&s);
    }
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.stats.door.late, 1);
    assert_non_null(strstr(s.trouble, " did not take its answers in time"));
    buf_done(&action);
    close(wait.fd);
    scene_close(&s);
}

/* So few file descriptors that the next number is `next`; returns what was allowed. */
static struct rlimit allow(rlim_t next)
{
    struct rlimit before, now;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    now = before;
    now.rlim_cur = next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    return before;
}

static void connect_to(const struct scene *s, int fd)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)s->port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
}

/* Without file descriptors: a quiet connection makes room; without one, the new one is closed. */
static void test_no_files(void **state)
{
    struct rlimit before;
    struct scene s;
    int quiet, fd[2];

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    fd[0] = socket(AF_INET, SOCK_STREAM, 0);
    fd[1] = socket(AF_INET, SOCK_STREAM, 0);
    quiet = scene_join(&s);
    before = allow((rlim_t)quiet + 2); /* the door's end of it is the last */
    connect_to(&s, fd[0]);
    scene_turn(&s);
    scene_expect_end(&s, quiet, "");
    assert_int_equal(s.stats.door.displaced, 1);
    scene_say(s.base, fd[0], SLICE(REQUEST));
    scene_turn(&s);
    connect_to(&s, fd[1]);
    scene_expect_end(&s, fd[1], "");
    assert_int_equal(s.stats.door.refused, 1);
    assert_string_equal(s.trouble, "policy: no file descriptor for a new connection");
    scene_say(s.base, fd[0], SLICE("sender=a\n\n"));
    scene_expect(&s, fd[0], ANSWER);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    close(quiet);
    close(fd[0]);
    close(fd[1]);
    scene_close(&s);
}

/* Not even the spare one helps: the door does not spin, and accepts later. */
static void test_no_files_at_all(void **state)
{
    struct rlimit before;
    struct scene s;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    before = allow((rlim_t)fd);
    connect_to(&s, fd);
    for (int i = 0; i < 20; i++)
        scene_turn(&s);
    assert_in_range(s.stats.door.no_files, 1, 2); /* 2: on a machine that stood still meanwhile */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    scene_say(s.base, fd, SLICE(ASK("a")));
    scene_expect(&s, fd, ANSWER);
    assert_int_equal(s.stats.door.accepted, 1);
    close(fd);
    scene_close(&s);
}

/* Quiet ones end at once, those that asked after their answer, and nobody comes in. */
static void test_drain(void **state)
{
    struct sockaddr_in to = { .sin_family = AF_INET };
    struct scene s;
    int quiet, asked, half, late = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    quiet = scene_join(&s);
    asked = scene_join(&s);
    half = scene_join(&s);
    scene_say(s.base, half, SLICE(REQUEST));
    scene_turn(&s);
    assert_int_equal(send(asked, ASK("a"), sizeof ASK("a") - 1, 0), sizeof ASK("a") - 1);
    policy_door_drain(s.door);
    scene_expect_end(&s, quiet, "");
    scene_expect_end(&s, asked, ANSWER);
    assert_int_equal(s.stats.door.connections, 1);
    scene_say(s.base, half, SLICE("sender=a\n\n"));
    scene_expect_end(&s, half, ANSWER);
    assert_int_equal(s.stats.door.connections, 0);
    assert_int_equal(s.closed, 3);
    to.sin_port = htons((uint16_t)s.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(late, (struct sockaddr *)&to, sizeof to), -1);
    assert_int_equal(errno, ECONNREFUSED);
    policy_door_drain(s.door); /* once more does no harm */
    close(quiet);
    close(asked);
    close(half);
    close(late);
    assert_int_equal(event_base_dispatch(s.base), 1); /* nothing is left that would wake us */
    scene_close(&s);
}

/* Somebody who takes the answers slowly is not cut off when the door drains. */
static void test_drain_slow(void **state)
{
    struct buf got = buf_make(SIZE_MAX / 2), action = buf_make(POLICY_ACTION_MAX);
    struct scene s;
    size_t n;
    int fd;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    fd = scene_join_local(&s);
    n = ask_much(&s, fd, &action);
    policy_door_drain(s.door);
    assert_true(scene_hear(s.base, fd, SIZE_MAX, &got));
    assert_int_equal(got.n, n * (POLICY_ACTION_MAX + sizeof "action=\n\n" - 1));
    buf_done(&got);
    buf_done(&action);
    close(fd);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_longest_quiet_makes_room),
        cmocka_unit_test(test_none_is_quiet),
        cmocka_unit_test(test_quiet_too_long),
        cmocka_unit_test(test_half_too_long),
        cmocka_unit_test(test_answers_not_taken),
        cmocka_unit_test(test_no_files),
        cmocka_unit_test(test_no_files_at_all),
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_drain_slow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
