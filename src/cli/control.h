/* control.h - the client's side of the control socket: docs/control.md. Blocks, with deadlines. */
#ifndef CLI_CONTROL_H
#define CLI_CONTROL_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/buf.h"

#define CONTROL_PATH "/run/mailfuse/control"

enum { CONTROL_WAIT_MS = 60000 }; /* for a reply: a change waits for its actions */

struct control {
    int fd;      /* -1: not connected */
    int wait_ms; /* for a reply: CONTROL_WAIT_MS, unless somebody changes it */
    const char *path;
    struct buf in;
};

/* Connect to the daemon.
 * path     borrowed
 * trouble  gets what is wrong and what to do about it, over one or more lines
 * False, with `trouble`. Call control_close in any case. */
NODISCARD bool control_open(struct control *c, const char *path, struct buf *trouble);
void control_close(struct control *c);

/* Send a request, whose reference is stolen, and wait for the reply: a new reference to an object,
 * which may be a refusal ("ok" is false). NULL with `trouble` when none came; then the connection
 * is of no more use. */
NODISCARD json_t *control_ask(struct control *c, json_t *request, struct buf *trouble);

/* True when the daemon did not refuse; else its error and hint, escaped for a terminal, are added
 * to `trouble`. */
NODISCARD bool control_ok(const json_t *reply, struct buf *trouble);

/* {"command": name}, with the member `for` when sudo(8) made us root. */
json_t *control_request(const char *name);

#endif
