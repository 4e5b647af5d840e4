#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/door_scene.h"

#include "base/ban.h"

static void test_answers(void **state)
{
    struct scene s;
    int a, b;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    a = scene_join(&s);
    b = scene_join(&s);
    scene_say(s.base, a, SLICE(ASK("alice@example.test")));
    scene_say(s.base, b, SLICE(ASK("bob@example.test")));
    scene_expect(&s, a, "action=HOLD alice@example.test\n\n");
    scene_expect(&s, b, "action=HOLD bob@example.test\n\n");
    scene_say(s.base, a, SLICE(ASK("again")));
    scene_expect(&s, a, "action=HOLD again\n\n");
    assert_int_equal(s.stats.door.requests, 3);
    assert_int_equal(s.stats.door.connections, 2);
    assert_int_equal(s.stats.door.accepted, 2);
    close(a);
    close(b);
    scene_close(&s);
}

/* Several at once are answered in one write, and what follows them half is not lost. */
static void test_pipelining(void **state)
{
    struct scene s;
    char got[200];
    ssize_t n;
    int fd;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    fd = scene_join(&s);
    scene_say(s.base, fd, SLICE(ASK("a") ASK("b") ASK("c") REQUEST "sen"));
    scene_turn(&s);
    n = recv(fd, got, sizeof got, MSG_DONTWAIT);
    assert_true(n > 0);
    assert_true(slice_eq((struct slice){ got, (size_t)n },
                         SLICE("action=HOLD a\n\naction=HOLD b\n\naction=HOLD c\n\n")));
    scene_say(s.base, fd, SLICE("der=d\n\n" ASK("e")));
    scene_expect(&s, fd, "action=HOLD d\n\naction=HOLD e\n\n");
    close(fd);
    scene_close(&s);
}

static void test_pieces(void **state)
{
    struct slice whole = SLICE_INIT(ASK("alice") ASK("bob"));
    struct scene s;
    int fd;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    fd = scene_join_local(&s);
    for (size_t cut = 0; cut <= whole.n; cut++) {
        scene_say(s.base, fd, slice_head(whole, cut));
        scene_turn(&s);
        scene_say(s.base, fd, slice_from(whole, cut));
        scene_expect(&s, fd, "action=HOLD alice\n\naction=HOLD bob\n\n");
    }
    for (size_t i = 0; i < whole.n; i++) {
        scene_say(s.base, fd, (struct slice){ whole.p + i, 1 });
        scene_turn(&s);
    }
    scene_expect(&s, fd, "action=HOLD alice\n\naction=HOLD bob\n\n");
    close(fd);
    scene_close(&s);
}

static const struct action_case {
    struct slice action;
    const char *want;
    bool replaced;
} action_cases[] = {
    { SLICE_INIT("421 4.7.0 Closing"), "action=421 4.7.0 Closing\n\n", false },
    { SLICE_INIT("REJECT a\n\naction=OK"), "action=DUNNO\n\n", true },
    { SLICE_INIT("REJECT a\r"), "action=DUNNO\n\n", true },
    { SLICE_INIT("REJECT \0"), "action=DUNNO\n\n", true },
    { SLICE_INIT(""), "action=DUNNO\n\n", true },
};

static void test_actions(void **state)
{
    uint64_t replaced = 0;
    struct buf text = buf_make(SIZE_MAX / 2);
    struct scene s;
    int fd;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    fd = scene_join(&s);
    for (size_t i = 0; i < COUNT(action_cases); i++) {
        s.action = action_cases[i].action;
        scene_say(s.base, fd, SLICE(ASK("a")));
        scene_expect(&s, fd, action_cases[i].want);
        replaced += action_cases[i].replaced;
        assert_int_equal(s.stats.replaced, replaced);
    }
    while (text.n <= POLICY_ACTION_MAX)
        buf_add_char(&text, 'a');
    s.action = buf_slice(&text);
    scene_say(s.base, fd, SLICE(ASK("a")));
    scene_expect(&s, fd, "action=DUNNO\n\n");
    assert_int_equal(s.stats.replaced, replaced + 1);
    buf_done(&text);
    close(fd);
    scene_close(&s);
}

/* What came before is answered, the bad one is not, and the log hears of the first only. */
static void test_malformed(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    for (unsigned i = 0; i < 3; i++) {
        int fd = scene_join(&s);

        scene_say(s.base, fd, SLICE(ASK("a") "\x1b[31mGET / HTTP/1.1\r\n\r\n" ASK("b")));
        scene_expect_end(&s, fd, "action=HOLD a\n\n");
        close(fd);
        assert_int_equal(s.stats.door.malformed, i + 1);
        assert_int_equal(s.closed_last, i + 1);
    }
    assert_int_equal(s.troubles, 1);
    assert_non_null(strstr(s.trouble, "policy: 127.0.0.1:"));
    assert_non_null(strstr(s.trouble, " sent what is no request: \"?[31mGET / HTTP/1.1"));
    assert_non_null(strstr(s.stats.door.last_trouble, "(1 more"));
    assert_int_equal(s.stats.door.connections, 0);
    scene_close(&s);
}

