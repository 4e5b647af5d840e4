/* door.h - the connections of one service: peers ask, are answered, and stay connected.
 * Owns listening sockets and connections, their limits and deadlines; knows bytes, and of a request
 * no more than what `take` says. One thread, one libevent loop; no call of this module and no
 * callback may wait.
 *
 * - All whole requests that came together are answered together, in one write.
 * - A connection that is quiet between two requests holds no buffer (a quarter of a kilobyte in
 *   all), and is closed after idle_ms. A request that has begun must be whole, and its answer
 *   taken, within request_ms.
 * - A peer that does not take its answers is not read from; what is kept for it is at most
 *   request_max + DOOR_READ bytes of input and DOOR_OUTPUT + one answer of output.
 * - At max_connections, or without file descriptors, the connection that was quiet the longest
 * makes room for a new one; when none is quiet, the new one is closed. When not even that is
 * possible, accepting pauses for DOOR_PAUSE_MS.
 * - What is no request is told of, not answered, and closed. */
#ifndef SERVE_DOOR_H
#define SERVE_DOOR_H

#include <event2/event.h>

#include "base/attributes.h"
#include "base/buf.h"
#include "proto/parse.h"

enum {
    DOOR_READ = 64 * 1024,   /* bytes read at once */
    DOOR_OUTPUT = 64 * 1024, /* bytes of answers before the first of them is sent */
    DOOR_PAUSE_MS = 100,
    DOOR_TROUBLE_MAX = 256, /* bytes of a message, with its NUL */
    DOOR_TROUBLE_MS = 1000, /* between two messages */
    DOOR_MAX_CONNECTIONS = 20000,
    DOOR_IDLE_MS = 1000 * 1000, /* Postfix's smtpd_policy_service_max_ttl */
    DOOR_REQUEST_MS = 30 * 1000,
};

/* What a service does. */
struct door_protocol {
    const char *name;   /* "policy", for messages; outlives the door */
    size_t request_max; /* bytes: `take` says PARSE_BAD rather than PARSE_MORE to that many */
    size_t reply_max;   /* bytes that one `take` appends at most */
    /* Take one request from the front of `in` and append its answer to `out`; `seen`, `used` as in
     * policy_parse. Must not free the door nor run the loop. */
    enum parse (*take)(void *ctx, uint64_t connection, struct slice in, size_t *seen, size_t *used,
                       struct buf *out);
    /* That connection ended; its number is never used again. May be NULL. */
    void (*closed)(void *ctx, uint64_t connection);
    /* Something for the log: a line without newline, escaped for a terminal. At most one a
     * DOOR_TROUBLE_MS; those between are counted, and the next one says how many. May be NULL. */
    void (*trouble)(void *ctx, const char *text);
    void *ctx;
    bool once; /* one request for each connection, which ends behind its answer */
};

/* 0: the constant of that name. */
struct door_limits {
    uint32_t max_connections;
    int64_t idle_ms, request_ms;
};

/* Since the door was made. */
struct door_stats {
    uint32_t connections; /* now */
    uint64_t accepted;    /* connections */
    uint64_t requests;    /* that were answered */
    uint64_t malformed;   /* connections closed for what they sent */
    uint64_t refused;     /* new connections closed, as none was quiet */
    uint64_t displaced;   /* quiet connections closed for a new one */
    uint64_t late;        /* connections closed in the middle of a request or its answer */
    uint64_t no_files;    /* times that there were no file descriptors, or no memory for one */
    char last_trouble[DOOR_TROUBLE_MAX]; /* empty: none */
};

struct door;

/* A door on `n` listening sockets, which it takes over; all that is pointed to is copied, but
 * protocol->name and ctx. The caller frees it with door_free. */
struct door *door_new(struct event_base *base, const int *listeners, size_t n,
                      const struct door_protocol *protocol, const struct door_limits *limits);

void door_stats(const struct door *d, struct door_stats *out);

/* Closes the listening sockets, and each connection as soon as it has the answer to what it began
 * to ask: the quiet ones now. `closed` is called for each; it is over when door_stats counts none.
 */
void door_drain(struct door *d);

/* Closes everything, calling `closed`; NULL is allowed. Not from a callback of the door. */
void door_free(struct door *d);

#endif
