/* auth_door.h - the auth policy server that Dovecot asks about each login, with the commands of
 * weakforced's API as far as they mean something here. HTTP/1.1 on kept-alive connections.
 *
 *   POST /?command=allow       a verdict before and after the password is checked
 *   POST /?command=report      how it went
 *   POST /?command=reset       forget the failures of {"login", "ip"}
 *   POST /?command=getDBStats  what is known of {"login", "ip"}
 *   GET  /?command=ping        also: is the key right?
 *   GET  /livez, /readyz       without key; 503 once the door drains
 *
 * "/command/allow" is the same as "/?command=allow". Other commands of weakforced get 404 and say
 * what there is instead. Every answer is JSON, failures are {"status":"failure","reason":"..."}.
 *
 * The door owns its connections and knows nothing of accounts: callbacks decide. They are called in
 * the thread of the loop and answer at once. Not evhttp: that reaches 22,000 allow+report pairs a
 * second on one core with empty callbacks and 17,000 with JSON read (bench/auth.py has the figures
 * of this door), and has no deadline for a client that sends a byte now and then.
 *
 * Sources: RFC 9110, 9112, 7617; weakforced's README and openapi; Dovecot's auth-policy.c. */
#ifndef SERVE_AUTH_DOOR_H
#define SERVE_AUTH_DOOR_H

#include <event2/event.h>

#include "proto/auth_json.h"

enum {
    AUTH_BODY_MAX = 64 * 1024,  /* bytes; 413 above */
    AUTH_MSG_MAX = 1024,        /* of an answer; what is longer is cut */
    AUTH_STATS_MAX = 64 * 1024, /* of the JSON of getDBStats */
    AUTH_KEY_MAX = 511,         /* of the key */
};

struct auth_answer {
    int status;       /* below 0: refuse; 0: go on; above: Dovecot waits so many seconds first */
    struct slice msg; /* shown to the user when refused; borrowed until the callback's next call */
};

/* Callbacks borrow what they are given. */
struct auth_door_options {
    void (*allow)(void *ctx, const struct auth_request *request, struct auth_answer *answer);
    void (*report)(void *ctx, const struct auth_request *request);
    /* Either may be empty; both are not. */
    void (*reset)(void *ctx, struct slice login, struct slice ip);
    /* Adds the answer, one JSON object. NULL: the command is not there. */
    void (*stats)(void *ctx, struct slice login, struct slice ip, struct buf *json);
    /* Something for the log, at most once a second: "192.0.2.7:4711: wrong or missing key". NULL:
     * none. */
    void (*trouble)(void *ctx, const char *what);
    void *ctx;
    /* Compared in constant time with X-API-Key, or with the password of basic authentication,
     * whatever the name. Empty: everybody who can connect is served. Copied. */
    struct slice key;
    unsigned connections; /* at once; above, who was idle longest is closed. 0: 512 */
    unsigned request_ms;  /* from the first byte of a request to the last; for an answer to leave,
                             too. 0: 5 s */
    unsigned idle_ms;     /* between requests. 0: 5 min; Dovecot closes after 10 s by itself */
};

struct auth_door_stats {
    unsigned connections;   /* now */
    uint64_t accepted;      /* connections */
    uint64_t turned_away;   /* new ones that found too many: an idle one was closed, or they were */
    uint64_t timed_out;     /* closed within a request or an answer, at its deadline */
    uint64_t allow, report; /* requests answered with 200 */
    uint64_t refused;       /* allow requests answered with a status below 0 */
    uint64_t delayed;       /* and above 0 */
    uint64_t other;         /* other requests answered with 200 */
    uint64_t unauthorized;  /* 401 */
    uint64_t failed;        /* 4xx but 401, and 501 to 505 */
};

struct auth_door;

/* A door on `n` listening sockets, which it owns from now on; they are made non-blocking.
 * `allow`, `report` and `reset` are not NULL. NULL, with the sockets closed,
 * when the key is too long or the loop refuses an event. */
NODISCARD struct auth_door *auth_door_new(struct event_base *base, const int *listeners, size_t n,
                                          const struct auth_door_options *options);

/* Closes everything. NULL is allowed. */
void auth_door_free(struct auth_door *d);

/* Another key for the requests to come. False, and no change, when it is too long. */
NODISCARD bool auth_door_set_key(struct auth_door *d, struct slice key);

/* Take no new connections, close those that are idle, and the others after the answer to the
 * request that has begun to arrive. The stats say when none is left; no later than request_ms and a
 * second each for the request and its answer. */
void auth_door_drain(struct auth_door *d);

struct auth_door_stats auth_door_stats(const struct auth_door *d);

#endif
