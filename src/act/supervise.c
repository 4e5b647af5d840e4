#include "act/supervise.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/child.h"
#include "act/clock.h"
#include "act/wire.h"

#include "base/ban.h"

enum { LINE_MAX_BYTES = 200 };

struct supervisor {
    const struct supervise_options *options;
    struct child helper, worker;
    struct child courier; /* its socket: of the session that is to begin; -1: none is */
    int64_t deaths_ms[SUPERVISE_DEATHS]; /* of the worker, a ring */
    unsigned deaths_n;
    bool stopping; /* SIGTERM or SIGINT has come */
    int64_t kill_ms;
    bool over;
    int status;              /* when it is over */
    int64_t courier_kill_ms; /* when it is to be gone; 0: it may stay */
    sigset_t signals;
    int signal_fd; /* for them */
    int door;      /* where the worker's wishes come in; -1: nowhere */
};

static void say(const struct supervisor *s, const char *format, ...) PRINTF(2, 3);

static void say(const struct supervisor *s, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (s->options->say != NULL)
        s->options->say(s->options->ctx, line);
}

/* In the new process; never returns. */
static void become_child(const struct supervisor *s, const struct child *c, pid_t parent)
{
    sigset_t none;

    sigemptyset(&none);
    (void)signal(SIGHUP, SIG_IGN); /* until it has something to do about it */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
        sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        _exit(1);
    if (c->other_socket >= 0)
        (void)close(c->other_socket);
    if (c != &s->courier && s->courier.socket >= 0)
        (void)close(s->courier.socket); /* else its end would not be seen */
    (void)close(s->signal_fd);
    _exit(c->run(c->socket, s->options->ctx));
}

static void courier_forget(struct supervisor *s)
{
    if (s->courier.socket >= 0)
        (void)close(s->courier.socket);
    s->courier.socket = -1;
}

static void start(struct supervisor *s, struct child *c)
{
    pid_t parent = getpid(), pid = fork();

    c->started_ms = clock_ms();
    c->told = false;
    if (pid == 0)
        become_child(s, c, parent);
    if (pid < 0) {
        say(s, "%s: cannot be started: %s", c->name, strerror(errno));
        c->start_ms = c->started_ms + SUPERVISE_BACKOFF_MAX_MS;
        return;
    }
    c->pid = pid;
    if (c == &s->courier)
        courier_forget(s);
}

static void finish(struct supervisor *s, int status)
{
    s->over = true;
    s->status = status;
}

/* True when the last of SUPERVISE_DEATHS deaths came too soon after the first. */
static bool too_many_deaths(struct supervisor *s)
{
    unsigned at = s->deaths_n++ % SUPERVISE_DEATHS, oldest = s->deaths_n % SUPERVISE_DEATHS;

    s->deaths_ms[at] = clock_ms();
    return s->deaths_n >= SUPERVISE_DEATHS &&
           s->deaths_ms[at] - s->deaths_ms[oldest] < SUPERVISE_DEATHS_MS;
}

static void say_how(const struct supervisor *s, const struct child *c, int status)
{
    if (WIFSIGNALED(status))
        say(s, "%s: ended by signal %d (%s)", c->name, WTERMSIG(status),
            strsignal(WTERMSIG(status)));
    else
        say(s, "%s: ended with status %d", c->name, WEXITSTATUS(status));
}

static void worker_ended(struct supervisor *s, int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;

    if (s->stopping || (WIFEXITED(status) && code == 0) ||
        (WIFEXITED(status) && code == s->options->final_status)) {
        if (code != 0)
            say_how(s, &s->worker, status);
        finish(s, code);
        return;
    }
    say_how(s, &s->worker, status);
    if (too_many_deaths(s)) {
        say(s, "worker: %d deaths within %d s: giving up", SUPERVISE_DEATHS,
            SUPERVISE_DEATHS_MS / SECOND_MS);
        finish(s, 1);
        return;
    }
    child_plan_start(&s->worker);
}

