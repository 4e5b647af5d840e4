/* logline.h - the frame of one log line: when, which host, which program, what text.
 * Forms: classic syslog (RFC 3164, the day padded with blank, zero or nothing), RFC 3339 stamps
 * with and without fraction (rsyslog), RFC 5424 with priority and structured data, Dovecot's own
 * log file
 * ("2026-11-22 03:02:33 imap-login: Info: ..."). A leading "<PRI>" is skipped. Pure. */
#ifndef PROTO_LOGLINE_H
#define PROTO_LOGLINE_H

#include "base/wall.h"
#include "proto/stamp.h"

struct logline {
    struct wall at;
    struct slice host;    /* empty where the form has none (Dovecot's own file) */
    struct slice program; /* "postfix/submission/smtpd", "dovecot", "kernel"; never with [pid] */
    uint32_t pid;         /* 0 without one */
    struct slice text;    /* after "program[pid]: " */
};

enum logline_got {
    LOGLINE_OK,
    LOGLINE_BLANK,    /* nothing but white space */
    LOGLINE_NO_TIME,  /* does not begin with a time stamp we know */
    LOGLINE_BAD_TIME, /* looks like a time stamp, but there is no such time (Feb 30) */
    LOGLINE_NO_FRAME, /* a time stamp, but no host and program after it (cut, continuation) */
};

/* Read the frame of `line` (without its newline).
 * clock  the file's own clock; is advanced by this line
 * out    borrows from `line`; `at` is also set for LOGLINE_NO_FRAME; else written on LOGLINE_OK
 * only */
enum logline_got logline_parse(struct stamp_clock *clock, struct slice line, struct logline *out);

#endif
