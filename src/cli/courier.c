#include "cli/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "act/drop.h"
#include "base/memory.h"

#include "base/ban.h"

#define NAME "mailfuse-courier"

enum { CANNOT = 1 };

/* The directory of the program that runs, with its last slash. */
static struct slice own_directory(char room[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", room, PATH_MAX);
    struct slice path = { room, n > 0 ? (size_t)n : 0 };
    const char *slash = path.n > 0 ? memrchr(path.p, '/', path.n) : NULL;

    return slash != NULL ? slice_between(room, slash + 1) : slice_head(path, 0);
}

int courier_find(void)
{
    char own[PATH_MAX];
    struct slice beside = own_directory(own);
    struct buf path = buf_make(PATH_MAX + sizeof NAME);
    int fd = -1;

    buf_printf(&path, "%.*s" NAME, SLICE_ARG(beside));
    if (beside.n > 0 && !path.full)
        fd = open(path.p, O_PATH | O_CLOEXEC);
    buf_done(&path);
    return fd >= 0 ? fd : open(COURIER_PATH, O_PATH | O_CLOEXEC);
}

/* NAME, the commands, NULL. execve(2) leaves the strings as they are; its type is older than
 * const. */
static char **arguments(const char *const *commands)
{
    size_t n = 0;
    char **argv;

    while (commands[n] != NULL)
        n++;
    argv = memory_new(n + 2, sizeof *argv);
    argv[0] = memory_text(NAME, sizeof NAME - 1);
    for (size_t i = 0; i < n; i++)
        argv[i + 1] = (char *)(uintptr_t)commands[i];
    return argv;
}

int courier_become(int program, int session, const struct sandbox_user *user,
                   const char *const *commands)
{
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LC_ALL=C.UTF-8";
    char *environment[] = { path, language, NULL }, **argv = arguments(commands);
    int status = user != NULL ? drop_to(user->uid, user->gid, user->groups, user->groups_n) : 0;

    if (status == 0 && (dup2(session, STDIN_FILENO) < 0 ||
                        close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0))
        status = -errno;
    if (status == 0) {
        (void)execveat(program, "", argv, environment, AT_EMPTY_PATH);
        status = -errno;
    }
    fprintf(stderr, "mailfuse: " NAME " cannot be executed: %s\n", strerror(-status));
    free(argv[0]);
    free(argv);
    return CANNOT;
}
