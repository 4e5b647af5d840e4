/* secret.h - some log lines hold passwords: Dovecot with auth_verbose_passwords or auth_debug,
 * Postfix with -v. They are hidden before such a text is shown or stored. Pure. */
#ifndef PROTO_SECRET_H
#define PROTO_SECRET_H

#include "base/slice.h"

/* What to write in place of what is hidden. */
#define SECRET_MARK SLICE("…")

/* How much of the front of `text` (a log text, or a whole line) may be shown: all of it, or what
 * stands in front of a password. Nobody can tell where a password ends, so the rest of the line
 * goes with it. Hides too much rather than too little. */
size_t secret_shown(struct slice text);

#endif
