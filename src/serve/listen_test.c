#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/slice.h"
#include "serve/listen.h"

#include "base/ban.h"

static int open_at(const char *where, char error[200])
{
    error[0] = '\0';
    return listen_open(where, 0660, (uid_t)-1, (gid_t)-1, error, 200);
}

static const struct bad_case {
    const char *where;
} bad_cases[] = {
    { "" },
    { "unix" },
    { "unix:" },
    { "unix:relative" },
    { "unix:/tmp/"
      "a-path-that-is-longer-than-the-kernel-has-room-for-in-a-socket-address-which-is-one-hundred-"
      "and-seven-bytes" },
    { "127.0.0.1:10040" },
    { "inet:" },
    { "inet:127.0.0.1" },
    { "inet:10040" },
    { "inet::10040" },
    { "inet:127.0.0.1:" },
    { "inet:127.0.0.1:65536" },
    { "inet:127.0.0.1:-1" },
    { "inet:127.0.0.1:smtp" },
    { "inet:mail.example.test:10040" }, /* would ask the DNS */
    { "inet:::1:10040" },
    { "inet:[127.0.0.1]:10040" },
    { "inet:[]:10040" },
    { "inet:[::1:10040" },
    { "INET:127.0.0.1:10040" },
};

static void test_no_such_form(void **state)
{
    char error[200], small[8];

    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof *bad_cases; i++) {
        const char *where = bad_cases[i].where;

        if (open_at(where, error) != -EINVAL)
            fail_msg("%s: taken for an address", where);
        assert_true(slice_starts(slice_of(error), slice_of(where)));
        assert_non_null(strstr(error, ": neither unix:/PATH nor inet:"));
        assert_int_equal(listen_inherited(where), -EINVAL);
    }
    assert_int_equal(listen_open("unix", 0, 0, 0, small, sizeof small), -EINVAL);
    assert_int_equal(strlen(small), sizeof small - 1);
}

static void assert_listens(int fd)
{
    struct sockaddr_storage at;
    socklen_t n = sizeof at;
    int client;

    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    client = socket(at.ss_family, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&at, n), 0);
    close(client);
}

static void test_inet(void **state)
{
    const char *const names[] = { "inet:127.0.0.1:0", "inet:localhost:0", "inet:[::1]:0" };
    char error[200], where[64];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int fd = open_at(names[i], error), again;

        if (fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT) {
            print_message("no %s here\n", names[i]); /* a machine without IPv6 */
            continue;
        }
        assert_listens(fd);
        assert_in_range(listen_port(fd), 1, 65535);
        snprintf(where, sizeof where, "%.*s%u", (int)strlen(names[i]) - 1, names[i],
                 listen_port(fd));
        again = open_at(where, error);
        assert_int_equal(again, -EADDRINUSE);
        assert_non_null(strstr(error, where));
        close(fd);
        again = open_at(where, error);
        assert_listens(again);
        close(again);
    }
}

static int make_folder(void **state)
{
    char folder[] = "/tmp/mailfuse-listen.XXXXXX";

    *state = mkdtemp(folder) != NULL ? strdup(folder) : NULL;
    return *state != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    int done = rmdir(*state);

    free(*state);
    return done;
}

/* "unix:FOLDER/s", which `path` is a part of. */
static const char *name_in(const char *folder, char where[128])
{
    snprintf(where, 128, "unix:%s/s", folder);
    return where + strlen("unix:");
}

static void test_unix(void **state)
{
    char where[128], error[200], want[200];
    const char *path = name_in(*state, where);
    mode_t mask = umask(0077);
    struct stat there;
    int fd = listen_open(where, 0660, geteuid(), getegid(), error, sizeof error), again;

    assert_int_equal(umask(mask), 0077); /* as it was */
    assert_listens(fd);
    assert_int_equal(listen_port(fd), 0);
    assert_int_equal(lstat(path, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0660);

    snprintf(want, sizeof want, "%s: process %d of user %u listens there already", where,
             (int)getpid(), (unsigned)geteuid());
    assert_int_equal(open_at(where, error), -EADDRINUSE);
    assert_string_equal(error, want);
    assert_listens(fd); /* it was left in peace */

    close(fd); /* the name stays: stale */
    again = open_at(where, error);
    assert_listens(again);
    close(again);
    assert_int_equal(unlink(path), 0);
}

static void test_unix_in_the_way(void **state)
{
    char where[128], error[200];
    const char *path = name_in(*state, where);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);

    close(fd);
    assert_int_equal(open_at(where, error), -EEXIST);
    assert_non_null(strstr(error, "a file that is no socket is there"));
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0); /* not followed */
    assert_int_equal(open_at(where, error), -EEXIST);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(open_at("unix:/nonexistent/s", error), -ENOENT);
    assert_string_equal(error, "unix:/nonexistent/s: No such file or directory");
}

static void test_unix_owner_refused(void **state)
{
    char where[128], error[200];
    const char *path = name_in(*state, where);

    if (geteuid() == 0)
        skip();
    assert_int_equal(listen_open(where, 0600, 0, (gid_t)-1, error, sizeof error), -EPERM);
    assert_int_equal(access(path, F_OK), -1);
}

/* What systemd does: the sockets from number 3 on, and their count in the environment. */
static void inherit(const char *unix_where, const char *inet_where, int inet_fd, int unix_fd)
{
    char pid[20];
    int high[2] = { fcntl(unix_fd, F_DUPFD, 20), fcntl(inet_fd, F_DUPFD, 20) };

    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "3", 1);
    dup2(open("/dev/null", O_RDONLY), SD_LISTEN_FDS_START);
    dup2(high[0], SD_LISTEN_FDS_START + 1);
    dup2(high[1], SD_LISTEN_FDS_START + 2);
    if (listen_inherited(unix_where) != SD_LISTEN_FDS_START + 1)
        _exit(1);
    if (listen_inherited(inet_where) != SD_LISTEN_FDS_START + 2)
        _exit(2);
    if (listen_inherited("inet:127.0.0.1:1") != -ENOENT || listen_inherited("unix:/no") != -ENOENT)
        _exit(3);
    if (!(fcntl(SD_LISTEN_FDS_START + 1, F_GETFL) & O_NONBLOCK) ||
        !(fcntl(SD_LISTEN_FDS_START + 1, F_GETFD) & FD_CLOEXEC))
        _exit(4);
    _exit(0);
}

static void test_inherited(void **state)
{
    char where[128], error[200], inet_where[64];
    const char *path = name_in(*state, where);
    int unix_fd = open_at(where, error), inet_fd = open_at("inet:127.0.0.1:0", error), status = -1;
    pid_t child;

    snprintf(inet_where, sizeof inet_where, "inet:127.0.0.1:%u", listen_port(inet_fd));
    assert_int_equal(listen_inherited(where), -ENOENT); /* none was passed to us */
    child = fork();
    if (child == 0)
        inherit(where, inet_where, inet_fd, unix_fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(unix_fd);
    close(inet_fd);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_such_form),
        cmocka_unit_test(test_inet),
        cmocka_unit_test(test_unix),
        cmocka_unit_test(test_unix_in_the_way),
        cmocka_unit_test(test_unix_owner_refused),
        cmocka_unit_test(test_inherited),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
