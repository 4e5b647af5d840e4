/* program.h - run another program to its end and read what it prints. No shell: each argument
 * arrives as it is. Standard input is empty; the environment is PATH and LC_ALL=C only. */
#ifndef SETUP_PROGRAM_H
#define SETUP_PROGRAM_H

#include "base/buf.h"

enum { PROGRAM_TIMEOUT_MS = 60 * 1000 };

struct program_result {
    int status;       /* exit status; 128 + the signal that ended it */
    struct buf out;   /* standard output, cut at its limit; with a NUL after it */
    struct buf wrong; /* standard error, likewise */
};

/* argv[0] is the path of the program; the last one is NULL. 0 when it ran to its end, whatever its
 * status; -errno when it could not be started; -ETIMEDOUT when it had to be killed. `out` is to be
 * freed with program_done either way. */
NODISCARD int program_capture(const char *const *argv, struct program_result *out);
void program_done(struct program_result *result);

/* Its first line that says what is wrong, for messages: of standard error, else of output. */
struct slice program_complaint(const struct program_result *result);

#endif
