#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "act/clock.h"
#include "act/supervise.h"
#include "act/wire.h"

#include "base/ban.h"

enum { PATIENCE_MS = 20 * 1000, OURS = 77 /* the fingerprint of settings that are there */ };

/* What the processes tell the test: a letter each time. */
struct scene {
    int told[2];
    int wishes[2]; /* where the worker asks for a courier; the supervisor's end, and its own */
    int lines;     /* that the supervisor said; in its own process only */
};

static void tell(const struct scene *s, char letter)
{
    if (write(s->told[1], &letter, 1) != 1)
        _exit(99);
}

/* The next letter; '\0' when all who could tell are gone. */
static char hear(const struct scene *s)
{
    char letter = '\0';

    return read(s->told[0], &letter, 1) == 1 ? letter : '\0';
}

static void say(void *ctx, const char *line)
{
    struct scene *s = ctx;

    (void)line;
    s->lines++;
}

static int wait_for_the_end(void)
{
    while (pause() < 0)
        continue;
    return 0;
}

/* A helper that echoes what it gets. */
static int echo(int socket, void *ctx)
{
    struct wire_packet packet;

    tell(ctx, 'h');
    while (wire_receive(socket, &packet, 0) == 0) {
        if (packet.n == 4 && memcmp(packet.data, "die!", 4) == 0)
            _exit(3);
        if (wire_send(socket, &packet.head, (struct slice){ packet.data, packet.n }, -1, 0) < 0)
            return 1;
    }
    return 0;
}

static int talk(int socket, const char *text)
{
    const struct wire_head head = { .id = 1 };
    struct wire_packet packet;

    if (wire_send(socket, &head, slice_of(text), -1, 0) < 0)
        return -1;
    if (strcmp(text, "die!") == 0)
        return 0;
    return wire_receive(socket, &packet, 0) == 0 &&
                   slice_eq((struct slice){ packet.data, packet.n }, slice_of(text))
               ? 0
               : -1;
}

/* The helper dies in between, and the next one answers on the same socket. */
static int talker(int socket, void *ctx)
{
    bool good = talk(socket, "one") == 0 && talk(socket, "die!") == 0 && talk(socket, "two") == 0;

    tell(ctx, good ? 'w' : 'x');
    return good ? 0 : 1;
}

static int dies(int socket, void *ctx)
{
    (void)socket;
    tell(ctx, 'd');
    (void)kill(getpid(), SIGKILL);
    return 0;
}

static int wrong_settings(int socket, void *ctx)
{
    (void)socket;
    tell(ctx, 'c');
    return 2;
}

static int lasting(int socket, void *ctx)
{
    (void)socket;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 1;
    tell(ctx, 'l');
    return wait_for_the_end();
}

static int deaf(int socket, void *ctx)
{
    (void)signal(SIGTERM, SIG_IGN);
    return lasting(socket, ctx);
}

/* Every other time the settings are wrong. The fourth are others soon after: read once more. */
static int reloads(int socket, void *ctx)
{
    struct wire_head head = { .op = WIRE_SETTINGS };
    const struct scene *s = ctx;
    sigset_t set;
    int number = 0;

    (void)socket;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    tell(ctx, 'l');
    for (int i = 0; sigwait(&set, &number) == 0; i++) {
        tell(ctx, 'r');
        head.id = i == 3 ? OURS + 1 : OURS;
        if ((i % 2 != 0) == (i < 4) && wire_send(s->wishes[1], &head, SLICE(""), -1, 0) < 0)
            return 1;
    }
    return 0;
}

static enum supervise_settings settings(void *ctx, uint64_t fingerprint)
{
    tell(ctx, fingerprint == OURS ? 's' : 'o');
    return fingerprint == OURS ? SUPERVISE_TAKEN : SUPERVISE_OTHERS;
}

/* A supervisor in a process of its own. */
static pid_t start(struct scene *s, struct supervise_options options)
{
    pid_t pid;

    assert_int_equal(pipe2(s->told, O_CLOEXEC), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s->wishes), 0);
    options.door = s->wishes[0];
    options.ctx = s;
    options.say = say;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(s->told[0]);
        _exit(supervise(&options));
    }
    (void)close(s->told[1]);
    return pid;
}