static void helper_ended(struct supervisor *s, int status)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        say_how(s, &s->helper, status);
    if (s->helper.told)
        s->helper.start_ms = clock_ms(); /* what came meanwhile is not kept waiting */
    else
        child_plan_start(&s->helper);
}

static void courier_ended(struct supervisor *s, int status)
{
    s->courier_kill_ms = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        s->courier.start_ms = clock_ms();
        return;
    }
    say_how(s, &s->courier, status);
    child_plan_start(&s->courier);
}

static void reap(struct supervisor *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == s->worker.pid) {
            s->worker.pid = 0;
            worker_ended(s, status);
        } else if (pid == s->helper.pid) {
            s->helper.pid = 0;
            helper_ended(s, status);
        } else if (pid == s->courier.pid) {
            s->courier.pid = 0;
            courier_ended(s, status);
        }
    }
}

static void stop(struct supervisor *s, int signal_number)
{
    if (!s->stopping)
        s->kill_ms =
            clock_ms() + (s->options->stop_ms > 0 ? s->options->stop_ms : SUPERVISE_STOP_MS);
    s->stopping = true;
    if (s->worker.pid != 0)
        (void)kill(s->worker.pid, signal_number);
    else
        finish(s, 0);
}

static void take_signal(struct supervisor *s, int signal_number)
{
    if (signal_number == SIGTERM || signal_number == SIGINT)
        stop(s, signal_number);
    if (signal_number == SIGHUP && s->worker.pid != 0)
        (void)kill(s->worker.pid, SIGHUP);
}

/* The worker goes by settings that it has read: the others are to, too. */
static void take_settings(struct supervisor *s, uint64_t fingerprint)
{
    enum supervise_settings got = SUPERVISE_AS_BEFORE;

    if (s->options->settings != NULL)
        got = s->options->settings(s->options->ctx, fingerprint);
    if (got == SUPERVISE_TAKEN) {
        child_tell_to_end(&s->helper);
        child_tell_to_end(&s->courier);
    } else if (got == SUPERVISE_OTHERS) {
        take_signal(s, SIGHUP);
    }
}

/* The worker asks for a courier. What it asked for before is void: it has one session. */
static void take_session(struct supervisor *s, int session)
{
    courier_forget(s);
    s->courier.socket = session;
    child_tell_to_end(&s->courier);
    s->courier_kill_ms = s->courier.pid != 0 ? clock_ms() + SUPERVISE_STOP_COURIER_MS : 0;
}

static void take_wish(struct supervisor *s)
{
    struct wire_packet wish;
    int status = wire_receive(s->door, &wish, MSG_DONTWAIT);

    if (status == -EPIPE)
        s->door = -1;
    if (status != 0)
        return;
    if (wish.head.op == WIRE_COURIER && wish.fd >= 0 && s->courier.run != NULL)
        take_session(s, wish.fd);
    else if (wish.fd >= 0)
        (void)close(wish.fd);
    if (wish.head.op == WIRE_SETTINGS)
        take_settings(s, wish.head.id);
}

/* Is it to be started, now or later? */
static bool is_wanted(const struct supervisor *s, const struct child *c)
{
    return !s->stopping && c->run != NULL && c->pid == 0 && (c != &s->courier || c->socket >= 0);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || b < a ? b : a;
}

/* Milliseconds until something is to be done, -1 when nothing is. */
static int64_t wait_ms(const struct supervisor *s)
{
    const struct child *const children[] = { &s->helper, &s->worker, &s->courier };
    int64_t now = clock_ms(), next = -1;

    if (s->stopping)
        next = sooner(next, s->kill_ms - now);
    if (s->courier_kill_ms != 0)
        next = sooner(next, s->courier_kill_ms - now);
    for (size_t i = 0; i < COUNT(children); i++)
        if (is_wanted(s, children[i]))
            next = sooner(next, children[i]->start_ms - now);
    return next;
}

