/* syscalls.h - the system calls that the worker may use: see sandbox.h. */
#ifndef ACT_SYSCALLS_H
#define ACT_SYSCALLS_H

#include "base/attributes.h"

/* From here on, in all threads, for good. Sets PR_SET_NO_NEW_PRIVS. 0 or -errno. */
NODISCARD int syscalls_restrict(void);

#endif
