/* message.h - a message as SMTP wants it. */
#ifndef COURIER_MESSAGE_H
#define COURIER_MESSAGE_H

#include "base/buf.h"

/* Append the lines of `message`, each with CR LF behind it, whatever ended it (RFC 5321 section
 * 2.3.8): a single CR or LF would be an end of line for some servers and for others not. NULs are
 * left out. Needs at most 2 * message.n + 2 bytes. Dots at the front of a line are doubled by
 * libcurl. */
void message_lines(struct buf *out, struct slice message);

#endif
