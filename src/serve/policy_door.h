/* policy_door.h - answers Postfix's policy requests on stream sockets.
 * Reads requests (proto/policy.h), asks its owner for the action, writes it; what happens to
 * connections is in serve/door.h. Knows no accounts. Source: Postfix SMTPD_POLICY_README. */
#ifndef SERVE_POLICY_DOOR_H
#define SERVE_POLICY_DOOR_H

#include "proto/policy.h"
#include "serve/door.h"

enum { POLICY_ACTION_MAX = 4096 }; /* bytes; more is not sent */

/* Write the action ("DUNNO", "421 4.7.0 text") for `r` to `action`, an empty buf; never blocks.
 * connection  a number of this door that is not used again
 * r           borrows the connection's bytes: valid during the call
 * An action that is empty, too long or has a CR, LF or NUL in it is not sent: Postfix hears DUNNO,
 * as it would without us, and `replaced` is counted. */
typedef void policy_answer(void *ctx, uint64_t connection, const struct policy_request *r,
                           struct buf *action);
/* That connection ended: what was begun on it will not be finished. */
typedef void policy_closed(void *ctx, uint64_t connection);
/* A line for the log: escaped, limited in rate, without newline. */
typedef void policy_trouble(void *ctx, const char *text);

/* The callbacks must not free the door nor run the loop. */
struct policy_door_options {
    policy_answer *answer;
    policy_closed *closed;   /* may be NULL */
    policy_trouble *trouble; /* may be NULL */
    void *ctx;
    uint32_t max_connections; /* 0: DOOR_MAX_CONNECTIONS */
    int64_t idle_ms;          /* quiet between requests; 0: DOOR_IDLE_MS */
    int64_t request_ms;       /* from the first byte to the answer taken; 0: DOOR_REQUEST_MS */
};

struct policy_door_stats {
    struct door_stats door;
    uint64_t replaced; /* actions that could not be sent */
};

struct policy_door;

/* Takes over `n` listening sockets (serve/listen.h); the options are copied. The caller frees the
 * door with policy_door_free, before the base. */
struct policy_door *policy_door_new(struct event_base *base, const int *listeners, size_t n,
                                    const struct policy_door_options *options);

void policy_door_stats(const struct policy_door *p, struct policy_door_stats *out);

/* No new connections; quiet ones are closed now, others after their answer (door_drain). */
void policy_door_drain(struct policy_door *p);

/* Closes everything, calling `closed`; NULL is allowed. */
void policy_door_free(struct policy_door *p);

#endif
