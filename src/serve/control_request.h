/* control_request.h - what a request on the control socket must look like: docs/control.md,
 * as one table. Pure. */
#ifndef SERVE_CONTROL_REQUEST_H
#define SERVE_CONTROL_REQUEST_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/buf.h"

enum {
    CONTROL_TEXT_MAX = 320,   /* bytes of an account, an address, a domain */
    CONTROL_REASON_MAX = 500, /* bytes */
    CONTROL_LIST_MAX = 16,
};

/* Parse one line, without its newline.
 * wrong  gets a sentence without a period, for people, that says what is wrong; plain bytes of the
 *        request may be in it
 * A new reference, an object with a known `command`, all the members that it requires, each of its
 * type and within its bounds, and no member that it does not have; or NULL with `wrong`. */
NODISCARD json_t *control_request_parse(struct slice line, struct buf *wrong);

/* True for a command that changes something. */
bool control_request_changes(const char *command);

#endif
