#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cmocka.h>

#include "act/sandbox.h"

#include "base/ban.h"

static char state[] = "/tmp/mailfuse-sandbox-XXXXXX";

/* -errno, or what was got. */
static long result(long got)
{
    return got < 0 ? -errno : got;
}

static long try_execute(void)
{
    char *const argv[] = { NULL };

    return result(execve("/bin/true", argv, argv));
}

static long try_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return result(pid);
}

static long try_shadow(void)
{
    return geteuid() == 0 ? 0 : result(open("/etc/shadow", O_RDONLY));
}

static long try_root(void)
{
    return result(setuid(0));
}

static long try_ptrace(void)
{
    return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static long try_mount(void)
{
    return result(mount("none", state, "tmpfs", 0, NULL));
}

static long try_code(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? -errno : munmap(p, 4096);
}

static long try_become_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    long got = p == MAP_FAILED ? 0 : result(mprotect(p, 4096, PROT_READ | PROT_EXEC));

    return p == MAP_FAILED || munmap(p, 4096) < 0 ? 0 : got;
}

static long try_packets(void)
{
    return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static long try_kill_other(void)
{
    return result(kill(getppid(), 0));
}

static long try_unshare(void)
{
    return result(syscall(SYS_unshare, 0));
}

static long try_keys(void)
{
    return result(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
}

static long try_ring(void)
{
    return result(syscall(SYS_io_uring_setup, 1, NULL));
}

static const struct refused {
    const char *name;
    long (*attempt)(void);
    long want, or_want;
} refused[] = {
    { "execve", try_execute, -EPERM, 0 },
    { "fork", try_fork, -EPERM, -ENOSYS },
    { "open /etc/shadow", try_shadow, -EACCES, 0 },
    { "setuid", try_root, -EPERM, 0 },
    { "ptrace", try_ptrace, -EPERM, 0 },
    { "mount", try_mount, -EPERM, 0 },
    { "memory with code", try_code, -EPERM, 0 },
    { "memory becomes code", try_become_code, -EPERM, 0 },
    { "packet socket", try_packets, -ENOSYS, 0 },
    { "kill", try_kill_other, -ENOSYS, 0 },
    { "unshare", try_unshare, -EPERM, 0 },
    { "keyctl", try_keys, -EPERM, 0 },
    { "io_uring", try_ring, -EPERM, 0 },
};

static int try_refused(void)
{
    int wrong = 0;

    for (size_t i = 0; i < COUNT(refused); i++) {
        long got = refused[i].attempt();

        if (got != refused[i].want && (refused[i].or_want == 0 || got != refused[i].or_want)) {
            dprintf(STDERR_FILENO, "%s: got %ld, want %ld\n", refused[i].name, got,
                    refused[i].want);
            wrong++;
        }
    }
    return wrong;
}

static bool database_works(void)
{
    char path[100];
    sqlite3 *db = NULL;
    bool works;

    snprintf(path, sizeof path, "%s/db", state);
    works = sqlite3_open(path, &db) == SQLITE_OK &&
            sqlite3_exec(db,
                         "pragma journal_mode = wal; pragma synchronous = full;"
                         "create table if not exists t (x); insert into t values (1);"
                         "pragma wal_checkpoint(truncate); vacuum",
                         NULL, NULL, NULL) == SQLITE_OK;
    (void)sqlite3_close(db);
    return works;
}

static void *thread(void *arg)
{
    (void)pthread_setname_np(pthread_self(), "store");
    return database_works() ? arg : NULL;
}

static bool threads_work(void)
{
    pthread_t t;
    void *got = NULL;

    return pthread_create(&t, NULL, thread, state) == 0 && pthread_join(t, &got) == 0 &&
           got == state;
}

static bool files_work(void)
{
    char one[100], two[100];
    int fd;

    snprintf(one, sizeof one, "%s/one", state);
    snprintf(two, sizeof two, "%s/two", state);
    fd = open(one, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 && pwrite(fd, "x", 1, 0) == 1 && ftruncate(fd, 0) == 0 && fdatasync(fd) == 0 &&
           rename(one, two) == 0 && fsync(fd) == 0 && unlink(two) == 0 && close(fd) == 0;
}

static bool waiting_works(void)
{
    int pair[2];
    int notify = inotify_init1(IN_CLOEXEC), queue = epoll_create1(EPOLL_CLOEXEC);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN };

    return notify >= 0 && inotify_add_watch(notify, state, IN_MODIFY) >= 0 && queue >= 0 &&
           timer >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 &&
           epoll_ctl(queue, EPOLL_CTL_ADD, pair[0], &event) == 0 &&
           epoll_wait(queue, &event, 1, 0) == 0 && close(socket(AF_INET6, SOCK_STREAM, 0)) == 0;
}

/* There may be no journal; to ask for it is no reason to fail for lack of a system call. */
static bool systemd_works(void)
{
    sd_journal *journal = NULL;
    int status = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);

    sd_journal_close(journal);
    return status != -EPERM && status != -ENOSYS && sd_notify(0, "READY=1") == 1;
}

static int try_allowed(void)
{
    const struct {
        const char *name;
        bool (*works)(void);
    } allowed[] = {
        { "files", files_work },      { "database", database_works }, { "threads", threads_work },
        { "waiting", waiting_works }, { "systemd", systemd_works },
    };
    int wrong = 0;

    for (size_t i = 0; i < COUNT(allowed); i++) {
        if (!allowed[i].works()) {
            dprintf(STDERR_FILENO, "%s: does not work: %s\n", allowed[i].name, strerror(errno));
            wrong++;
        }
    }
    return wrong;
}

/* Run in a process that is in the sandbox, and give its exit status. */
static int in_sandbox(int (*attempt)(void))
{
    struct sandbox_user nobody = { 0 };
    CLEANUP(buf_done) struct buf why = buf_make(1000);
    pid_t pid;
    int status;

    if (geteuid() == 0)
        assert_int_equal(sandbox_find_user("nobody", NULL, &nobody, &why), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if ((geteuid() == 0 && chown(state, nobody.uid, nobody.gid) < 0) ||
            sandbox_enter(&nobody, &why) < 0) {
            dprintf(STDERR_FILENO, "%.*s\n", SLICE_ARG(buf_slice(&why)));
            _exit(100);
        }
        _exit(attempt());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_refused(void **unused)
{
    (void)unused;
    assert_int_equal(in_sandbox(try_refused), 0);
}

static void test_allowed(void **unused)
{
    char address[120];
    struct sockaddr_un {
        sa_family_t family;
        char path[108];
    } at = { .family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)unused;
    snprintf(at.path, sizeof at.path, "%s/notify", state);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(chmod(at.path, 0777), 0);
    snprintf(address, sizeof address, "%s/notify", state);
    assert_int_equal(setenv("NOTIFY_SOCKET", address, 1), 0);
    assert_int_equal(in_sandbox(try_allowed), 0);
    assert_int_equal(recv(fd, address, sizeof address, MSG_DONTWAIT), 7);
    assert_memory_equal(address, "READY=1", 7);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(at.path), 0);
}

static int abort_here(void)
{
    (void)signal(SIGABRT, SIG_DFL);
    abort();
}

/* An assertion that fails ends the process at once, and shows. */
static void test_abort(void **unused)
{
    (void)unused;
    assert_int_equal(in_sandbox(abort_here), 128 + SIGABRT);
}

static void test_users(void **unused)
{
    const char *const groups[] = { "daemon", "no-such-group", "daemon", NULL };
    CLEANUP(buf_done) struct buf why = buf_make(1000);
    struct sandbox_user user;

    (void)unused;
    assert_int_equal(sandbox_find_user("root", NULL, &user, &why), -EPERM);
    assert_int_equal(sandbox_find_user("no-such-user", NULL, &user, &why), -ENOENT);
    assert_true(slice_ends(buf_slice(&why), SLICE("create it (systemd-sysusers mailfuse.conf)")));
    assert_int_equal(sandbox_find_user("nobody", groups, &user, &why), 0);
    assert_true(user.uid != 0 && user.groups_n == 2);
    if (geteuid() == 0)
        assert_int_equal(sandbox_enter(NULL, &why), -EPERM);
}

static int set_up(void **unused)
{
    (void)unused;
    return mkdtemp(state) == NULL;
}

static int tear_down(void **unused)
{
    char path[100];

    (void)unused;
    snprintf(path, sizeof path, "%s/db", state);
    (void)unlink(path);
    return rmdir(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_users),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
