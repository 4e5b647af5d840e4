/* door_inside.h - what the files of a door share: door.c (the whole), door_accept.c (new
 * connections), door_conn.c (one connection), door_trouble.c (what is told). For those only. */
#ifndef SERVE_DOOR_INSIDE_H
#define SERVE_DOOR_INSIDE_H

#include <event2/event_struct.h>
#include <sys/queue.h>

#include "serve/door.h"

struct door_conn {
    TAILQ_ENTRY(door_conn) link; /* in one of the door's lists */
    struct door *door;
    struct event event; /* readable; while `out` waits: writable */
    uint64_t id;
    int64_t since; /* when it became quiet, or when what it is busy with began */
    bool busy;     /* in the middle of a request or its answer: in door->busy, not door->quiet */
    bool ended;    /* nothing more is answered: what still comes is thrown away */
    size_t seen;   /* bytes of `in` that `take` knows */
    char *in;      /* owned; what came and was not answered yet: NULL for nothing */
    size_t in_n, in_room;
    char *out; /* owned; the answers that wait: NULL for none */
    size_t out_at, out_n;
};

TAILQ_HEAD(door_conns, door_conn); /* the longest one there first */

struct door_listener {
    struct door *door;
    struct event event;
    int fd; /* owned; -1 once the door drains */
};

struct door {
    struct event_base *base;
    struct door_protocol protocol;
    struct door_limits limits;
    struct door_stats stats;
    struct door_listener *listeners;
    size_t n_listeners;
    struct door_conns quiet, busy;
    struct event sweep; /* ticks while there are connections */
    struct event pause; /* ends a pause of accepting */
    int64_t tick_ms;
    int64_t now_ms; /* of the last tick: requests ask no clock */
    uint64_t last_id;
    int spare; /* a file descriptor to give up when there are no others, or -1 */
    bool draining;
    char *in; /* what is being read, of any connection */
    size_t in_room;
    struct buf out; /* what is being answered */
    int64_t told_ms;
    uint64_t untold; /* troubles since then */
};

/* Sets d->now_ms. */
void door_clock(struct door *d);

/* door_conn.c: a connection that was just accepted. Owns `fd`. */
void door_conn_open(struct door *d, int fd);

/* Frees `c`, then calls `closed`. */
void door_conn_close(struct door_conn *c);

/* Reads once and answers; may close. */
void door_conn_read(struct door_conn *c);

/* door_accept.c: listens with the listeners of `d`, or ends that. */
void door_accept_start(struct door *d, const int *fds, size_t n);
void door_accept_end(struct door *d);

/* door_trouble.c: tells of a trouble with `c` (NULL: with none), and shows the front of what it
 * sent, `sent`. */
void door_trouble(struct door *d, const struct door_conn *c, const char *what, struct slice sent);

#endif