static int end_of(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Everything that is told until everybody is gone. */
static void expect(struct scene *s, const char *letters)
{
    for (const char *c = letters; *c != '\0'; c++) {
        char got = hear(s);

        if (got != *c)
            fail_msg("after '%.*s': got '%c', want '%c'", (int)(c - letters), letters,
                     got != '\0' ? got : '-', *c);
    }
}

static void expect_end(struct scene *s)
{
    assert_int_equal(hear(s), '\0');
    (void)close(s->told[0]);
    (void)close(s->wishes[0]);
    (void)close(s->wishes[1]);
}

static void test_helper_is_replaced(void **state)
{
    struct scene s;
    pid_t pid = start(&s, (struct supervise_options){ .helper = echo, .worker = talker });

    (void)state;
    expect(&s, "hhw");
    assert_int_equal(end_of(pid), 0);
    expect_end(&s);
}

static void test_worker_dies_again_and_again(void **state)
{
    struct scene s;
    int64_t start_ms = clock_ms();
    pid_t pid = start(&s, (struct supervise_options){ .worker = dies });

    (void)state;
    expect(&s, "ddddd");
    assert_int_equal(end_of(pid), 1);
    expect_end(&s);
    /* 100 + 200 + 400 + 800 ms in between */
    assert_true(clock_ms() - start_ms >= 1500 && clock_ms() - start_ms < PATIENCE_MS);
}

static void test_wrong_settings_end_it(void **state)
{
    struct scene s;
    pid_t pid =
        start(&s, (struct supervise_options){ .worker = wrong_settings, .final_status = 2 });

    (void)state;
    expect(&s, "c");
    assert_int_equal(end_of(pid), 2);
    expect_end(&s);
}

static void test_term(void **state)
{
    static const int signals[] = { SIGTERM, SIGINT };

    (void)state;
    for (size_t i = 0; i < COUNT(signals); i++) {
        struct scene s;
        pid_t pid = start(&s, (struct supervise_options){ .worker = lasting });

        expect(&s, "l");
        assert_int_equal(kill(pid, signals[i]), 0);
        assert_int_equal(end_of(pid), 1); /* this worker did nothing about it */
        expect_end(&s);
    }
}

static void test_who_does_not_stop_is_killed(void **state)
{
    struct scene s;
    pid_t pid = start(&s, (struct supervise_options){ .worker = deaf, .stop_ms = 50 });

    (void)state;
    expect(&s, "l");
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(end_of(pid), 1);
    expect_end(&s);
}

/* What the worker took over is for the helper, too, and is no death of it: those would take longer
 * each time, 20 s in all. What it refused reaches nobody. */
static void test_settings_go_by_the_worker(void **state)
{
    struct scene s = { 0 };
    struct supervise_options options = { .helper = echo, .worker = reloads, .settings = settings };
    int64_t begin = clock_ms();
    char first, second;
    pid_t pid;

    (void)state;
    pid = start(&s, options);
    first = hear(&s);
    second = hear(&s);
    assert_true((first == 'h' && second == 'l') || (first == 'l' && second == 'h'));
    for (int i = 0; i < 9; i++) {
        assert_int_equal(kill(pid, SIGHUP), 0);
        expect(&s, "r");
        assert_int_equal(kill(pid, SIGHUP), 0);
        expect(&s, i == 1 ? "rorsh" : "rsh");
    }
    assert_true(clock_ms() - begin < SUPERVISE_BACKOFF_MAX_MS);
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(end_of(pid), 1);
    expect_end(&s);
}

/* A session with a courier: the worker's end. */
static int wish(const struct scene *s)
{
    const struct wire_head head = { .op = WIRE_COURIER };
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ||
        wire_send(s->wishes[1], &head, (struct slice){ 0 }, pair[1], 0) < 0 || close(pair[1]) < 0)
        return -1;
    return pair[0];
}

/* What the courier says to the worker, or '-' for the end. */
static char said(int session)
{
    char letter = '-';

    return read(session, &letter, 1) == 1 ? letter : '-';
}

/* A courier that lives as long as its worker wants it to, fails, or does not notice the end. */
static int carries(int session, void *ctx)
{
    char order = 'c';

    tell(ctx, 'c');
    if (write(session, &order, 1) != 1 || read(session, &order, 1) != 1)
        return 0;
    if (order == 'd') {
        (void)signal(SIGTERM, SIG_IGN);
        return wait_for_the_end();
    }
    return order == 'f' ? 1 : 0;
}

static bool orders(const struct scene *s, char order)
{
    int session = wish(s);
    bool good = session >= 0 && said(session) == 'c' && write(session, &order, 1) == 1;

    good = good && (order == 'd' || said(session) == '-');
    return close(session) == 0 && good;
}

/* Its worker: one that ends, one that fails, one that is told to end by the next, and that next. */
static int wants(int socket, void *ctx)
{
    const struct scene *s = ctx;
    bool good = orders(s, 'e') && orders(s, 'f') && orders(s, 'd') && orders(s, 'e');
    int first = wish(s), second = wish(s); /* the second one takes the place of the first */

    (void)socket;
    good = good && said(second) == 'c' && close(second) == 0 && close(first) == 0;
    tell(ctx, good ? 'w' : 'x');
    return good ? 0 : 1;
}

static void test_courier_comes_when_it_is_wanted(void **state)
{
    struct scene s = { 0 };
    struct supervise_options options = { .worker = wants, .courier = carries };
    char heard[20] = { '\0' };
    size_t n = 0;
    pid_t pid;

    (void)state;
    pid = start(&s, options);
    do {
        heard[n] = hear(&s);
    } while (heard[n] == 'c' && ++n < sizeof heard - 1);
    /* Whether the first of the last two was started before the second came is left to chance. */
    assert_true(strcmp(heard, "cccccw") == 0 || strcmp(heard, "ccccccw") == 0);
    assert_int_equal(end_of(pid), 0);
    expect_end(&s);
}

static void test_nobody_is_left_behind(void **state)
{
    struct scene s;
    pid_t pid = start(&s, (struct supervise_options){ .helper = echo, .worker = deaf });

    (void)state;
    (void)hear(&s);
    (void)hear(&s);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(end_of(pid), 128 + SIGKILL);
    expect_end(&s); /* which comes when the last of them has ended */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helper_is_replaced),
        cmocka_unit_test(test_worker_dies_again_and_again),
        cmocka_unit_test(test_wrong_settings_end_it),
        cmocka_unit_test(test_term),
        cmocka_unit_test(test_who_does_not_stop_is_killed),
        cmocka_unit_test(test_settings_go_by_the_worker),
        cmocka_unit_test(test_courier_comes_when_it_is_wanted),
        cmocka_unit_test(test_nobody_is_left_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
