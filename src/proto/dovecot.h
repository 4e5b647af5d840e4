/* dovecot.h - between the files that read the text of Dovecot log lines. The way in for everyone
 * else is dovecot_parse() of understand.h. */
#ifndef PROTO_DOVECOT_H
#define PROTO_DOVECOT_H

#include "proto/record.h"

/* "daemon(argument)<...><session>: Level: body" */
struct dovecot_line {
    struct slice daemon;   /* "imap-login", "auth-worker", "lmtp" */
    struct slice argument; /* what is in the parentheses; empty without */
    struct slice session;  /* in angle brackets, and no number (a pid); empty without */
    struct slice level;    /* "Info", "Warning", ...; empty through syslog when it is "Info" */
    struct slice body;
};

/* The lines of *-login: a login, its failure, or a connection that ended without one.
 * False for a text that is not known; nothing is set then. */
NODISCARD bool dovecot_login(const struct dovecot_line *line, struct record *out);

/* The lines of auth and auth-worker, of level Info. False as above. */
NODISCARD bool dovecot_auth(const struct dovecot_line *line, struct record *out);

/* Take "Info: " and its like off the front of `*rest`; empty when it has none. */
struct slice dovecot_level(struct slice *rest);

/* Set a field, unless the value is empty. */
static inline void dovecot_set(struct record *out, enum record_field f, struct slice value)
{
    if (value.n > 0)
        record_set(out, f, value);
}

#endif
