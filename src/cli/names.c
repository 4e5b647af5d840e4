#include "cli/names.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "conf/conf.h"

#include "base/ban.h"

enum { ENTRY_MAX = 64 * 1024 };

bool names_user(const char *name, uid_t *out)
{
    struct passwd entry, *found = NULL;
    char room[ENTRY_MAX];

    (void)getpwnam_r(name, &entry, room, sizeof room, &found);
    if (found != NULL)
        *out = found->pw_uid;
    return found != NULL;
}

bool names_group(const char *name, gid_t *out)
{
    struct group entry, *found = NULL;
    char room[ENTRY_MAX];

    (void)getgrnam_r(name, &entry, room, sizeof room, &found);
    if (found != NULL)
        *out = found->gr_gid;
    return found != NULL;
}

bool names_feedback_user(const char *name, uid_t *out)
{
    *out = (uid_t)-1;
    return name[0] == '\0' || names_user(name, out) || strcmp(name, CONF_FEEDBACK_USER) == 0;
}
