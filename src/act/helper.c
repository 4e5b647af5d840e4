#include "act/helper.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/clock.h"
#include "act/drop.h"
#include "act/job.h"
#include "base/buf.h"
#include "base/memory.h"

#include "base/ban.h"

enum {
    TASKS_MAX = 64,                   /* requests that wait or run; more stay in the socket */
    PARALLEL_MAX = 8,                 /* that run */
    BYTES_MAX = 2 * WIRE_REQUEST_MAX, /* of requests; more stay in the socket, too */
    SEND_FAILED = 255,                /* exit status of a child that could not send its answer */
};

/* Requests of one line are carried out one after the other. */
enum line { LINE_NONE, LINE_QUEUE, LINE_LOCKS };

struct task {
    struct job_request request; /* `data` is in `bytes` */
    struct buf bytes;
    enum line line;
    pid_t pid; /* 0: it waits */
    int64_t deadline_ms;
    bool late; /* it was killed for that */
};

struct helper {
    int socket, signals;
    const struct helper_options *options;
    struct task *tasks[TASKS_MAX]; /* in the order of their arrival */
    size_t tasks_n;
    struct task *arriving; /* its last part is not there yet */
    bool ending;
};

static void task_free(struct task *t)
{
    if (t != NULL)
        buf_done(&t->bytes);
    free(t);
}

static enum line line_of(uint32_t op)
{
    if (op == HELPER_HOLD || op == HELPER_RELEASE || op == HELPER_REQUEUE || op == HELPER_DELETE)
        return LINE_QUEUE;
    return op == HELPER_LOCK_FILES || op == HELPER_RELAY_MAP ? LINE_LOCKS : LINE_NONE;
}

static int limit_of(const struct helper_options *o, uint32_t op)
{
    if (line_of(op) == LINE_QUEUE || op == HELPER_QUEUE_LIST)
        return o->queue_job_ms > 0 ? o->queue_job_ms : HELPER_QUEUE_JOB_MS;
    return o->job_ms > 0 ? o->job_ms : HELPER_JOB_MS;
}

/* In the child: do it and end. */
static void run_task(const struct helper *h, const struct task *t)
{
    sigset_t none;

    sigemptyset(&none);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)close(h->signals);
    _exit(job_run(h->socket, h->options, &t->request) == 0 ? 0 : SEND_FAILED);
}

/* Start it; without a process for it, say so. True when it runs. */
static bool start_task(struct helper *h, struct task *t)
{
    pid_t pid;

    t->request.data = buf_slice(&t->bytes);
    t->deadline_ms = clock_ms() + limit_of(h->options, t->request.op);
    pid = fork();
    if (pid == 0)
        run_task(h, t);
    if (pid < 0) {
        job_answer(h->socket, &t->request, -errno, "no process can be started");
        return false;
    }
    (void)setpgid(pid, pid); /* here as well: whoever is first */
    t->pid = pid;
    return true;
}

/* May the task at `at` start now? */
static bool is_its_turn(const struct helper *h, size_t at)
{
    size_t running = 0;

    for (size_t i = 0; i < h->tasks_n; i++) {
        const struct task *t = h->tasks[i];

        running += t->pid != 0;
        if (i < at && t->line != LINE_NONE && t->line == h->tasks[at]->line)
            return false;
    }
    return h->tasks[at]->pid == 0 && running < PARALLEL_MAX;
}

static void remove_task(struct helper *h, size_t at)
{
    task_free(h->tasks[at]);
    h->tasks_n--;
    memmove(&h->tasks[at], &h->tasks[at + 1], (h->tasks_n - at) * sizeof(struct task *));
}

static void start_tasks(struct helper *h)
{
    for (size_t i = 0; i < h->tasks_n;) {
        if (is_its_turn(h, i) && !start_task(h, h->tasks[i]))
            remove_task(h, i);
        else
            i++;
    }
}

/* Is it a request that is sent again, because a helper has started: this one? */
static bool is_known(const struct helper *h, uint64_t id)
{
    for (size_t i = 0; i < h->tasks_n; i++)
        if (h->tasks[i]->request.id == id)
            return true;
    return false;
}

/* The last part of a request has come. */
static void arrived(struct helper *h)
{
    struct task *t = h->arriving;

    h->arriving = NULL;
    if (is_known(h, t->request.id)) {
        task_free(t);
        return;
    }
    if (t->bytes.full) {
        job_answer(h->socket, &t->request, -E2BIG, "the request is too large");
        task_free(t);
        return;
    }
    h->tasks[h->tasks_n++] = t;
}

