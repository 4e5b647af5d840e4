#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "courier/deliver.h"

#include "base/ban.h"

enum { TEMPFAIL = 75, NOT_EXECUTABLE = 126, NOT_FOUND = 127, VARIABLES = 5 };

/* "NAME=value", with '?' for each control character. */
static char *variable(const char *name, struct slice value)
{
    size_t start = strlen(name) + 1;
    struct buf text = buf_make(start + value.n + 1);
    char *copy;

    buf_printf(&text, "%s=", name);
    for (size_t i = 0; i < value.n; i++)
        buf_add_char(&text,
                     (unsigned char)value.p[i] < ' ' || value.p[i] == '\x7f' ? '?' : value.p[i]);
    copy = memory_text(text.p, text.n);
    buf_done(&text);
    return copy;
}

/* Its input is a file in memory: nobody has to feed it. */
static int open_input(struct slice body)
{
    int fd = memfd_create("event", MFD_CLOEXEC);
    size_t done = 0;

    while (fd >= 0 && done < body.n) {
        ssize_t n = write(fd, body.p + done, body.n - done);

        if (n < 0 && errno != EINTR)
            return -1;
        done += n > 0 ? (size_t)n : 0;
    }
    return fd >= 0 && lseek(fd, 0, SEEK_SET) == 0 ? fd : -1;
}

static bool set_descriptors(struct slice body)
{
    int input = open_input(body), nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

    return input >= 0 && nothing >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
           dup2(nothing, STDOUT_FILENO) >= 0 && close_range(STDERR_FILENO + 1, ~0U, 0) == 0 &&
           chdir("/") == 0;
}

void command_execute(const struct courier_letter *l)
{
    char *argv[COURIER_ARGUMENTS_MAX + 2] = { memory_text(l->where.p, l->where.n) };
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LC_ALL=C.UTF-8";
    char *environment[VARIABLES + 1] = { path, language, variable("MAILFUSE_KIND", l->event),
                                         variable("MAILFUSE_INCIDENT", l->incident),
                                         variable("MAILFUSE_SUBJECT", l->subject) };

    for (uint32_t i = 0; i < l->arguments_n && i < COURIER_ARGUMENTS_MAX; i++)
        argv[i + 1] = memory_text(l->arguments[i].p, l->arguments[i].n);
    if (set_descriptors(l->body))
        (void)execve(argv[0], argv, environment);
}

static enum courier_result result_of(int code)
{
    if (code == 0)
        return COURIER_OK;
    return code == TEMPFAIL || code == NOT_EXECUTABLE || code == NOT_FOUND ? COURIER_TEMPORARY
                                                                           : COURIER_PERMANENT;
}

void command_judge(int status, bool late, struct slice said, struct outcome *o)
{
    struct slice line, rest = said;
    const char *colon;

    if (!slice_cut(&rest, '\n', &line))
        line = rest;
    line = slice_trim(line);
    colon = line.n > 0 ? ": " : "";
    if (late)
        outcome_set(o, COURIER_TEMPORARY, "took too long%s%.*s", colon, SLICE_ARG(line));
    else if (WIFSIGNALED(status))
        outcome_set(o, COURIER_TEMPORARY, "ended by signal %d%s%.*s", WTERMSIG(status), colon,
                    SLICE_ARG(line));
    else
        outcome_set(o, result_of(WEXITSTATUS(status)), "status %d%s%.*s", WEXITSTATUS(status),
                    colon, SLICE_ARG(line));
}
