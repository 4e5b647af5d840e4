/* logline.h - the frame of one log line: when, which host, which program, what text.
 * Forms, each with any stamp of stamp.h:
 * - syslog (RFC 3164): "Nov 22 03:04:05 mail postfix/smtpd[123]: text"; the colon or the host may
 *   be missing; FreeBSD's "<mail.info>" before or after the host and Solaris's
 *   "[ID 197553 mail.info] " before the text are left out;
 * - RFC 5424: "<22>1 2026-11-22T03:04:05Z mail postfix/smtpd 123 - [a b="c"] text";
 * - Dovecot's own log file: "2026-11-22 03:02:33 imap-login: Info: text", or with a classic stamp;
 *   `program` is "dovecot" then and `text` begins with "imap-login: Info: ";
 * - Proxmox's firewall log: "101 1 tap101i0-IN 20/Jun/2022:13:12:46 +0200 DROP: IN=... "; `program`
 *   is "kernel" then.
 * "last message repeated 3 times" has no program: `program` is empty. A leading "<PRI>" or
 * "container | " (docker compose) and a CR at the end are left out. Pure. */
#ifndef PROTO_LOGLINE_H
#define PROTO_LOGLINE_H

#include "base/wall.h"
#include "proto/stamp.h"

struct logline {
    struct wall at;
    struct slice host;    /* empty where the form has none (Dovecot's own file) */
    struct slice program; /* "postfix/submission/smtpd", "dovecot", "kernel"; never with [pid] */
    struct slice pid;     /* what stands for it; few ask: logline_pid */
    struct slice text;    /* after "program[pid]: " */
};

enum { LOGLINE_PID_MAX = 10 }; /* digits of UINT32_MAX */

enum logline_got {
    LOGLINE_OK,
    LOGLINE_BLANK,    /* nothing but white space */
    LOGLINE_NO_TIME,  /* does not begin with a time stamp we know */
    LOGLINE_BAD_TIME, /* looks like a time stamp, but there is no such time (Feb 30) */
    LOGLINE_NO_FRAME, /* a time stamp, but no host and program after it (cut, continuation) */
};

/* Read the frame of `line` (without its newline).
 * clock  the file's own clock; is advanced by this line
 * out    borrows from `line` (or from constants: "dovecot", "kernel"); always written; `at` means
 *        something for LOGLINE_OK and LOGLINE_NO_FRAME, the rest for LOGLINE_OK only */
NODISCARD enum logline_got logline_parse(struct stamp_clock *clock, struct slice line,
                                         struct logline *out);

/* The process id; 0 without one, or above UINT32_MAX. */
uint32_t logline_pid(const struct logline *line);

#endif
