/* answer.h - what the daemon answered, read with care: what is missing, or of another type than
 * docs/control.md says, reads as empty. All text borrows from the JSON value. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <jansson.h>

#include "base/buf.h"
#include "base/wall.h"
#include "report/text_page.h"

struct slice answer_text(const json_t *object, const char *name);
uint64_t answer_number(const json_t *object, const char *name);
double answer_real(const json_t *object, const char *name);
bool answer_true(const json_t *object, const char *name);

/* False for null, and for what is not there. */
bool answer_has(const json_t *object, const char *name);

/* A list or an object; NULL, which jansson takes for an empty one, when it is none. */
const json_t *answer_part(const json_t *object, const char *name);

/* A time (RFC 3339) and the offset it was written with; 0 for null. */
struct wall answer_time(const json_t *object, const char *name, int32_t *offset_s);

/* The same in words, "22 Nov 03:04:05" on the clock of the server; with the year when it is not
 * that of `near` (0: never), which takes the place of a time of day without seconds. "never" for
 * null. */
void answer_time_words(struct buf *out, const json_t *object, const char *name, bool seconds,
                       struct wall near);

/* "3 messages to 41 recipients" of an amount. */
void answer_amount_words(struct buf *out, const json_t *amount);

/* Evidence as the report has it; into the arena of `r`, times on the clock of its offset. */
void answer_evidence(struct report *r, struct report_fuse *f, const json_t *object);

#endif
