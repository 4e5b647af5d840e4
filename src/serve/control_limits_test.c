/* The control socket: what is too much, and what is too slow. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/control_scene.h"

#include "base/ban.h"

static void a_request_has_a_longest(void **state)
{
    char *long_one = malloc(CONTROL_REQUEST_MAX + 2);
    struct scene s;
    int fd;

    (void)state;
    assert_non_null(long_one);
    memset(long_one, ' ', CONTROL_REQUEST_MAX + 1);
    memcpy(long_one + CONTROL_REQUEST_MAX - sizeof STATUS + 1, STATUS, sizeof STATUS - 1);
    open_scene(&s, (struct control_door_options){ 0 }, NULL, 0);
    fd = join(&s);
    say(&s, fd, (struct slice){ long_one, CONTROL_REQUEST_MAX });
    expect(&s, fd, 1, STATUS_REPLY);
    long_one[CONTROL_REQUEST_MAX - 1] = ' ';
    say(&s, fd, (struct slice){ long_one, CONTROL_REQUEST_MAX + 1 });
    expect(&s, fd, 9, "{\"ok\":false,\"error\":\"the request is too long\"}\n");
    assert_int_equal(0, s.stats.connections);
    close(fd);
    close_scene(&s);
    free(long_one);
}

/* Wait for what a deadline does: the descriptor becomes readable. */
static void wait_for(struct scene *s, int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    for (int i = 0; i < 5000 && poll(&p, 1, 1) == 0; i++)
        turn(s);
}

static void who_is_slow_is_cut_off(void **state)
{
    struct scene s;
    struct buf got = buf_make(1 << 20);
    int half, mute, deaf;

    (void)state;
    open_scene(&s, (struct control_door_options){ .idle_ms = 20, .request_ms = 5, .write_ms = 20 },
               NULL, 0);
    half = join(&s);
    say(&s, half, SLICE("{\"command\":"));
    wait_for(&s, half);
    expect(&s, half, 9, "{\"ok\":false,\"error\":\"the request came too slowly\"}\n");
    mute = join(&s);
    wait_for(&s, mute);
    assert_true(hear(&s, mute, 1, &got));
    deaf = join(&s);
    say(&s, deaf, SLICE("{\"command\":\"journal\",\"limit\":50000}\n"));
    for (int i = 0; i < 5000 && s.stats.connections > 0; i++) {
        (void)poll(NULL, 0, 1);
        turn(&s);
    }
    assert_int_equal(0, s.stats.connections);
    assert_int_equal(3, s.stats.late);
    close(half);
    close(mute);
    close(deaf);
    buf_done(&got);
    close_scene(&s);
}

static void connections_have_a_limit(void **state)
{
    struct scene s;
    int a, b, c;

    (void)state;
    open_scene(&s, (struct control_door_options){ .max_connections = 2 }, NULL, 0);
    a = join(&s);
    b = join(&s);
    c = join(&s);
    expect(&s, c, 9,
           "{\"ok\":false,\"error\":\"too many connections to the control socket\","
           "\"hint\":\"end a mailfuse top that nobody looks at\"}\n");
    assert_int_equal(1, s.stats.refused);
    say(&s, b, SLICE(STATUS));
    expect(&s, b, 1, STATUS_REPLY);
    close(a);
    close(c);
    for (int i = 0; i < 10; i++)
        turn(&s);
    c = join(&s);
    say(&s, c, SLICE(STATUS));
    expect(&s, c, 1, STATUS_REPLY);
    close(b);
    close(c);
    close_scene(&s);
}

static void long_replies_arrive(void **state)
{
    struct buf got = buf_make(16 << 20);
    struct scene s;
    int fd;

    (void)state;
    open_scene(&s, (struct control_door_options){ 0 }, NULL, 0);
    fd = join(&s);
    say(&s, fd, SLICE("{\"command\":\"journal\",\"limit\":100000}\n" STATUS));
    assert_false(hear(&s, fd, 2, &got));
    assert_true(got.n > 4000000);
    assert_true(slice_ends(buf_slice(&got), SLICE("\"]}\n" STATUS_REPLY)));
    buf_done(&got);
    close(fd);
    close_scene(&s);
}

/* The connection stays with the kernel until there are descriptors again, and costs nothing until
 * then. */
static void descriptors_run_out(void **state)
{
    struct sockaddr_un at;
    socklen_t n;
    int listener = listen_somewhere(&at, &n);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), spare;
    struct rlimit before, none;
    struct scene s;

    (void)state;
    open_scene(&s, (struct control_door_options){ 0 }, &listener, 1);
    assert_int_equal(0, connect(fd, (struct sockaddr *)&at, n));
    spare = dup(fd);
    close(spare);
    assert_int_equal(0, getrlimit(RLIMIT_NOFILE, &before));
    none = (struct rlimit){ (rlim_t)spare, before.rlim_max };
    assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &none));
    turn(&s);
    assert_int_equal(1, event_base_get_num_events(s.base, EVENT_BASE_COUNT_ADDED)); /* its pause */
    assert_int_equal(0, setrlimit(RLIMIT_NOFILE, &before));
    say(&s, fd, SLICE(STATUS));
    assert_int_equal(0, s.stats.accepted);
    wait_for(&s, fd);
    expect(&s, fd, 1, STATUS_REPLY);
    close(fd);
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_has_a_longest),  cmocka_unit_test(who_is_slow_is_cut_off),
        cmocka_unit_test(connections_have_a_limit), cmocka_unit_test(long_replies_arrive),
        cmocka_unit_test(descriptors_run_out),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
