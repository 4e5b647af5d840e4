#include "serve/control_peer.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/ban.h"

enum { PASSWD_LINE_MAX = 4096, NAME_MAX_OF_USER = 32 };

/* Names of useradd(8), and those with a realm or a machine's dollar: nothing that a journal or a
 * terminal could take for more. */
static bool is_plain(struct slice name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            (c == '\0' || strchr("._-@$+", c) == NULL))
            return false;
    }
    return name.n > 0 && name.n <= NAME_MAX_OF_USER;
}

static void name_of(uid_t uid, char out[CONTROL_NAME_MAX])
{
    char line[PASSWD_LINE_MAX];
    struct passwd entry = { 0 }, *found = NULL;
    FILE *f = fopen("/etc/passwd", "re");

    snprintf(out, CONTROL_NAME_MAX, "uid %lu", (unsigned long)uid);
    while (f != NULL && fgetpwent_r(f, &entry, line, sizeof line, &found) == 0) {
        if (entry.pw_uid != uid || !is_plain(slice_of(entry.pw_name)))
            continue;
        snprintf(out, CONTROL_NAME_MAX, "%s", entry.pw_name);
        break;
    }
    if (f != NULL)
        fclose(f);
}

int control_peer_ask(int fd, struct control_peer *out)
{
    struct ucred credentials;
    socklen_t n = sizeof credentials;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &n) < 0)
        return -errno;
    *out = (struct control_peer){ credentials.uid, credentials.gid, credentials.pid, "" };
    name_of(out->uid, out->name);
    return 0;
}

void control_peer_for(struct control_peer *peer, struct slice name)
{
    if (peer->uid != 0 || !is_plain(name) || slice_eq(name, SLICE("root")))
        return;
    snprintf(peer->name, sizeof peer->name, "root for %.*s", SLICE_ARG(name));
}
