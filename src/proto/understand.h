/* understand.h - a framed log line to a record: asks the parser that knows the program. Pure. */
#ifndef PROTO_UNDERSTAND_H
#define PROTO_UNDERSTAND_H

#include "proto/logline.h"
#include "proto/record.h"

/* Understand the text of `line`. `out` borrows from it; always written.
 * False when the line is of a program that is none of ours (`out->event` is RECORD_OTHER then, and
 * nothing of the text is in `out`): such lines are counted as foreign, not as unparsed.
 * True with RECORD_UNKNOWN: a program of ours said something we do not know. */
bool understand(const struct logline *line, struct record *out);

/* The same, but where the event is one of `unread` (a bit for each) its fields may be missing. Half
 * of the lines of a busy log are connects, disconnects and TLS, which few readers ask for. */
bool understand_but(const struct logline *line, uint64_t unread, struct record *out);

/* The parsers behind it. Each returns false, and leaves `out->event` RECORD_UNKNOWN, for a text
 * that it does not know; `out` has instance, service and daemon set before. */
bool postfix_parse(struct slice text, struct record *out);
bool dovecot_parse(struct slice text, struct record *out);
bool firewall_parse(struct slice text, struct record *out);    /* kernel */
bool firewall_pf_parse(struct slice text, struct record *out); /* filterlog */

/* How the lines of mailfuse's own firewall rules begin, before IN=: whatever the addresses,
 * somebody who may not tried SMTP outwards. */
#define FIREWALL_PREFIX "mailfuse smtp-out:"

#endif
