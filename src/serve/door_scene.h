/* door_scene.h - for the tests of the doors for Postfix: real sockets on the loopback, door and
 * clients in one thread; the loop turns as often as it takes, and no longer than SCENE_WAIT_MS. */
#ifndef SERVE_DOOR_SCENE_H
#define SERVE_DOOR_SCENE_H

#include <sys/socket.h>
#include <sys/un.h>

#include "serve/policy_door.h"

enum { SCENE_WAIT_MS = 5000 };

#define REQUEST "request=smtpd_access_policy\n"
#define ASK(sender) REQUEST "sender=" sender "\n\n"

struct scene {
    struct event_base *base;
    struct policy_door *door;
    struct policy_door_stats stats; /* after scene_turn */
    unsigned port;
    struct sockaddr_un local; /* of its other socket; without a name in a folder */
    socklen_t local_n;
    struct slice action; /* the answer to everything; else "HOLD SENDER" */
    uint64_t closed;     /* connections that ended, and the number of the last of them */
    uint64_t closed_last;
    unsigned troubles;
    char trouble[DOOR_TROUBLE_MAX]; /* the last one that was told */
};

/* A policy door on a free port and a unix socket. Of the options only limits count. */
void scene_open(struct scene *s, struct policy_door_options options);
void scene_close(struct scene *s);

/* A listening socket on a free port. */
int scene_listen(void);

/* The client's end of a new connection, which the door has accepted, or done something else with.
 */
int scene_join(struct scene *s);

/* The same through the unix socket, where what is not read waits without clocks of TCP. */
int scene_join_local(struct scene *s);

/* Everything that can be done at once. */
void scene_turn(struct scene *s);

/* Send all of it, as fast as the door takes it. */
void scene_say(struct event_base *base, int fd, struct slice text);

/* Turn until `n` bytes came, or the end, and add them; true when the connection ended. */
bool scene_hear(struct event_base *base, int fd, size_t n, struct buf *out);

/* Hear exactly this, and nothing behind it. */
void scene_expect(struct scene *s, int fd, const char *want);

/* Hear this and the end of the connection. */
void scene_expect_end(struct scene *s, int fd, const char *want);

#endif
