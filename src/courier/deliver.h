/* deliver.h - the deliveries themselves; each runs in a process of its own and may wait. When the
 * outcome is known, the connection may still be open: the caller passes the outcome on before it
 * ends `transfer` (transfer.h), zeroed at first. */
#ifndef COURIER_DELIVER_H
#define COURIER_DELIVER_H

#include "proto/courier.h"

struct transfer;

/* What became of it. */
struct outcome {
    enum courier_result result;
    uint32_t retry_after_s;
    struct buf words;
};

/* An empty one: temporary, no words. Its words are freed by buf_done. */
struct outcome outcome_make(void);

/* Replace what it says. Returns false, for whoever has to stop there. */
bool outcome_set(struct outcome *o, enum courier_result result, const char *format, ...)
    PRINTF(3, 4);

/* mail.c: one message to one recipient through one server (RFC 5321). Refusals of the login, of
 * TLS, and a server that does not even greet are temporary: they are not about this message, and an
 * administrator can put them right. */
void mail_deliver(const struct courier_letter *letter, struct outcome *outcome,
                  struct transfer *transfer);

/* webhook.c: POST with the headers
 *   X-Mailfuse-Delivery: NAME
 *   X-Mailfuse-Signature: t=UNIXTIME,v1=HEX      with a key; see sign.h
 * 2xx is good. 408, 425, 429, 5xx and a server that cannot be reached are temporary; Retry-After is
 * passed on. Redirects are not followed: an administrator is to write the address down. */
void webhook_deliver(const struct courier_letter *letter, struct outcome *outcome,
                     struct transfer *transfer);

/* The same, for the code of an answer. */
enum courier_result webhook_judge(long code);

/* command.c: become the program; only returns when that is not possible, with errno set. */
void command_execute(const struct courier_letter *letter);

/* command.c: what its exit status and the front of its standard error mean. 0 is good; 75
 * (EX_TEMPFAIL, sysexits.h), 126 and 127 (it cannot be executed) and signals are temporary; all
 * others are permanent.
 * status  of waitpid(2)
 * late    it was ended since it took too long */
void command_judge(int status, bool late, struct slice said, struct outcome *outcome);

#endif
