#include "act/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ban.h"

enum { READ_ROOM = 16 * 1024, CANNOT_EXECUTE = 127 };

struct pipes {
    int input[2], output[2]; /* [0] is read, [1] is written */
};

static void fd_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void pipes_done(struct pipes *p)
{
    for (int i = 0; i < 2; i++) {
        fd_close(&p->input[i]);
        fd_close(&p->output[i]);
    }
}

/* In the child; never returns. */
static void execute(const char *const argv[], const struct pipes *p)
{
    static const char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
                                               NULL };
    sigset_t none;

    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(p->input[0], STDIN_FILENO) >= 0 && dup2(p->output[1], STDOUT_FILENO) >= 0 &&
        dup2(p->output[1], STDERR_FILENO) >= 0 && close_range(3, ~0U, 0) == 0 && chdir("/") == 0)
        /* execve(2) leaves the strings as they are; its type is older than const. */
        (void)execve(argv[0], (char *const *)(uintptr_t)argv,
                     (char *const *)(uintptr_t)environment);
    dprintf(STDERR_FILENO, "cannot execute %s: %s\n", argv[0], strerror(errno));
    _exit(CANNOT_EXECUTE);
}

/* Write what fits; closes the pipe after the last byte, or when nobody reads. */
static void feed(int *to, struct slice *input)
{
    ssize_t n = input->n > 0 ? write(*to, input->p, input->n) : 0;

    if (n > 0)
        *input = slice_from(*input, (size_t)n);
    if (input->n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        fd_close(to);
}

/* Keep the end of what is said: half of the room is given up at a time. */
static void keep(struct buf *output, struct slice said)
{
    bool lost = output->full;

    if (said.n > output->limit / 2) {
        lost = true;
        said = slice_from(said, said.n - output->limit / 2);
    }
    if (said.n > output->limit - output->n) {
        size_t half = output->limit / 2;

        memmove(output->p, output->p + output->n - (output->n < half ? output->n : half),
                output->n < half ? output->n : half);
        output->n = output->n < half ? output->n : half;
        lost = true;
    }
    buf_add(output, said);
    output->full = lost;
}

static void listen_to(int *from, struct buf *output)
{
    char said[READ_ROOM];
    ssize_t n = read(*from, said, sizeof said);

    if (n > 0)
        keep(output, (struct slice){ said, (size_t)n });
    else if (n == 0 || errno != EINTR)
        fd_close(from);
}

/* Feed and listen until it has closed its output. */
static void talk(struct pipes *p, struct slice input, struct buf *output)
{
    feed(&p->input[1], &input);
    while (p->output[0] >= 0) {
        struct pollfd fds[2] = { { .fd = p->output[0], .events = POLLIN },
                                 { .fd = p->input[1], .events = POLLOUT } };

        if (poll(fds, 2, -1) < 0)
            continue; /* EINTR: there is nothing else that it could be */
        if (fds[1].revents != 0)
            feed(&p->input[1], &input);
        if (fds[0].revents != 0)
            listen_to(&p->output[0], output);
    }
}

static int wait_for(pid_t pid)
{
    int status;
    pid_t got;

    do
        got = waitpid(pid, &status, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int program_await(const char *const argv[], struct slice input, struct buf *output)
{
    CLEANUP(pipes_done) struct pipes p = { { -1, -1 }, { -1, -1 } };
    pid_t pid;

    if (argv[0] == NULL || argv[0][0] != '/')
        return -EINVAL;
    if (pipe2(p.input, O_CLOEXEC) < 0 || pipe2(p.output, O_CLOEXEC) < 0 ||
        fcntl(p.input[1], F_SETFL, O_NONBLOCK) < 0)
        return -errno;
    (void)signal(SIGPIPE, SIG_IGN); /* a program need not read all of its input */
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        execute(argv, &p);
    fd_close(&p.input[0]);
    fd_close(&p.output[1]);
    talk(&p, input, output);
    return wait_for(pid);
}
