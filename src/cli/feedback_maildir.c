/* feedback_maildir.c - the new mail of a Maildir, once. A report is told first and moved then: when
 * we die in between, it is told again, and the daemon knows it by its hash. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/feedback.h"

#include "base/ban.h"

enum {
    PATH_LONG = 4096,
    REFUSED_MOST = 10, /* in a row: it is not the reports, then */
};

int feedback_worse(int one, int other)
{
    static const int from_bad[] = { FEEDBACK_AWAY, FEEDBACK_REFUSED, FEEDBACK_UNREADABLE,
                                    FEEDBACK_NONE };

    for (size_t i = 0; i < COUNT(from_bad); i++)
        if (one == from_bad[i] || other == from_bad[i])
            return from_bad[i];
    return 0;
}

/* From new/ to cur/: seen, or, what is no report, flagged for somebody to look at. */
static int put_away(const struct ask *a, const char *folder, const char *name, int status)
{
    char from[PATH_LONG], to[PATH_LONG];

    snprintf(from, sizeof from, "%s/new/%s", folder, name);
    snprintf(to, sizeof to, "%s/cur/%s:2,%s", folder, name, status == 0 ? "S" : "F");
    if ((a->delete &&status == 0 ? unlink(from) : rename(from, to)) == 0)
        return status;
    feedback_complain(a, from, strerror(errno));
    return FEEDBACK_UNREADABLE;
}

static int take_one(struct ask *a, const char *folder, const char *name)
{
    char path[PATH_LONG];
    struct stat st;
    int status;

    if (name[0] == '.' ||
        snprintf(path, sizeof path, "%s/new/%s", folder, name) >= (int)sizeof path)
        return 0;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* which reading might wait for */
        feedback_complain(a, path, "this is no file");
        return FEEDBACK_UNREADABLE;
    }
    status = feedback_take_file(a, path);
    if (!a->print && (status == 0 || status == FEEDBACK_NONE))
        status = put_away(a, folder, name, status);
    return status;
}

int feedback_take_maildir(struct ask *a, const char *folder)
{
    int status = 0, refused = 0;
    const struct dirent *entry;
    char path[PATH_LONG];
    DIR *dir;

    snprintf(path, sizeof path, "%s/new", folder);
    dir = opendir(path);
    if (dir == NULL) {
        feedback_complain(a, path, strerror(errno));
        return FEEDBACK_UNREADABLE;
    }
    while (status != FEEDBACK_AWAY && refused < REFUSED_MOST && (entry = readdir(dir)) != NULL) {
        int one = take_one(a, folder, entry->d_name);

        refused = one == FEEDBACK_REFUSED ? refused + 1 : 0;
        status = feedback_worse(one, status);
    }
    closedir(dir);
    return status;
}

bool feedback_has_mail(const char *folder)
{
    const struct dirent *entry;
    char path[PATH_LONG];
    bool found = false;
    DIR *dir;

    snprintf(path, sizeof path, "%s/new", folder);
    dir = opendir(path);
    while (dir != NULL && !found && (entry = readdir(dir)) != NULL)
        found = entry->d_name[0] != '.';
    if (dir != NULL)
        closedir(dir);
    return found;
}
