/* feedback.h - private to `mailfuse feedback`: one report from its bytes to the daemon. */
#ifndef CLI_FEEDBACK_H
#define CLI_FEEDBACK_H

#include <jansson.h>
#include <stdio.h>

#include "base/buf.h"
#include "proto/arf.h"

enum { FEEDBACK_MAX = 1 << 20 }; /* bytes of a report that are looked at; what follows is skipped */

/* Read all there is; the first FEEDBACK_MAX bytes are kept. 0 or -errno. */
NODISCARD int feedback_read(FILE *from, struct buf *report);

/* The request of docs/control.md. What is too long, or no text, is left out or shortened.
 * report  its bytes: their hash tells one that comes twice */
json_t *feedback_request(const struct arf *a, struct slice report);

/* All that was understood, as JSON (a new reference) or in lines. */
json_t *feedback_json(const struct arf *a);
void feedback_text(struct buf *out, const struct arf *a);

struct ask;

/* `mailfuse feedback --list`, connected to the daemon: an exit status. */
NODISCARD int feedback_list(struct ask *a);

#endif
