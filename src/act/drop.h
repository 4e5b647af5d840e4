/* drop.h - become another user for good. */
#ifndef ACT_DROP_H
#define ACT_DROP_H

#include <sys/types.h>

#include "base/attributes.h"

/* Give up root: these groups (and no others), this group, this user; no capabilities, also none
 * that a program could bring; no new privileges. Keeps the signal that tells of the parent's death,
 * which the kernel forgets when the user changes. Without root's rights to begin with: only when
 * the process is that user already, whose groups it keeps. 0 or -errno; after an error the process
 * is to end. */
NODISCARD int drop_to(uid_t uid, gid_t gid, const gid_t *groups, size_t groups_n);

/* Keep these capabilities (CAP_KILL, ...) and no others, also for programs that are executed. */
NODISCARD int drop_capabilities_but(const unsigned *keep, size_t n);

#endif
