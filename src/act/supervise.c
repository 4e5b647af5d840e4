#include "act/supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/clock.h"

#include "base/ban.h"

enum { LINE_MAX_BYTES = 200 };

struct child {
    const char *name;
    int (*run)(int socket, void *ctx); /* NULL: there is none */
    int socket, other_socket;          /* its end of the pair, and that of the other */
    pid_t pid;                         /* 0: it does not run */
    int64_t started_ms, start_ms;      /* when it was; when it is to be */
    int backoff_ms;
};

struct supervisor {
    const struct supervise_options *options;
    struct child helper, worker;
    int64_t deaths_ms[SUPERVISE_DEATHS]; /* of the worker, a ring */
    unsigned deaths_n;
    bool stopping; /* SIGTERM or SIGINT has come */
    int64_t kill_ms;
    bool over;
    int status; /* when it is over */
    sigset_t signals;
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
    _exit(c->run(c->socket, s->options->ctx));
}

static void start(struct supervisor *s, struct child *c)
{
    pid_t parent = getpid(), pid = fork();

    c->started_ms = clock_ms();
    if (pid == 0)
        become_child(s, c, parent);
    if (pid < 0) {
        say(s, "%s: cannot be started: %s", c->name, strerror(errno));
        c->start_ms = c->started_ms + SUPERVISE_BACKOFF_MAX_MS;
        return;
    }
    c->pid = pid;
}

/* When it is to be started again: later each time, unless it had lived well. */
static void plan_start(struct child *c)
{
    int64_t now = clock_ms();

    if (c->backoff_ms == 0 || now - c->started_ms >= SUPERVISE_DEATHS_MS)
        c->backoff_ms = SUPERVISE_BACKOFF_MIN_MS;
    else if (c->backoff_ms < SUPERVISE_BACKOFF_MAX_MS / 2)
        c->backoff_ms *= 2;
    else
        c->backoff_ms = SUPERVISE_BACKOFF_MAX_MS;
    c->start_ms = now + c->backoff_ms;
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
    plan_start(&s->worker);
}

static void helper_ended(struct supervisor *s, int status)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        say_how(s, &s->helper, status);
    plan_start(&s->helper);
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
    if (signal_number == SIGHUP && s->helper.pid != 0)
        (void)kill(s->helper.pid, SIGTERM);
}

/* Milliseconds until something is to be done, -1 when nothing is. */
static int64_t wait_ms(const struct supervisor *s)
{
    const struct child *const children[] = { &s->helper, &s->worker };
    int64_t now = clock_ms(), next = s->stopping ? s->kill_ms - now : -1;

    for (size_t i = 0; i < COUNT(children); i++) {
        const struct child *c = children[i];

        if (c->run != NULL && c->pid == 0 && !s->stopping && (next < 0 || c->start_ms - now < next))
            next = c->start_ms > now ? c->start_ms - now : 0;
    }
    return next;
}

/* Wait for a signal or that time. */
static void wait_for_signal(struct supervisor *s, int64_t ms)
{
    struct timespec limit = { .tv_sec = ms / SECOND_MS, .tv_nsec = ms % SECOND_MS * 1000000 };
    int got = ms < 0 ? sigwaitinfo(&s->signals, NULL) : sigtimedwait(&s->signals, NULL, &limit);

    if (got > 0)
        take_signal(s, got);
    reap(s);
}

static void start_if_due(struct supervisor *s, struct child *c)
{
    if (c->run != NULL && c->pid == 0 && c->start_ms <= clock_ms())
        start(s, c);
}

static void watch(struct supervisor *s)
{
    while (!s->over) {
        if (!s->stopping) {
            start_if_due(s, &s->helper);
            start_if_due(s, &s->worker);
        } else if (clock_ms() >= s->kill_ms && s->worker.pid != 0) {
            say(s, "worker: does not end; killed");
            (void)kill(s->worker.pid, SIGKILL);
            s->kill_ms += SUPERVISE_STOP_MS;
        }
        wait_for_signal(s, wait_ms(s));
    }
}

/* The worker has ended: let the helper bring its work to an end. */
static void end_helper(struct supervisor *s)
{
    struct timespec pause = { .tv_nsec = 10 * 1000000 };
    int64_t limit = clock_ms() + SUPERVISE_STOP_HELPER_MS;

    if (s->helper.pid == 0)
        return;
    (void)kill(s->helper.pid, SIGTERM);
    while (waitpid(s->helper.pid, NULL, WNOHANG) == 0) {
        if (clock_ms() >= limit)
            (void)kill(s->helper.pid, SIGKILL);
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
    return 0;
}

int supervise(const struct supervise_options *options)
{
    struct supervisor s = { .options = options };
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
    watch(&s);
    end_helper(&s);
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            (void)close(pair[i]);
    return s.status;
}
