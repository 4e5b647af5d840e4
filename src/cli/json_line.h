/* json_line.h - one log line as one JSON object (RFC 8259) on a line of its own. Pure.
 * Written by hand, since it is made some hundred thousand times a second. Bytes that are no UTF-8
 * become U+FFFD; control characters are escaped, those of C1 too, so that the line is harmless on a
 * terminal; passwords are left out (proto/secret.h). */
#ifndef CLI_JSON_LINE_H
#define CLI_JSON_LINE_H

#include "base/buf.h"
#include "proto/logline.h"
#include "proto/record.h"

/* A line that was understood, or of which the event is unknown.
 * offset_s  seconds east of UTC in which the time is written */
void json_line_record(struct buf *out, const struct logline *line, const struct record *record,
                      int32_t offset_s);

/* A line of a program that is none of ours. */
void json_line_foreign(struct buf *out, const struct logline *line, int32_t offset_s);

/* A line without time or program. */
void json_line_unframed(struct buf *out, struct slice raw);

#endif
