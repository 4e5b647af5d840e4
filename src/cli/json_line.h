/* json_line.h - one log line as one JSON object (RFC 8259) on a line of its own. Pure.
 * Written by hand, since it is made a hundred thousand times a second. */
#ifndef CLI_JSON_LINE_H
#define CLI_JSON_LINE_H

#include "base/buf.h"
#include "proto/logline.h"
#include "proto/record.h"

/* `s` as a JSON string. Bytes that are no UTF-8 become U+FFFD; control characters are escaped,
 * those of C1 too, so that the line is harmless on a terminal. */
void json_line_string(struct buf *out, struct slice s);

/* A line that was understood, or of which the event is unknown.
 * offset_s  seconds east of UTC in which the time is written */
void json_record(struct buf *out, const struct logline *line, const struct record *record,
                 int32_t offset_s);

/* A line of a program that is none of ours. */
void json_foreign(struct buf *out, const struct logline *line, int32_t offset_s);

/* A line without time or program. */
void json_unframed(struct buf *out, struct slice raw);

#endif
