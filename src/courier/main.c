/* main.c - mailfuse-courier; the supervisor of `mailfuse run` starts it, with the session as its
 * standard input. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "courier/courier.h"

#include "base/ban.h"

enum { USAGE = 64, FILES = 128 };

static void usage(void)
{
    fputs("Usage: mailfuse-courier [COMMAND]...\n"
          "Part of mailfuse: delivers alerts. It is started by mailfuse run, and is of no use to\n"
          "anybody else. COMMAND is the absolute path of a program that it may execute.\n",
          stderr);
}

/* No memory of ours, where passwords are, goes to a file or to a debugger. */
static int limit(void)
{
    const struct rlimit none = { 0, 0 }, files = { FILES, FILES };

    if (setrlimit(RLIMIT_CORE, &none) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return -errno;
    return 0;
}

/* The daemon may be spared when memory is short (OOMScoreAdjust=); we, and what we start, are not.
 * It is no harm when this fails. */
static void be_nobody_special(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    ssize_t n = fd >= 0 ? write(fd, "0", 1) : 0;

    (void)n;
    if (fd >= 0)
        (void)close(fd);
}

int main(int argc, char **argv)
{
    int type = 0, status;
    socklen_t room = sizeof type;

    (void)argc;
    if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &room) < 0 || type != SOCK_STREAM) {
        usage();
        return USAGE;
    }
    if (geteuid() == 0) {
        fputs("mailfuse-courier: is not to run as root\n", stderr);
        return USAGE;
    }
    be_nobody_special();
    status = limit();
    if (status == 0)
        status = courier_run(STDIN_FILENO, (const char *const *)argv + 1);
    if (status < 0)
        fprintf(stderr, "mailfuse-courier: %s\n", strerror(-status));
    _exit(status < 0 ? 1 : 0);
}
