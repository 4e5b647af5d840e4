/* stamp_hint.h - the moment that a line of Postfix tells beside its stamp: better than the date of
 * the file, when a stamp has no year and the log was copied, or lay in an archive. Sources:
 * postconf(5) enable_long_queue_ids; Postfix src/global/mail_queue.h (the queue id) and
 * src/cleanup/cleanup_message.c (the Message-ID). Pure. */
#ifndef PROTO_STAMP_HINT_H
#define PROTO_STAMP_HINT_H

#include "base/wall.h"

/* When the message was created that `text` (after "program[pid]: ") begins with:
 *   - a long queue id holds the seconds since 1970;
 *   - a Message-ID that Postfix made holds the date and time, in UTC, and the queue id again.
 * To the second. False, and no change, for any other text. */
bool stamp_hint(struct slice text, struct wall *out);

#endif
