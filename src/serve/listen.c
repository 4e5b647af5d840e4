#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/slice.h"
#include "serve/systemd.h"

#include "base/ban.h"

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    } u;
    socklen_t n;
};

static void fd_done(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* Leaves -1 behind: now the caller's. */
static int fd_take(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

static bool read_unix(struct slice path, struct address *out)
{
    struct sockaddr_un *at = &out->u.local;

    if (path.n == 0 || path.p[0] != '/' || path.n >= sizeof at->sun_path)
        return false;
    at->sun_family = AF_UNIX;
    memcpy(at->sun_path, path.p, path.n); /* the rest is zero */
    out->n = sizeof *at;
    return true;
}

static bool read_inet(struct slice host, struct slice port, struct address *out)
{
    char name[INET6_ADDRSTRLEN] = { 0 };
    uint64_t number;

    if (!slice_to_u64(port, &number) || number > UINT16_MAX)
        return false;
    if (slice_eq(host, SLICE("localhost")))
        host = SLICE("127.0.0.1");
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
        host = (struct slice){ host.p + 1, host.n - 2 };
        out->u.v6.sin6_family = AF_INET6;
        out->u.v6.sin6_port = htons((uint16_t)number);
        out->n = sizeof out->u.v6;
    } else {
        out->u.v4.sin_family = AF_INET;
        out->u.v4.sin_port = htons((uint16_t)number);
        out->n = sizeof out->u.v4;
    }
    if (host.n == 0 || host.n >= sizeof name)
        return false;
    memcpy(name, host.p, host.n);
    return out->u.any.sa_family == AF_INET6 ? inet_pton(AF_INET6, name, &out->u.v6.sin6_addr) == 1
                                            : inet_pton(AF_INET, name, &out->u.v4.sin_addr) == 1;
}

static bool read_address(const char *where, struct address *out)
{
    struct slice rest = slice_of(where), port;

    *out = (struct address){ .n = 0 };
    if (slice_skip(&rest, SLICE("unix:")))
        return read_unix(rest, out);
    return slice_skip(&rest, SLICE("inet:")) && slice_cut_last(&rest, ':', &port) &&
           read_inet(rest, port, out);
}

static int fail(const char *where, int error, const char *why, char *text, size_t room)
{
    if (room > 0)
        snprintf(text, room, "%s: %s", where, why != NULL ? why : strerror(error));
    return -error;
}

/* Somebody else listens there: says who, as far as it can be known. */
static int in_use(const char *where, int connected, char *text, size_t room)
{
    struct ucred who = { 0 };
    socklen_t n = sizeof who;
    char why[80] = "another process listens there";

    if (connected >= 0 && getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
        who.pid > 0)
        snprintf(why, sizeof why, "process %d of user %u listens there already", (int)who.pid,
                 (unsigned)who.uid);
    return fail(where, EADDRINUSE, why, text, room);
}

/* Makes way for a new socket at `at`: 0, or -errno with a message. */
static int remove_stale(const char *where, const struct address *at, char *text, size_t room)
{
    const char *path = at->u.local.sun_path;
    CLEANUP(fd_done) int probe = -1;
    struct stat there;

    if (lstat(path, &there) < 0)
        return errno == ENOENT ? 0 : fail(where, errno, NULL, text, room);
    if (!S_ISSOCK(there.st_mode))
        return fail(where, EEXIST, "a file that is no socket is there: move it away", text, room);
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return fail(where, errno, NULL, text, room);
    if (connect(probe, &at->u.any, at->n) == 0)
        return in_use(where, probe, text, room);
    if (errno == EAGAIN || errno == EPROTOTYPE) /* its queue is full; no stream socket */
        return in_use(where, -1, text, room);
    if (errno != ECONNREFUSED && errno != ENOENT)
        return fail(where, errno, NULL, text, room);
    if (unlink(path) < 0 && errno != ENOENT)
        return fail(where, errno, NULL, text, room);
    return 0;
}

/* Nobody can connect before listen(2), so the owner may come after the name. */
static int bind_unix(int fd, const struct address *at, mode_t mode, uid_t owner, gid_t group)
{
    mode_t before = umask(~mode & 0777);
    int failed = bind(fd, &at->u.any, at->n) < 0 ? errno : 0;

    umask(before);
    if (failed == 0 && (owner != (uid_t)-1 || group != (gid_t)-1) &&
        lchown(at->u.local.sun_path, owner, group) < 0) {
        failed = errno;
        unlink(at->u.local.sun_path);
    }
    return -failed;
}

static int bind_inet(int fd, const struct address *at)
{
    int one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* connections inherit it */
    if (at->u.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    return bind(fd, &at->u.any, at->n) < 0 ? -errno : 0;
}

int listen_open(const char *where, mode_t unix_mode, uid_t owner, gid_t group, char *error,
                size_t error_room)
{
    CLEANUP(fd_done) int fd = -1;
    struct address at;
    int done = 0;

    if (!read_address(where, &at))
        return fail(where, EINVAL,
                    "neither unix:/PATH nor inet:ADDRESS:PORT, such as inet:127.0.0.1:10040", error,
                    error_room);
    if (at.u.any.sa_family == AF_UNIX)
        done = remove_stale(where, &at, error, error_room);
    if (done < 0)
        return done;
    fd = socket(at.u.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(where, errno, NULL, error, error_room);
    done = at.u.any.sa_family == AF_UNIX ? bind_unix(fd, &at, unix_mode, owner, group)
                                         : bind_inet(fd, &at);
    if (done == 0 && listen(fd, SOMAXCONN) < 0)
        done = -errno;
    if (done == -EADDRINUSE)
        return in_use(where, -1, error, error_room);
    if (done < 0)
        return fail(where, -done, NULL, error, error_room);
    return fd_take(&fd);
}

static bool same_address(const struct address *a, const struct address *b)
{
    if (a->u.any.sa_family != b->u.any.sa_family)
        return false;
    if (a->u.any.sa_family == AF_UNIX)
        return strncmp(a->u.local.sun_path, b->u.local.sun_path, sizeof a->u.local.sun_path) == 0;
    if (a->u.any.sa_family == AF_INET)
        return a->u.v4.sin_port == b->u.v4.sin_port &&
               a->u.v4.sin_addr.s_addr == b->u.v4.sin_addr.s_addr;
    return a->u.v6.sin6_port == b->u.v6.sin6_port &&
           memcmp(&a->u.v6.sin6_addr, &b->u.v6.sin6_addr, sizeof a->u.v6.sin6_addr) == 0;
}

static bool listens_at(int fd, const struct address *at)
{
    struct address bound = { .n = sizeof bound.u };
    int listening = 0, type = 0;
    socklen_t n = sizeof listening, m = sizeof type;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 && listening &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &m) == 0 && type == SOCK_STREAM &&
           getsockname(fd, &bound.u.any, &bound.n) == 0 && same_address(&bound, at);
}

int listen_inherited(const char *where)
{
    struct address at;
    int n = systemd_fds();

    if (!read_address(where, &at))
        return -EINVAL;
    for (int fd = SYSTEMD_FIRST_FD; fd < SYSTEMD_FIRST_FD + n; fd++) {
        if (listens_at(fd, &at)) {
            (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
            (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
            return fd;
        }
    }
    return -ENOENT;
}

unsigned listen_port(int fd)
{
    struct address bound = { .n = sizeof bound.u };

    if (getsockname(fd, &bound.u.any, &bound.n) < 0)
        return 0;
    if (bound.u.any.sa_family == AF_INET)
        return ntohs(bound.u.v4.sin_port);
    return bound.u.any.sa_family == AF_INET6 ? ntohs(bound.u.v6.sin6_port) : 0;
}
