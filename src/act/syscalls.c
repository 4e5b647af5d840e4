#include "act/syscalls.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ban.h"

/* libevent, SQLite, libsystemd (journal, sd_notify), threads of glibc, jansson, libmaxminddb. Names
 * that this kernel or architecture does not know are passed over. */
static const char *const allowed[] = {
    /* bytes */
    "read",
    "write",
    "readv",
    "writev",
    "pread64",
    "pwrite64",
    "preadv",
    "pwritev",
    "lseek",
    "close",
    "close_range",
    "dup",
    "dup2",
    "dup3",
    "fcntl",
    "pipe",
    "pipe2",
    "sendfile",
    /* files */
    "open",
    "openat",
    "stat",
    "lstat",
    "fstat",
    "newfstatat",
    "statx",
    "statfs",
    "fstatfs",
    "access",
    "faccessat",
    "faccessat2",
    "readlink",
    "readlinkat",
    "getcwd",
    "getdents64",
    "flock",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "fadvise64",
    "ftruncate",
    "fallocate",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "chmod",
    "fchmod",
    "fchmodat",
    "umask",
    "utimensat",
    "inotify_init1",
    "inotify_add_watch",
    "inotify_rm_watch",
    "memfd_create",
    /* memory */
    "brk",
    "munmap",
    "mremap",
    "madvise",
    "msync",
    "mincore",
    "membarrier",
    /* waiting */
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "eventfd2",
    "timerfd_create",
    "timerfd_settime",
    "timerfd_gettime",
    "signalfd4",
    "nanosleep",
    "clock_nanosleep",
    /* sockets; which ones, see below */
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "shutdown",
    "getsockname",
    "getpeername",
    "getsockopt",
    "setsockopt",
    /* threads and signals */
    "futex",
    "set_robust_list",
    "get_robust_list",
    "rseq",
    "set_tid_address",
    "sched_yield",
    "sched_getaffinity",
    "getpriority",
    "setpriority",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigpending",
    "rt_sigreturn",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "sigaltstack",
    "restart_syscall",
    "exit",
    "exit_group",
    /* questions */
    "clock_gettime",
    "clock_getres",
    "gettimeofday",
    "time",
    "times",
    "getrusage",
    "sysinfo",
    "uname",
    "getrandom",
    "getpid",
    "gettid",
    "getppid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getresuid",
    "getresgid",
    "getgroups",
    "getrlimit",
    "capget",
};

/* Known, and never to be done here: EPERM. All that is in neither list: ENOSYS. */
static const char *const refused[] = {
    "execve",
    "execveat",
    "fork",
    "vfork",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "pidfd_open",
    "pidfd_send_signal",
    "kcmp",
    "mount",
    "umount2",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fspick",
    "pivot_root",
    "chroot",
    "mknod",
    "mknodat",
    "setns",
    "unshare",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "keyctl",
    "add_key",
    "request_key",
    "open_by_handle_at",
    "name_to_handle_at",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "setfsuid",
    "setfsgid",
    "capset",
    "personality",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "syslog",
    "quotactl",
    "acct",
    "iopl",
    "ioperm",
    "modify_ldt",
    "chown",
    "lchown",
    "fchown",
    "fchownat",
    "symlink",
    "symlinkat",
    "setxattr",
    "fsetxattr",
    "lsetxattr",
    "tkill",
    "pkey_mprotect",
    "shmget",
    "shmat",
    "shmctl",
    "msgget",
    "semget",
};

static int add_list(scmp_filter_ctx ctx, uint32_t action, const char *const names[], size_t n)
{
    int status = 0;

    for (size_t i = 0; i < n && status == 0; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);

        if (number >= 0)
            status = seccomp_rule_add(ctx, action, number, 0);
    }
    return status;
}

/* One of the calls that are allowed with some arguments only; with others: ENOSYS, or what `action`
 * says. */
static int add_if(scmp_filter_ctx ctx, uint32_t action, const char *name,
                  struct scmp_arg_cmp compared)
{
    int number = seccomp_syscall_resolve_name(name);

    return number >= 0 ? seccomp_rule_add(ctx, action, number, 1, compared) : 0;
}

static int add_arguments(scmp_filter_ctx ctx)
{
    scmp_datum_t self = (scmp_datum_t)getpid();
    const uint32_t allow = SCMP_ACT_ALLOW, refuse = SCMP_ACT_ERRNO(EPERM);
    const struct {
        uint32_t action;
        const char *name;
        struct scmp_arg_cmp compared;
    } rules[] = {
        { allow, "socket", SCMP_A0_64(SCMP_CMP_EQ, AF_UNIX, 0) },
        { allow, "socket", SCMP_A0_64(SCMP_CMP_EQ, AF_INET, 0) },
        { allow, "socket", SCMP_A0_64(SCMP_CMP_EQ, AF_INET6, 0) },
        { allow, "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD) },
        { allow, "mmap", SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
        { allow, "mprotect", SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
        { refuse, "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0) },
        { refuse, "mmap", SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC) },
        { refuse, "mprotect", SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC) },
        { allow, "prctl", SCMP_A0_64(SCMP_CMP_EQ, PR_SET_NAME, 0) },
        { allow, "prctl", SCMP_A0_64(SCMP_CMP_EQ, PR_GET_NAME, 0) },
        { allow, "prctl", SCMP_A0_64(SCMP_CMP_EQ, PR_GET_DUMPABLE, 0) },
        { allow, "ioctl", SCMP_A1_32(SCMP_CMP_EQ, FIONREAD, 0) },
        { allow, "ioctl", SCMP_A1_32(SCMP_CMP_EQ, FIONBIO, 0) },
        { allow, "ioctl", SCMP_A1_32(SCMP_CMP_EQ, TCGETS, 0) },
        { allow, "prlimit64", SCMP_A2_64(SCMP_CMP_EQ, 0, 0) }, /* a question, no new limit */
        { allow, "kill", SCMP_A0_32(SCMP_CMP_EQ, self, 0) },
        { allow, "tgkill", SCMP_A0_32(SCMP_CMP_EQ, self, 0) }, /* abort(3) */
    };
    int status = 0;

    for (size_t i = 0; i < COUNT(rules) && status == 0; i++)
        status = add_if(ctx, rules[i].action, rules[i].name, rules[i].compared);
    return status;
}

int syscalls_restrict(void)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    int status;

    if (ctx == NULL)
        return -ENOMEM;
    /* Of other architectures there is nothing here that could call. */
    status = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (status == 0)
        status = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
    if (status == 0)
        (void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1); /* not every kernel can */
    if (status == 0)
        status = add_list(ctx, SCMP_ACT_ALLOW, allowed, COUNT(allowed));
    if (status == 0)
        status = add_list(ctx, SCMP_ACT_ERRNO(EPERM), refused, COUNT(refused));
    if (status == 0)
        status = add_arguments(ctx);
    if (status == 0)
        status = seccomp_load(ctx);
    seccomp_release(ctx);
    return status;
}
