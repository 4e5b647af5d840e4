/* relay_dialog.h - what the emergency relay is asked: the client's side of RFC 5321 over a
 * connection that is there already, plain or through a program that speaks TLS. One command, one
 * reply, without pipelining. Whatever the relay says is kept as it came; escape it. */
#ifndef SETUP_RELAY_DIALOG_H
#define SETUP_RELAY_DIALOG_H

#include "base/buf.h"

enum { DIALOG_REPLY_MAX = 4096, DIALOG_WAIT_MS = 20 * 1000 };

struct dialog {
    int fd;
    char text[DIALOG_REPLY_MAX]; /* the last reply, its lines with LF */
    size_t n;
    char rest[DIALOG_REPLY_MAX]; /* what came behind it */
    size_t rest_n;
};

/* Read one reply, all its lines. Its code; 0 when none came in time, the other side is gone, or it
 * is no reply. */
int dialog_read(struct dialog *d);

/* Send a line and read the reply to it. The line may be a secret: it is not kept. */
int dialog_ask(struct dialog *d, const char *line);

/* The reply to EHLO has that keyword; `*rest`, when not NULL, gets its parameters. */
bool dialog_offers(const struct dialog *d, const char *keyword, struct slice *rest);

/* Log in by PLAIN (RFC 4616) or LOGIN, what the reply to EHLO offers. The code of the last reply;
 * -1: neither is offered. */
int dialog_login(struct dialog *d, struct slice user, struct slice password);

#endif
