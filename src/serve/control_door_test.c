/* The control socket: requests and replies. */
#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/control_peer.h"
#include "serve/control_scene.h"

#include "base/ban.h"

static void a_request_is_answered(void **state)
{
    struct scene s;
    struct passwd entry, *found = NULL;
    char room[4096];
    int fd;

    (void)state;
    open_scene(&s, (struct control_door_options){ 0 }, NULL, 0);
    fd = join(&s);
    say(&s, fd, SLICE(STATUS));
    expect(&s, fd, 1, STATUS_REPLY);
    assert_int_equal(getuid(), s.uid);
    assert_int_equal(getpwuid_r(getuid(), &entry, room, sizeof room, &found), 0);
    if (found != NULL)
        assert_string_equal(s.name, found->pw_name);
    assert_int_equal(1, s.stats.requests);
    close(fd);
    for (int i = 0; i < 10; i++)
        turn(&s);
    assert_int_equal(0, s.stats.connections);
    close_scene(&s);
}

static void requests_come_in_pieces(void **state)
{
    static const char two[] = STATUS "\n" STATUS;
    struct scene s;

    (void)state;
    for (size_t cut = 0; cut < sizeof two; cut++) {
        int fd;

        open_scene(&s, (struct control_door_options){ 0 }, NULL, 0);
        fd = join(&s);
        say(&s, fd, (struct slice){ two, cut });
        say(&s, fd, (struct slice){ two + cut, sizeof two - 1 - cut });
        expect(&s, fd, 2, STATUS_REPLY STATUS_REPLY);
        close(fd);
        close_scene(&s);
    }
}

static void a_reply_may_come_later(void **state)
{
    struct scene s;
    int fd;

    (void)state;
    open_scene(&s, (struct control_door_options){ 0 }, NULL, 0);
    fd = join(&s);
    say(&s, fd, SLICE("{\"command\":\"explain\",\"account\":\"alice\"}\n" STATUS));
    for (int i = 0; i < 10; i++)
        turn(&s);
    assert_int_equal(1, s.asked_n);
    assert_int_equal(1, s.stats.requests); /* the second one waits */
    control_reply(s.door, s.asked[0] + 1, json_pack("{s:b}", "ok", 0));
    control_reply(s.door, s.asked[0], json_pack("{s:b, s:s}", "ok", 1, "account", "\xc3\xa4"));
    control_refuse(s.door, s.asked[0], "twice", NULL);
    expect(&s, fd, 2, "{\"ok\":true,\"account\":\"\\u00E4\"}\n" STATUS_REPLY);

    say(&s, fd, SLICE("{\"command\":\"explain\",\"account\":\"bob\"}\n"));
    assert_int_equal(2, s.asked_n);
    control_refuse(s.door, s.asked[1], "nobody \xff of that name", "look again");
    expect(&s, fd, 1,
           "{\"ok\":false,\"error\":\"nobody \\uFFFD of that name\",\"hint\":\"look again\"}\n");
    close(fd);
    close_scene(&s);
}

static void a_half_closed_peer_gets_its_reply(void **state)
{
    struct scene s;
    struct buf got = buf_make(1024);
    int fd;

    (void)state;
    open_scene(&s, (struct control_door_options){ 0 }, NULL, 0);
    fd = join(&s);
    say(&s, fd, SLICE(STATUS));
    assert_int_equal(0, shutdown(fd, SHUT_WR));
    assert_true(hear(&s, fd, 9, &got));
    assert_true(slice_eq(buf_slice(&got), SLICE(STATUS_REPLY)));
    buf_done(&got);
    close(fd);
    close_scene(&s);
}

static void who_went_away_is_not_answered(void **state)
{
    struct scene s;
    int fd;

    (void)state;
    open_scene(&s, (struct control_door_options){ 0 }, NULL, 0);
    fd = join(&s);
    say(&s, fd, SLICE("{\"command\":\"explain\",\"account\":\"alice\"}\n"));
    close(fd);
    turn(&s);
    control_reply(s.door, s.asked[0], json_pack("{s:b}", "ok", 1));
    for (int i = 0; i < 10; i++)
        turn(&s);
    assert_int_equal(0, s.stats.connections);
    control_reply(s.door, s.asked[0], json_pack("{s:b}", "ok", 1));
    close_scene(&s);
}

static void nonsense_is_refused_and_the_rest_served(void **state)
{
    struct scene s;
    int fd;

    (void)state;
    open_scene(&s, (struct control_door_options){ 0 }, NULL, 0);
    fd = join(&s);
    say(&s, fd, SLICE("{\"command\":\"dance\"}\n" STATUS));
    expect(&s, fd, 2, "{\"ok\":false,\"error\":\"unknown command 'dance'\"}\n" STATUS_REPLY);
    assert_int_equal(1, s.stats.malformed);
    close(fd);
    close_scene(&s);
}

static void draining_waits_for_replies(void **state)
{
    struct scene s;
    struct buf got = buf_make(1024);
    int busy, idle;

    (void)state;
    open_scene(&s, (struct control_door_options){ 0 }, NULL, 0);
    busy = join(&s);
    idle = join(&s);
    say(&s, busy, SLICE("{\"command\":\"explain\",\"account\":\"alice\"}\n"));
    control_door_drain(s.door);
    assert_true(hear(&s, idle, 1, &got));
    assert_int_equal(1, s.stats.connections);
    control_reply(s.door, s.asked[0], json_pack("{s:b}", "ok", 1));
    assert_true(hear(&s, busy, 9, &got));
    assert_true(slice_eq(buf_slice(&got), SLICE("{\"ok\":true}\n")));
    assert_int_equal(0, s.stats.connections);
    buf_done(&got);
    close(busy);
    close(idle);
    close_scene(&s);
}

static void it_listens(void **state)
{
    struct sockaddr_un at;
    socklen_t n;
    int listener = listen_somewhere(&at, &n);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct scene s;

    (void)state;
    open_scene(&s, (struct control_door_options){ 0 }, &listener, 1);
    assert_int_equal(0, connect(fd, (struct sockaddr *)&at, n));
    assert_int_equal(0, fcntl(fd, F_SETFL, O_NONBLOCK));
    say(&s, fd, SLICE(STATUS));
    expect(&s, fd, 1, STATUS_REPLY);
    close(fd);
    close_scene(&s);
}

static void names_are_for_a_journal(void **state)
{
    static const struct {
        uid_t uid;
        const char *for_whom, *want;
    } cases[] = {
        { 0, "alice", "root for alice" },
        { 0, "root", "root" },
        { 0, "", "root" },
        { 0, "a\nb", "root" },
        { 0, "a b", "root" },
        { 1, "alice", "root" },
        { 0, "alice@example.test", "root for alice@example.test" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct control_peer peer = { .uid = cases[i].uid, .name = "root" };

        control_peer_for(&peer, slice_of(cases[i].for_whom));
        assert_string_equal(peer.name, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered),
        cmocka_unit_test(requests_come_in_pieces),
        cmocka_unit_test(a_reply_may_come_later),
        cmocka_unit_test(a_half_closed_peer_gets_its_reply),
        cmocka_unit_test(who_went_away_is_not_answered),
        cmocka_unit_test(nonsense_is_refused_and_the_rest_served),
        cmocka_unit_test(draining_waits_for_replies),
        cmocka_unit_test(it_listens),
        cmocka_unit_test(names_are_for_a_journal),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
