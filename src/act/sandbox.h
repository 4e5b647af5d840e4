/* sandbox.h - what the worker gives up before it reads its first byte from outside.
 * It becomes the user mailfuse, without capabilities and without a way to any (bounding set empty,
 * no new privileges), and asks the kernel to refuse what it has no business with: executing
 * programs, starting processes (threads are allowed), tracing, mounting, loading modules, making
 * memory executable, and sockets other than unix, IPv4 and IPv6.
 *
 * What is refused fails and is written to the audit log; it does not end the process: a library
 * that takes a new way after an update must not stop the protection of the mail, and whoever has
 * taken the worker over gains nothing by living on. What is known to be dangerous fails with EPERM;
 * what is not known at all fails with ENOSYS, at which libraries take the older way. */
#ifndef ACT_SANDBOX_H
#define ACT_SANDBOX_H

#include <sys/types.h>

#include "base/buf.h"

enum { SANDBOX_GROUPS_MAX = 64 };

struct sandbox_user {
    uid_t uid;
    gid_t gid;
    gid_t groups[SANDBOX_GROUPS_MAX]; /* supplementary ones */
    size_t groups_n;
};

/* Look the user up, with his groups and these (names, ends with NULL; NULL: none; groups that do
 * not exist are left out). Before sandbox_enter, which leaves no way to ask. 0, or -errno with the
 * reason in `why`; -EPERM for root. */
NODISCARD int sandbox_find_user(const char *name, const char *const extra_groups[],
                                struct sandbox_user *out, struct buf *why);

/* Become him, and shut the door. Without root's rights the user stays what he is, and `user` may
 * be NULL. Before threads are started. 0, or -errno with the reason in `why`: the process is to
 * end. */
NODISCARD int sandbox_enter(const struct sandbox_user *user, struct buf *why);

#endif
