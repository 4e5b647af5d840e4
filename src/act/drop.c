#include "act/drop.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/ban.h"

static int become(uid_t uid, gid_t gid, const gid_t *groups, size_t groups_n)
{
    if (geteuid() != 0)
        return getuid() == uid && geteuid() == uid && getgid() == gid ? 0 : -EPERM;
    if (setgroups(groups_n, groups) < 0 || setresgid(gid, gid, gid) < 0 ||
        setresuid(uid, uid, uid) < 0)
        return -errno;
    return 0;
}

/* Set again what setresuid(2) has cleared; the parent may have died in between. */
static int keep_death_signal(int death_signal, pid_t parent)
{
    if (death_signal != 0 && prctl(PR_SET_PDEATHSIG, death_signal) < 0)
        return -errno;
    if (death_signal != 0 && getppid() != parent)
        return -ESRCH;
    return 0;
}

int drop_to(uid_t uid, gid_t gid, const gid_t *groups, size_t groups_n)
{
    int death_signal = 0, status;
    pid_t parent = getppid();

    (void)prctl(PR_GET_PDEATHSIG, &death_signal);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    capng_clear(CAPNG_SELECT_ALL);
    if (geteuid() == 0 && capng_apply(CAPNG_SELECT_BOUNDS) < 0)
        return -EPERM; /* while there is the capability to do so */
    status = become(uid, gid, groups, groups_n);
    if (status < 0)
        return status;
    capng_clear(CAPNG_SELECT_ALL);
    if (capng_apply(CAPNG_SELECT_CAPS) < 0 || capng_get_caps_process() < 0 ||
        capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
        return -EPERM;
    if (uid != 0 && setuid(0) == 0)
        return -EPERM; /* there must be no way back */
    return keep_death_signal(death_signal, parent);
}

int drop_capabilities_but(const unsigned *keep, size_t n)
{
    if (capng_get_caps_process() < 0)
        return -EPERM;
    for (unsigned cap = 0; cap <= (unsigned)CAP_LAST_CAP; cap++) {
        bool kept = false;

        for (size_t i = 0; i < n; i++)
            kept = kept || keep[i] == cap;
        if (!kept)
            (void)capng_update(
                CAPNG_DROP,
                CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE | CAPNG_BOUNDING_SET, cap);
    }
    return capng_apply(CAPNG_SELECT_BOTH) < 0 ? -EPERM : 0;
}
