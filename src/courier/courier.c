#include "courier/courier.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/clock.h"
#include "courier/task.h"

#include "base/ban.h"

enum {
    READ_ROOM = 64 * 1024,
    INPUT_MAX = COURIER_FRAME_MAX + READ_ROOM,
    OUTPUT_MAX = 4 * COURIER_AT_ONCE * COURIER_ANSWER_MAX,
    OUTPUT_ENOUGH = OUTPUT_MAX / 2, /* no more letters until that is gone */
};

struct courier {
    int session, signals;
    const char *const *commands;
    struct task tasks[COURIER_AT_ONCE]; /* those with a pid */
    struct buf in, out;
    bool ending;
    int status;
};

static struct task *free_task(struct courier *c)
{
    for (size_t i = 0; i < COURIER_AT_ONCE; i++)
        if (c->tasks[i].pid == 0)
            return &c->tasks[i];
    return NULL;
}

static struct task *task_of(struct courier *c, pid_t pid)
{
    for (size_t i = 0; i < COURIER_AT_ONCE; i++)
        if (c->tasks[i].pid == pid)
            return &c->tasks[i];
    return NULL;
}

/* Only what the settings name is executed: whoever has taken the worker over chooses nothing. */
static bool is_allowed(const struct courier *c, struct slice path)
{
    for (size_t i = 0; c->commands[i] != NULL; i++)
        if (slice_eq(path, slice_of(c->commands[i])))
            return true;
    return false;
}

static void begin(struct courier *c, const struct courier_letter *letter)
{
    if (letter->kind == COURIER_COMMAND && !is_allowed(c, letter->where))
        task_refuse(&c->out, letter->id, COURIER_TEMPORARY, "the settings know no such command");
    else if (task_start(free_task(c), letter) < 0)
        task_refuse(&c->out, letter->id, COURIER_TEMPORARY, "no process can be started");
}

static void end(struct courier *c, int status)
{
    c->ending = true;
    c->status = status;
}

static bool has_room(struct courier *c)
{
    return c->out.n < OUTPUT_ENOUGH && free_task(c) != NULL;
}

/* Begin with the letters that are there, as long as there is room for them. */
static void take_letters(struct courier *c)
{
    struct slice rest = buf_slice(&c->in);
    struct courier_letter letter;
    size_t used = 0;
    enum parse got = PARSE_OK;

    while (has_room(c) && (got = courier_letter_parse(rest, &letter, &used)) == PARSE_OK) {
        begin(c, &letter);
        rest = slice_from(rest, used);
    }
    if (got == PARSE_BAD)
        end(c, -EBADMSG);
    if (rest.n > 0 && rest.n < c->in.n)
        memmove(c->in.p, rest.p, rest.n);
    c->in.n = rest.n;
    if (rest.n == 0)
        buf_done(&c->in); /* a large one does not stay */
}

static void receive(struct courier *c)
{
    char bytes[READ_ROOM];
    ssize_t n = recv(c->session, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n > 0) {
        buf_add(&c->in, (struct slice){ bytes, (size_t)n });
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        end(c, 0);
    }
}

static void send_answers(struct courier *c)
{
    ssize_t n =
        c->out.n > 0 ? send(c->session, c->out.p, c->out.n, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

    if (n > 0) {
        memmove(c->out.p, c->out.p + n, c->out.n - (size_t)n);
        c->out.n -= (size_t)n;
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        end(c, 0);
    }
    if (c->out.full)
        end(c, -ENOBUFS);
}

static void take_signals(struct courier *c)
{
    struct signalfd_siginfo got;
    int status;
    pid_t pid;

    while (read(c->signals, &got, sizeof got) == (ssize_t)sizeof got)
        if (got.ssi_signo == SIGTERM)
            end(c, 0);
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct task *t = task_of(c, pid);

        if (t != NULL)
            task_ended(t, status, &c->out);
    }
}

/* Milliseconds until something is late; -1 when nothing is under way. */
static int hurry(struct courier *c)
{
    int64_t now = clock_ms(), next = -1;

    for (size_t i = 0; i < COURIER_AT_ONCE; i++) {
        struct task *t = &c->tasks[i];
        int64_t ms = t->pid != 0 ? task_hurry(t, now) : -1;

        if (ms >= 0 && (next < 0 || ms < next))
            next = ms;
    }
    return (int)next;
}

static void serve(struct courier *c)
{
    enum { SIGNALS, SESSION, TASKS };
    struct pollfd fds[TASKS + COURIER_AT_ONCE];

    while (!c->ending) {
        fds[SIGNALS] = (struct pollfd){ .fd = c->signals, .events = POLLIN };
        fds[SESSION] = (struct pollfd){ .fd = c->session,
                                        .events = (short)((has_room(c) ? POLLIN : 0) |
                                                          (c->out.n > 0 ? POLLOUT : 0)) };
        for (size_t i = 0; i < COURIER_AT_ONCE; i++)
            fds[TASKS + i] = (struct pollfd){ .fd = c->tasks[i].pid != 0 ? c->tasks[i].said : -1,
                                              .events = POLLIN };
        if (poll(fds, COUNT(fds), hurry(c)) < 0)
            continue; /* EINTR */
        for (size_t i = 0; i < COURIER_AT_ONCE; i++)
            if (fds[TASKS + i].revents != 0)
                task_listen(&c->tasks[i], &c->out);
        if (fds[SIGNALS].revents != 0)
            take_signals(c);
        if ((fds[SESSION].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            receive(c);
        take_letters(c);
        send_answers(c);
    }
}

static int prepare(struct courier *c)
{
    sigset_t ours;

    sigemptyset(&ours);
    sigaddset(&ours, SIGCHLD);
    sigaddset(&ours, SIGTERM);
    (void)signal(SIGINT,
                 SIG_IGN); /* a terminal sends it to all; the supervisor says when it is over */
    if (sigprocmask(SIG_SETMASK, &ours, NULL) < 0)
        return -errno;
    c->signals = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
    return c->signals < 0 ? -errno : 0;
}

int courier_run(int session, const char *const *commands)
{
    struct courier c = { .session = session,
                         .commands = commands,
                         .in = buf_make(INPUT_MAX),
                         .out = buf_make(OUTPUT_MAX) };
    int status = prepare(&c);

    if (status < 0)
        return status;
    serve(&c);
    for (size_t i = 0; i < COURIER_AT_ONCE; i++)
        if (c.tasks[i].pid != 0)
            task_kill(&c.tasks[i]);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
    (void)close(c.signals);
    buf_done(&c.in);
    buf_done(&c.out);
    return c.status;
}
