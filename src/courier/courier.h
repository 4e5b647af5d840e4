/* courier.h - mailfuse-courier: delivers letters (proto/courier.h) and says what became of them.
 * It is a program of its own so that what talks with strangers' servers - libcurl, TLS, a resolver
 * - is neither in the process that owns the state nor in those that are root. Each letter is
 * delivered by a child (task.h), which is killed when it takes too long; this process itself reads
 * letters and the answers of its children, nothing else. Keeps nothing. */
#ifndef COURIER_COURIER_H
#define COURIER_COURIER_H

#include "base/attributes.h"

/* Serve `session` (a stream socket, non-blocking) until the other end is gone or SIGTERM arrives:
 * then all that is under way is killed, for nobody would hear of it.
 * commands   absolute paths that may be executed; ends with NULL
 * 0 or -errno: it could not begin, or the other end said what cannot be understood (-EBADMSG). */
NODISCARD int courier_run(int session, const char *const *commands);

#endif
