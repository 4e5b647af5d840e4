/* courier.h - starts mailfuse-courier, which delivers alerts, from the supervisor. */
#ifndef CLI_COURIER_H
#define CLI_COURIER_H

#include "act/sandbox.h"

#define COURIER_PATH MAILFUSE_LIBEXEC "/mailfuse-courier" /* where it is installed to */

/* The program: beside the one that runs, else at COURIER_PATH. The descriptor is the
 * caller's: opened once, so that a daemon that runs while its package is replaced goes on with the
 * courier it knows. -1: there is none. */
NODISCARD int courier_find(void);

/* In a process of its own: become that user (NULL: without root, stay) and then the program, with
 * `session` as its standard input.
 * commands  what it may execute; ends with NULL
 * Only returns when something is wrong: an exit status, after a message. */
NODISCARD int courier_become(int program, int session, const struct sandbox_user *user,
                             const char *const *commands);

#endif