/* Wait for a signal, a wish, or that time. */
static void wait_for_news(struct supervisor *s, int64_t ms)
{
    struct pollfd fds[2] = { { .fd = s->signal_fd, .events = POLLIN },
                             { .fd = s->door, .events = POLLIN } };
    struct signalfd_siginfo got;

    if (poll(fds, COUNT(fds), ms < -1 ? 0 : (int)ms) <= 0)
        return;
    if (fds[1].revents != 0)
        take_wish(s);
    if (fds[0].revents != 0 && read(s->signal_fd, &got, sizeof got) == (ssize_t)sizeof got)
        take_signal(s, (int)got.ssi_signo);
    reap(s);
}

static void start_if_due(struct supervisor *s, struct child *c)
{
    if (is_wanted(s, c) && c->start_ms <= clock_ms())
        start(s, c);
}

/* Those that do not end when they are told to. */
static void kill_overdue(struct supervisor *s)
{
    int64_t now = clock_ms();

    if (s->stopping && now >= s->kill_ms && s->worker.pid != 0) {
        say(s, "worker: does not end; killed");
        (void)kill(s->worker.pid, SIGKILL);
        s->kill_ms += SUPERVISE_STOP_MS;
    }
    if (s->courier_kill_ms != 0 && now >= s->courier_kill_ms) {
        if (s->courier.pid != 0)
            (void)kill(s->courier.pid, SIGKILL);
        s->courier_kill_ms = 0;
    }
}

static void watch(struct supervisor *s)
{
    while (!s->over) {
        start_if_due(s, &s->helper);
        start_if_due(s, &s->worker);
        start_if_due(s, &s->courier);
        kill_overdue(s);
        wait_for_news(s, wait_ms(s));
    }
}

/* The worker has ended: let this one bring its work to an end. */
static void end_child(struct supervisor *s, const struct child *c, int ms)
{
    struct timespec pause = { .tv_nsec = 10 * 1000000 };
    int64_t limit = clock_ms() + ms;

    if (c->pid == 0)
        return;
    (void)kill(c->pid, SIGTERM);
    while (waitpid(c->pid, NULL, WNOHANG) == 0) {
        if (clock_ms() >= limit)
            (void)kill(c->pid, SIGKILL);
        (void)sigtimedwait(&s->signals, NULL, &pause);
    }
}

static int prepare(struct supervisor *s, int pair[2])
{
    static const int handled[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP };

    sigemptyset(&s->signals);
    for (size_t i = 0; i < COUNT(handled); i++)
        sigaddset(&s->signals, handled[i]);
    if (sigprocmask(SIG_SETMASK, &s->signals, NULL) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        (s->options->helper != NULL &&
         socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0))
        return -errno;
    s->signal_fd = signalfd(-1, &s->signals, SFD_NONBLOCK | SFD_CLOEXEC);
    return s->signal_fd < 0 ? -errno : 0;
}

int supervise(const struct supervise_options *options)
{
    bool heard = options->courier != NULL || options->settings != NULL;
    struct supervisor s = { options, .signal_fd = -1, .door = heard ? options->door : -1 };
    int pair[2] = { -1, -1 };
    int status = prepare(&s, pair);

    if (status < 0) {
        say(&s, "the processes cannot be started: %s", strerror(-status));
        return 1;
    }
    s.helper = (struct child){
        .name = "helper", .run = options->helper, .socket = pair[0], .other_socket = pair[1]
    };
    s.worker = (struct child){
        .name = "worker", .run = options->worker, .socket = pair[1], .other_socket = pair[0]
    };
    s.courier = (struct child){
        .name = "courier", .run = options->courier, .socket = -1, .other_socket = -1
    };
    watch(&s);
    end_child(&s, &s.courier, SUPERVISE_STOP_COURIER_MS);
    end_child(&s, &s.helper, SUPERVISE_STOP_HELPER_MS);
    courier_forget(&s);
    (void)close(s.signal_fd);
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            (void)close(pair[i]);
    return s.status;
}