/* Take the parts of requests. False when nobody can send any more. */
static bool receive(struct helper *h)
{
    struct wire_packet packet;
    int status = wire_receive(h->socket, &packet, MSG_DONTWAIT);

    if (status < 0)
        return status == -EAGAIN || status == -EBADMSG;
    if (packet.fd >= 0)
        (void)close(packet.fd);
    if (packet.head.helper != 0 && packet.head.helper != (uint32_t)getpid())
        return true; /* it comes again, in its turn */
    if ((packet.head.flags & WIRE_FIRST) != 0) {
        task_free(h->arriving);
        h->arriving = memory_new(1, sizeof *h->arriving);
        *h->arriving = (struct task){
            .request = { .id = packet.head.id, .op = packet.head.op, .helper = (uint32_t)getpid() },
            .bytes = buf_make(WIRE_REQUEST_MAX),
            .line = line_of(packet.head.op)
        };
    }
    if (h->arriving == NULL || h->arriving->request.id != packet.head.id)
        return true; /* the rest of a request whose front went to a helper that is no more */
    buf_add(&h->arriving->bytes, (struct slice){ packet.data, packet.n });
    if ((packet.head.flags & WIRE_LAST) != 0)
        arrived(h);
    return true;
}

/* A child has ended. What has not answered by itself is answered for. */
static void ended(struct helper *h, pid_t pid, int status)
{
    for (size_t i = 0; i < h->tasks_n; i++) {
        struct task *t = h->tasks[i];

        if (t->pid != pid)
            continue;
        (void)kill(-pid, SIGKILL); /* what it left behind */
        if (t->late)
            job_answer(h->socket, &t->request, -ETIMEDOUT, "it took too long and was stopped");
        else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            job_answer(h->socket, &t->request, -EIO, "the process that should do it has failed");
        remove_task(h, i);
        return;
    }
}

static void take_signals(struct helper *h)
{
    struct signalfd_siginfo info;
    int status;
    pid_t pid;

    while (read(h->signals, &info, sizeof info) == (ssize_t)sizeof info)
        h->ending = h->ending || info.ssi_signo == SIGTERM;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        ended(h, pid, status);
}

/* Kill those that are late. Milliseconds to the next deadline, -1 without one. */
static int deadlines(struct helper *h)
{
    int64_t now = clock_ms(), next = -1;

    for (size_t i = 0; i < h->tasks_n; i++) {
        struct task *t = h->tasks[i];

        if (t->pid == 0 || t->late)
            continue;
        if (t->deadline_ms <= now) {
            t->late = true;
            (void)kill(-t->pid, SIGKILL);
        } else if (next < 0 || t->deadline_ms - now < next) {
            next = t->deadline_ms - now;
        }
    }
    return (int)next;
}

/* Is there room for another request? */
static bool has_room(const struct helper *h)
{
    size_t bytes = 0;

    for (size_t i = 0; i < h->tasks_n; i++)
        bytes += h->tasks[i]->bytes.n;
    return !h->ending && h->tasks_n < TASKS_MAX && bytes < BYTES_MAX;
}

static bool is_running(const struct helper *h)
{
    for (size_t i = 0; i < h->tasks_n; i++)
        if (h->tasks[i]->pid != 0)
            return true;
    return false;
}

static void serve(struct helper *h)
{
    while (!h->ending || is_running(h)) {
        struct pollfd fds[2] = { { .fd = h->signals, .events = POLLIN },
                                 { .fd = h->socket, .events = POLLIN } };

        if (!has_room(h))
            fds[1].fd = -1;
        if (poll(fds, 2, deadlines(h)) < 0)
            continue; /* EINTR */
        if (fds[1].revents != 0 && !receive(h))
            h->ending = true;
        if (fds[0].revents != 0)
            take_signals(h);
        if (!h->ending)
            start_tasks(h);
    }
}

/* postsuper and the reader of the queue become Postfix's user; doveadm signals the processes of
 * users; logs and the queue belong to others; lock files keep their group. */
static int drop_rights(void)
{
    static const unsigned needed[] = { CAP_SETUID, CAP_SETGID,       CAP_SETPCAP,
                                       CAP_KILL,   CAP_DAC_OVERRIDE, CAP_CHOWN };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return geteuid() == 0 ? drop_capabilities_but(needed, COUNT(needed)) : 0;
}

static int prepare(struct helper *h)
{
    const struct wire_head hello = { .op = WIRE_HELLO, .helper = (uint32_t)getpid() };
    sigset_t ours;
    int status = drop_rights();

    sigemptyset(&ours);
    sigaddset(&ours, SIGCHLD);
    sigaddset(&ours, SIGTERM);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* of children of those that were killed */
    if (status < 0 || sigprocmask(SIG_SETMASK, &ours, NULL) < 0)
        return status < 0 ? status : -errno;
    h->signals = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
    if (h->signals < 0)
        return -errno;
    return wire_send(h->socket, &hello, (struct slice){ 0 }, -1, 0);
}

int helper_run(int socket, const struct helper_options *options)
{
    struct helper h = { .socket = socket, .signals = -1, .options = options };
    int status = prepare(&h);

    if (status == 0)
        serve(&h);
    while (h.tasks_n > 0)
        remove_task(&h, h.tasks_n - 1);
    task_free(h.arriving);
    if (h.signals >= 0)
        (void)close(h.signals);
    return status;
}
