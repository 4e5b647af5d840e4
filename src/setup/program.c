#include "setup/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/ban.h"

enum { OUTPUT_MAX = 16 << 20, WRONG_MAX = 256 * 1024, READ_BLOCK = 16 * 1024 };

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Start it with its output in the two pipes. 0, or -errno. */
static int start(const char *const *argv, const int out[2], const int wrong[2], pid_t *pid)
{
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char *environment[] = { path, locale, NULL };
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        return -error;
    if ((error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&actions, out[1], 1)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&actions, wrong[1], 2)) == 0)
        error =
            posix_spawn(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    return -error;
}

/* Read what is there; false at the end. */
static bool drain(int fd, struct buf *to)
{
    char block[READ_BLOCK];
    ssize_t n = read(fd, block, sizeof block);

    if (n > 0)
        buf_add(to, slice_head((struct slice){ block, (size_t)n }, to->limit - 1 - to->n));
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Until both pipes are closed. 0, or -ETIMEDOUT. */
static int read_all(int out, int wrong, struct program_result *result)
{
    struct pollfd fds[] = { { .fd = out, .events = POLLIN }, { .fd = wrong, .events = POLLIN } };
    int64_t end_ms = now_ms() + PROGRAM_TIMEOUT_MS;

    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        int64_t left_ms = end_ms - now_ms();

        if (left_ms <= 0)
            return -ETIMEDOUT;
        if (poll(fds, 2, (int)left_ms) < 0 && errno != EINTR)
            return -errno;
        if (fds[0].revents != 0 && !drain(out, &result->out))
            fds[0].fd = -1;
        if (fds[1].revents != 0 && !drain(wrong, &result->wrong))
            fds[1].fd = -1;
    }
    return 0;
}

static void close_pipe(int fds[2])
{
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

static void end_text(struct buf *b)
{
    buf_add_char(b, '\0');
    b->n--;
}

int program_capture(const char *const *argv, struct program_result *result)
{
    int out[2] = { -1, -1 }, wrong[2] = { -1, -1 }, error = 0, how = 0;
    pid_t pid = -1;

    *result = (struct program_result){ .out = buf_make(OUTPUT_MAX), .wrong = buf_make(WRONG_MAX) };
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(wrong, O_CLOEXEC) < 0)
        error = -errno;
    else
        error = start(argv, out, wrong, &pid);
    if (error == 0) {
        (void)close(out[1]);
        (void)close(wrong[1]);
        out[1] = wrong[1] = -1;
        error = read_all(out[0], wrong[0], result);
        if (error != 0)
            (void)kill(pid, SIGKILL);
        while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
            ;
        result->status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    }
    close_pipe(out);
    close_pipe(wrong);
    end_text(&result->out);
    end_text(&result->wrong);
    return error;
}

void program_done(struct program_result *result)
{
    buf_done(&result->out);
    buf_done(&result->wrong);
}

struct slice program_complaint(const struct program_result *result)
{
    static const char *const words[] = { "fatal", "Fatal", "error", "Error" };
    struct slice all = buf_slice(result->wrong.n > 0 ? &result->wrong : &result->out);
    struct slice first = { NULL, 0 }, line;

    while (all.n > 0) {
        if (!slice_cut(&all, '\n', &line)) {
            line = all;
            all.n = 0;
        }
        for (size_t i = 0; i < COUNT(words); i++)
            if (line.n > 0 && memmem(line.p, line.n, words[i], strlen(words[i])) != NULL)
                return line;
        if (first.n == 0)
            first = line;
    }
    return first;
}
