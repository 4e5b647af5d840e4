/* shell.h - words of a POSIX shell command that somebody will paste into a root shell. */
#ifndef REPORT_SHELL_H
#define REPORT_SHELL_H

#include "base/buf.h"

/* Add `word` in single quotes (POSIX.1 section 2.2.2), which no shell looks into. False, and
 * nothing added, when it is empty or holds what a terminal must not show (control characters,
 * bidirectional controls, invalid UTF-8): then what is pasted would not be what was seen. */
NODISCARD bool shell_quote(struct buf *out, struct slice word);

/* True for a login name or an address that may stand in a command, and in a line of a lookup file
 * of Postfix and Dovecot: shell_quote takes it; it does not begin with '-' or '#'; it has no white
 * space, no '"', '\' or ':' (they separate in those files) and no '*' or '?' (doveadm reads them as
 * "anyone"); it has at most 254 bytes. */
bool shell_name_ok(struct slice name);

#endif
