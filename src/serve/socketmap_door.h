/* socketmap_door.h - answers Postfix's socketmap lookups on stream sockets.
 * Reads requests (proto/socketmap.h), asks its owner, writes the reply; what happens to connections
 * is in serve/door.h. Postfix itself closes a connection after ten quiet seconds.
 * Source: socketmap_table(5). */
#ifndef SERVE_SOCKETMAP_DOOR_H
#define SERVE_SOCKETMAP_DOOR_H

#include "proto/socketmap.h"
#include "serve/door.h"

/* Write "OK data", "NOTFOUND ", "TEMP reason" or "PERM reason" to `reply`, an empty buf; never
 * blocks. `map` and `key` borrow the connection's bytes. What cannot be sent (socketmap_reply)
 * becomes a TEMP, and `replaced` is counted: Postfix then defers, as it does without us. */
typedef void socketmap_answer(void *ctx, struct slice map, struct slice key, struct buf *reply);
/* A line for the log: escaped, limited in rate, without newline. */
typedef void socketmap_trouble(void *ctx, const char *text);

/* The callbacks must not free the door nor run the loop. */
struct socketmap_door_options {
    socketmap_answer *answer;
    socketmap_trouble *trouble; /* may be NULL */
    void *ctx;
    struct door_limits limits; /* zeroes: serve/door.h */
};

struct socketmap_door_stats {
    struct door_stats door;
    uint64_t replaced; /* replies that could not be sent */
};

struct socketmap_door;

/* Takes over `n` listening sockets (serve/listen.h); the options are copied. The caller frees the
 * door with socketmap_door_free, before the base. */
struct socketmap_door *socketmap_door_new(struct event_base *base, const int *listeners, size_t n,
                                          const struct socketmap_door_options *options);

void socketmap_door_stats(const struct socketmap_door *s, struct socketmap_door_stats *out);
void socketmap_door_drain(struct socketmap_door *s);
void socketmap_door_free(struct socketmap_door *s);

#endif
