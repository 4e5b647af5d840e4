/* change.h - what all commands that change something do with their reply (docs/control.md,
 * "change"). */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H

#include "cli/ask.h"

/* An ask_finish: print it. 0; 1 when an action was given up; 2. */
int change_finish(struct ask *a, const json_t *reply);

#endif
