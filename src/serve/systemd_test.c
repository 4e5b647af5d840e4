#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "serve/systemd.h"

#include "base/ban.h"

/* A datagram socket at `name`; '@' stands for the NUL of an abstract one. */
static int manager(const char *name)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof at.sun_path, "%s", name);
    if (name[0] == '@')
        at.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (const struct sockaddr *)&at,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                     0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void hear(int fd)
{
    char got[40] = { 0 };

    assert_int_equal(systemd_notify("READY=1"), 1);
    assert_int_equal(recv(fd, got, sizeof got - 1, MSG_DONTWAIT), 7);
    assert_string_equal(got, "READY=1");
    close(fd);
}

static void test_notify(void **state)
{
    char folder[] = "/tmp/mailfuse-test.XXXXXX", name[60];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof name, "%s/notify", folder);
    hear(manager(name));
    assert_int_equal(systemd_notify("READY=1"), -ECONNREFUSED); /* it has gone */
    unlink(name);
    rmdir(folder);
    snprintf(name, sizeof name, "@mailfuse-test-%d", (int)getpid());
    hear(manager(name));
}

static void test_nobody_to_tell(void **state)
{
    char long_name[200];

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(systemd_notify("READY=1"), 0);
    setenv("NOTIFY_SOCKET", "", 1);
    assert_int_equal(systemd_notify("READY=1"), 0);
    setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
    assert_int_equal(systemd_notify("READY=1"), -EINVAL);
    memset(long_name, 'a', sizeof long_name);
    long_name[0] = '/';
    long_name[sizeof long_name - 1] = '\0';
    setenv("NOTIFY_SOCKET", long_name, 1);
    assert_int_equal(systemd_notify("READY=1"), -EINVAL);
}

static void test_fds(void **state)
{
    char me[20], other[20];
    const struct {
        const char *pid, *fds;
        int want;
    } cases[] = {
        { me, "2", 2 },   { other, "2", 0 },    { NULL, "2", 0 },
        { me, NULL, 0 },  { me, "-1", 0 },      { me, "4294967297", 1024 },
        { me, "two", 0 }, { me, "", 0 },        { "", "1", 0 },
        { me, "0", 0 },   { me, "1024", 1024 },
    };

    (void)state;
    snprintf(me, sizeof me, "%d", (int)getpid());
    snprintf(other, sizeof other, "%d", (int)getpid() + 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsetenv("LISTEN_PID");
        unsetenv("LISTEN_FDS");
        if (cases[i].pid != NULL)
            setenv("LISTEN_PID", cases[i].pid, 1);
        if (cases[i].fds != NULL)
            setenv("LISTEN_FDS", cases[i].fds, 1);
        assert_int_equal(systemd_fds(), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify),
        cmocka_unit_test(test_nobody_to_tell),
        cmocka_unit_test(test_fds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
