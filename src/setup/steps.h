/* steps.h - the steps of a plan, done to this machine and taken back. Postfix's files are
 * changed by postconf(1) alone, so that what else stands in them stays as it is. */
#ifndef SETUP_STEPS_H
#define SETUP_STEPS_H

#include "conf/daemon.h"
#include "setup/plan.h"

enum { STEP_ERROR_MAX = 8192 };

enum step_end {
    STEP_DONE,
    STEP_NOTHING, /* it was so already */
    STEP_LEFT,    /* taken back by hand only: `error` says why */
    STEP_FAILED,  /* `error` says why */
};

/* Make it so. */
enum step_end step_do(const struct step *step, const struct conf_daemon *daemon,
                      char error[STEP_ERROR_MAX]);

/* Take back what step_do did, whatever else has changed since. */
enum step_end step_undo(const struct step *step, const struct conf_daemon *daemon,
                        char error[STEP_ERROR_MAX]);

/* What an administrator would type for it, quoted for a shell. */
void step_command(const struct step *step, const struct conf_daemon *daemon, struct buf *out);

/* Run postconf (or another program of Postfix) with its configuration directory and up to two more
 * arguments. True when it ended with 0; else `error` says why. `out` may be NULL. */
bool postfix_program(const struct conf_daemon *daemon, const char *program, const char *option,
                     const char *argument, struct buf *out, char error[STEP_ERROR_MAX]);

#endif
