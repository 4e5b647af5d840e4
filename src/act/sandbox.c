#include "act/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "act/drop.h"
#include "act/syscalls.h"

#include "base/ban.h"

/* Add a group, once. */
static void add_group(struct sandbox_user *u, gid_t gid)
{
    for (size_t i = 0; i < u->groups_n; i++)
        if (u->groups[i] == gid)
            return;
    if (u->groups_n < SANDBOX_GROUPS_MAX)
        u->groups[u->groups_n++] = gid;
}

int sandbox_find_user(const char *name, const char *const extra_groups[], struct sandbox_user *out,
                      struct buf *why)
{
    /* cppcheck-suppress getpwnamCalled ; there is one thread */
    const struct passwd *pw = getpwnam(name);
    struct sandbox_user u = { 0 };
    int n = SANDBOX_GROUPS_MAX;

    if (pw == NULL || pw->pw_uid == 0) {
        buf_printf(why, "user %s: %s", name,
                   pw == NULL ? "there is none; create it (systemd-sysusers mailfuse.conf)"
                              : "must not be root");
        return pw == NULL ? -ENOENT : -EPERM;
    }
    u.uid = pw->pw_uid;
    u.gid = pw->pw_gid;
    if (getgrouplist(name, u.gid, u.groups, &n) < 0) {
        buf_printf(why, "user %s: in more than %d groups", name, SANDBOX_GROUPS_MAX);
        return -E2BIG;
    }
    u.groups_n = (size_t)n;
    for (size_t i = 0; extra_groups != NULL && extra_groups[i] != NULL; i++) {
        /* cppcheck-suppress getgrnamCalled ; there is one thread */
        const struct group *group = getgrnam(extra_groups[i]);

        if (group != NULL)
            add_group(&u, group->gr_gid);
    }
    *out = u;
    return 0;
}

int sandbox_enter(const struct sandbox_user *user, struct buf *why)
{
    struct sandbox_user same = { .uid = getuid(), .gid = getgid() };
    int status;

    if (geteuid() == 0 && user == NULL) {
        buf_printf(why, "the worker is not to run as root");
        return -EPERM;
    }
    if (geteuid() != 0)
        user = &same;
    status = drop_to(user->uid, user->gid, user->groups, user->groups_n);
    if (status < 0) {
        buf_printf(why, "cannot become user %u: %s", (unsigned)user->uid, strerror(-status));
        return status;
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return -errno;
    status = syscalls_restrict();
    if (status < 0)
        buf_printf(why, "seccomp: %s", strerror(-status));
    return status;
}
