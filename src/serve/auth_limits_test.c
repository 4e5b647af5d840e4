#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "serve/auth_scene.h"

#include "base/ban.h"

/* Byte by byte, and all at once: the same answers. */
static void pieces(void **state)
{
    struct auth_scene s;
    char request[1024], *many = memory_new(3000, 512);
    struct slice one =
        auth_post(request, sizeof request, "/?command=allow", "", "{\"login\":\"locked\"}");
    size_t n = 0;
    int fd;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ 0 }, 0);
    fd = auth_client(&s);
    for (size_t i = 0; i < one.n; i++)
        auth_say(&s, fd, (struct slice){ one.p + i, 1 });
    assert_true(auth_hear(&s, fd, 1));
    for (; n < 3000 * one.n; n += one.n)
        memcpy(many + n, one.p, one.n);
    auth_forget(&s);
    auth_say(&s, fd, (struct slice){ many, n });
    assert_true(auth_hear(&s, fd, 3000));
    assert_int_equal(auth_answers(&s), 3000);
    assert_int_equal(auth_door_stats(s.door).refused, 3001);
    close(fd);
    free(many);
    auth_scene_done(&s);
}

static void a_client_that_expects_100(void **state)
{
    struct auth_scene s;
    int fd;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ 0 }, 0);
    fd = auth_client(&s);
    auth_say(&s, fd,
             SLICE("POST /?command=reset HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                   "Content-Length: 13\r\n\r\n"));
    for (int i = 0; i < AUTH_ROUNDS && s.answers_n == 0; i++) {
        auth_turn(&s);
        assert_true(auth_hear_some(&s, fd));
    }
    assert_string_equal(s.answers, "HTTP/1.1 100 Continue\r\n\r\n");
    auth_say(&s, fd, SLICE("{\"login\""));
    auth_say(&s, fd, SLICE(":\"a\"}"));
    assert_true(auth_hear(&s, fd, 2));
    assert_string_equal(s.saw, "reset a ");
    assert_int_equal(auth_answers(&s), 2);
    close(fd);
    auth_scene_done(&s);
}

/* Those that are served stay; who is idle makes room for who comes. */
static void too_many_connections(void **state)
{
    struct auth_scene s;
    int fd[5];
    char c;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ .connections = 3 }, 0);
    for (int i = 0; i < 4; i++) {
        fd[i] = auth_client(&s);
        auth_say(&s, fd[i], i < 2 ? SLICE("POST / HT") : SLICE(""));
        for (int k = 0; k < 100; k++)
            auth_turn(&s);
    }
    assert_int_equal(auth_door_stats(s.door).connections, 3);
    assert_int_equal(recv(fd[2], &c, 1, 0), 0); /* the idle one */
    auth_say(&s, fd[3], SLICE("G"));
    fd[4] = auth_client(&s);
    for (int k = 0; k < 100; k++)
        auth_turn(&s);
    assert_true(recv(fd[4], &c, 1, 0) <= 0); /* all are busy */
    assert_int_equal(auth_door_stats(s.door).turned_away, 2);
    for (int i = 0; i < 5; i++)
        close(fd[i]);
    auth_scene_done(&s);
}

/* Waits for real time, but no longer than a deadline of 10 ms and the door's second. */
static void half_a_request_is_closed(void **state)
{
    struct auth_scene s;
    int fd;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ .request_ms = 10 }, 0);
    fd = auth_client(&s);
    auth_say(&s, fd, SLICE("POST /?command=allow HTTP/1.1\r\nHost:"));
    auth_turn(&s);
    while (auth_door_stats(s.door).connections > 0)
        (void)event_base_loop(s.base, EVLOOP_ONCE);
    assert_int_equal(auth_door_stats(s.door).timed_out, 1);
    assert_int_equal(s.troubles, 1);
    close(fd);
    auth_scene_done(&s);
}

/* Answers that nobody fetches stop the reading, and then end the connection. More of them than the
 * buffers of the sockets take. */
static void a_client_that_does_not_read(void **state)
{
    struct auth_scene s;
    char request[512];
    struct slice one =
        auth_post(request, sizeof request, "/?command=allow", "", "{\"login\":\"locked\"}");
    int fd, small = 4096;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ .request_ms = 10 }, small);
    fd = auth_client(&s);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    for (int i = 0; i < 3000; i++) {
        (void)send(fd, one.p, one.n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (i % 500 == 0)
            auth_turn(&s);
    }
    while (auth_door_stats(s.door).connections > 0)
        (void)event_base_loop(s.base, EVLOOP_ONCE);
    assert_int_equal(auth_door_stats(s.door).timed_out, 1);
    assert_true(auth_door_stats(s.door).refused < 3000);
    close(fd);
    auth_scene_done(&s);
}

/* Who comes when there are no file descriptors waits, and is served a second later. */
static void no_file_descriptors(void **state)
{
    struct auth_scene s;
    struct rlimit usual, less;
    int fd, next;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ 0 }, 0);
    fd = auth_client(&s);
    next = dup(fd);
    assert_true(next >= 0 && close(next) == 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    less = (struct rlimit){ (rlim_t)next, usual.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &less), 0);
    (void)event_base_loop(s.base, EVLOOP_ONCE);
    assert_int_equal(auth_door_stats(s.door).connections, 0);
    assert_int_equal(s.troubles, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    while (auth_door_stats(s.door).connections == 0)
        (void)event_base_loop(s.base, EVLOOP_ONCE);
    auth_say(&s, fd, SLICE("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(auth_hear(&s, fd, 1));
    close(fd);
    auth_scene_done(&s);
}

static void draining(void **state)
{
    struct auth_scene s;
    int idle, busy;
    char c;

    (void)state;
    auth_scene_open(&s, (struct auth_door_options){ 0 }, 0);
    idle = auth_client(&s);
    busy = auth_client(&s);
    auth_say(&s, busy, SLICE("GET /readyz HTTP/1.1\r\n"));
    for (int k = 0; k < 100; k++)
        auth_turn(&s);
    auth_door_drain(s.door);
    assert_int_equal(recv(idle, &c, 1, 0), 0);
    auth_say(&s, busy, SLICE("Host: a\r\n\r\n"));
    while (auth_hear(&s, busy, 2))
        ;
    assert_non_null(strstr(s.answers, "503 Service Unavailable"));
    assert_non_null(strstr(s.answers, "shutting down"));
    close(busy);
    for (int k = 0; k < 100; k++)
        auth_turn(&s);
    assert_int_equal(auth_door_stats(s.door).connections, 0);
    close(idle);
    auth_scene_done(&s);
}

static void long_keys_are_refused(void **state)
{
    struct auth_scene s;
    char key[AUTH_KEY_MAX + 1];

    (void)state;
    memset(key, 'k', sizeof key);
    auth_scene_open(&s, (struct auth_door_options){ .key = { key, AUTH_KEY_MAX } }, 0);
    assert_false(auth_door_set_key(s.door, (struct slice){ key, AUTH_KEY_MAX + 1 }));
    auth_scene_done(&s);
    auth_door_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces),
        cmocka_unit_test(a_client_that_expects_100),
        cmocka_unit_test(too_many_connections),
        cmocka_unit_test(half_a_request_is_closed),
        cmocka_unit_test(a_client_that_does_not_read),
        cmocka_unit_test(no_file_descriptors),
        cmocka_unit_test(draining),
        cmocka_unit_test(long_keys_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
