/* auth_peer.h - inside the auth policy door: one connection, its bytes and its deadlines. */
#ifndef SERVE_AUTH_PEER_H
#define SERVE_AUTH_PEER_H

#include "serve/auth_answer.h"

enum { AUTH_INPUT_MAX = HTTP_HEAD_MAX + AUTH_BODY_MAX };

/* What the connections of a door share. */
struct auth_hall {
    struct event_base *base;
    struct auth_desk desk;
    char *input; /* AUTH_INPUT_MAX bytes: what was read, until the end of the callback */
    struct auth_peer **peers;
    unsigned peers_n;
    int64_t said_ms; /* when something went to the log last */
};

struct auth_peer {
    struct auth_hall *hall;
    unsigned at; /* hall->peers[at] */
    int fd;
    struct event *readable, *writable;
    char *input; /* AUTH_INPUT_MAX bytes that begin with an unfinished request; NULL: none */
    size_t input_n;
    struct buf output; /* what the socket has not taken yet, from `sent` on */
    size_t sent;
    int64_t deadline_ms;
    bool busy;      /* a request has begun to arrive, or an answer to leave */
    bool continued; /* "100 Continue" was sent for the unfinished request */
    bool closing;   /* the last answer is made; what still comes is thrown away */
    bool ended;     /* it has left, too */
};

/* Milliseconds of a clock that never steps. */
int64_t auth_now_ms(void);

/* A connection on `fd`, which it owns; it adds itself to the hall's, which have room for it. False,
 * with `fd` closed, when the loop refuses an event. */
NODISCARD bool auth_peer_new(struct auth_hall *hall, int fd);

/* Close the connection, take it from the hall's, free it. */
void auth_peer_free(struct auth_peer *p);

/* For the log, at most one message a second. `p` may be NULL. */
void auth_trouble(struct auth_hall *hall, const struct auth_peer *p, const char *what);

#endif
