#include "serve/systemd.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/slice.h"

#include "base/ban.h"

enum { FDS_MOST = 1024 };

int systemd_notify(const char *state)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct slice path = slice_of(getenv("NOTIFY_SOCKET"));
    int fd, status = 1;

    if (path.n == 0)
        return 0;
    if ((path.p[0] != '/' && path.p[0] != '@') || path.n >= sizeof at.sun_path)
        return -EINVAL;
    memcpy(at.sun_path, path.p, path.n);
    if (path.p[0] == '@') /* without a name in the file system */
        at.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&at,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n)) < 0)
        status = -errno;
    (void)close(fd);
    return status;
}

int systemd_fds(void)
{
    uint64_t pid, n;

    if (!slice_to_u64(slice_of(getenv("LISTEN_PID")), &pid) || pid != (uint64_t)getpid() ||
        !slice_to_u64(slice_of(getenv("LISTEN_FDS")), &n))
        return 0;
    return n > FDS_MOST ? FDS_MOST : (int)n;
}
