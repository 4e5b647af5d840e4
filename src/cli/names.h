/* names.h - users and groups that the settings name, as this machine knows them: /etc/passwd, and
 * whatever else nsswitch.conf(5) asks, which may take its time. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <stdbool.h>
#include <sys/types.h>

/* False, and no change, when there is none of that name. */
bool names_user(const char *name, uid_t *out);
bool names_group(const char *name, gid_t *out);

/* The user of feedback-user: (uid_t)-1 when that is empty, or the default and not there. False: it
 * ought to be there. */
bool names_feedback_user(const char *name, uid_t *out);

#endif