static void test_malformed_local(void **state)
{
    struct scene s;
    char want[200];
    int fd;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    fd = scene_join_local(&s);
    scene_say(s.base, fd, SLICE("\n"));
    scene_expect_end(&s, fd, "");
    snprintf(want, sizeof want, "policy: pid %d of uid %u sent what is no request: \"?\"",
             (int)getpid(), (unsigned)geteuid());
    assert_string_equal(s.trouble, want);
    close(fd);
    scene_close(&s);
}

/* A request of a megabyte is given up at its bound. */
static void test_too_long(void **state)
{
    struct buf big = buf_make(1 << 20);
    struct slice rest;
    struct scene s;
    int fd;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    fd = scene_join(&s);
    buf_add(&big, SLICE(REQUEST "helo_name="));
    while (big.n < big.limit)
        buf_add_char(&big, 'h');
    rest = buf_slice(&big);
    while (rest.n > 0 && s.closed == 0) {
        ssize_t n = send(fd, rest.p, rest.n < 5000 ? rest.n : 5000, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0)
            rest = slice_from(rest, (size_t)n);
        scene_turn(&s);
    }
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.stats.door.malformed, 1);
    assert_true(big.n - rest.n < 2 * (size_t)POLICY_REQUEST_MAX);
    buf_done(&big);
    close(fd);
    scene_close(&s);
}

static void test_closed(void **state)
{
    struct scene s;
    int a, b;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    a = scene_join(&s);
    b = scene_join(&s);
    scene_say(s.base, a, SLICE(REQUEST)); /* in the middle of a request */
    close(a);
    scene_turn(&s);
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.closed_last, 1);
    assert_int_equal(s.troubles, 0);
    scene_close(&s);
    assert_int_equal(s.closed, 2);
    assert_int_equal(s.closed_last, 2);
    close(b);
    policy_door_free(NULL);
}

/* A client that asks and does not listen: the door stops reading, and goes on when it listens. */
static void test_slow_reader(void **state)
{
    struct buf action = buf_make(4000), got = buf_make(SIZE_MAX / 2);
    struct slice ask = SLICE_INIT(ASK("a"));
    size_t sent = 0, want, at = 0;
    struct scene s;
    int fd;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    while (action.n < action.limit)
        buf_add_char(&action, 'x');
    s.action = buf_slice(&action);
    fd = scene_join_local(&s);
    for (int stuck = 0; stuck < 20;) { /* from the middle of the request that did not fit */
        ssize_t n = send(fd, ask.p + at, ask.n - at, MSG_DONTWAIT | MSG_NOSIGNAL);

        stuck = n > 0 ? 0 : stuck + 1;
        at += n > 0 ? (size_t)n : 0;
        sent += at == ask.n;
        at %= ask.n;
        if (n < 0)
            scene_turn(&s);
    }
    assert_true(s.stats.door.requests < sent);
    want = sent * (4000 + sizeof "action=\n\n" - 1);
    assert_false(scene_hear(s.base, fd, want, &got));
    assert_int_equal(got.n, want);
    scene_say(s.base, fd, slice_from(ask, at));
    got.n = 0;
    assert_false(scene_hear(s.base, fd, 4009, &got));
    scene_turn(&s);
    assert_int_equal(s.stats.door.requests, sent + 1);
    buf_done(&got);
    buf_done(&action);
    close(fd);
    scene_close(&s);
}

/* Memory that the process has taken from malloc; 0 where a sanitizer has its own. */
static size_t taken(void)
{
    return mallinfo2().uordblks;
}

/* Quiet connections hold no buffers, whatever they asked before. */
static void test_quiet_is_cheap(void **state)
{
    enum { MANY = 300 };
    int fds[MANY];
    struct scene s;
    size_t before;

    (void)state;
    scene_open(&s, (struct policy_door_options){ 0 });
    fds[0] = scene_join_local(&s);
    before = taken();
    for (size_t i = 1; i < MANY; i++) {
        fds[i] = scene_join_local(&s);
        scene_say(s.base, fds[i],
                  SLICE(REQUEST "sender=a\nhelo_name=")); /* half, and a whole one */
        scene_turn(&s);
        scene_say(s.base, fds[i], SLICE("h\n\n" ASK("b")));
        scene_expect(&s, fds[i], "action=HOLD a\n\naction=HOLD b\n\n");
    }
    assert_true(taken() - before < 400 * (size_t)MANY);
    for (size_t i = 0; i < MANY; i++)
        close(fds[i]);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),     cmocka_unit_test(test_pipelining),
        cmocka_unit_test(test_pieces),      cmocka_unit_test(test_actions),
        cmocka_unit_test(test_malformed),   cmocka_unit_test(test_malformed_local),
        cmocka_unit_test(test_too_long),    cmocka_unit_test(test_closed),
        cmocka_unit_test(test_slow_reader), cmocka_unit_test(test_quiet_is_cheap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
