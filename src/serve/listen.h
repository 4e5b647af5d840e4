/* listen.h - listening stream sockets by their name in the settings.
 * "unix:/run/mailfuse/policy" or "inet:HOST:PORT" with a numeric HOST or "localhost" (127.0.0.1):
 * "inet:127.0.0.1:10040", "inet:[::1]:10040". Never asks the DNS. Port 0 lets the kernel choose.
 * Sockets are non-blocking, closed on exec, with as many waiting connections as the kernel allows.
 * Sources: unix(7), ip(7), sd_listen_fds(3). */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include <sys/types.h>

#include "base/attributes.h"

/* Listen at `where`; the caller owns the file descriptor.
 * unix_mode    permissions of a unix socket. Nobody can connect before it has them. umask(2) is
 *              changed for a moment: call it before there are threads
 * owner,group  of a unix socket; (uid_t)-1 and (gid_t)-1: as it comes
 * A unix socket that is there and that nobody listens on is replaced; anything else that is there
 * stays.
 * error        on failure: a line that names `where` and says what is wrong (and, for a unix socket
 *              in use, who listens); at most error_room bytes with its NUL
 * -errno: EINVAL (no such form, no such address), EADDRINUSE, EEXIST (a file that is no socket),
 * and those of socket(2), bind(2), listen(2), chown(2). */
NODISCARD int listen_open(const char *where, mode_t unix_mode, uid_t owner, gid_t group,
                          char *error, size_t error_room);

/* The listening socket at `where` that systemd opened for us and passed down (LISTEN_FDS and
 * LISTEN_PID); made non-blocking and closed on exec; the same one each time. -ENOENT: none,
 * -EINVAL: no such form. The environment stays as it is. */
NODISCARD int listen_inherited(const char *where);

/* The port of a listening inet socket; 0 for any other. */
unsigned listen_port(int fd);

#endif
