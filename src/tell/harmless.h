/* harmless.h - what strangers chose, on its way into mail and chats. */
#ifndef TELL_HARMLESS_H
#define TELL_HARMLESS_H

#include "base/buf.h"

/* One line of text as escape_terminal makes it, in which no program finds a link: "http://" becomes
 * "http[:]//", "www." becomes "www[.]". */
void harmless_text(struct buf *out, struct slice s);

/* For a block of code (three backquotes) in a chat: no backquotes; "@" gets an invisible character
 * behind it where it would call somebody ("@channel"), not in addresses. Newlines and tabs stay.
 * entities  & < > as Slack wants them; else < and > become single quotation marks */
void harmless_code(struct buf *out, struct slice s, bool entities);

#endif
