/* control_scene.h - for the tests of the control door: real sockets, in one thread; the loop turns
 * as often as it takes. */
#ifndef SERVE_CONTROL_SCENE_H
#define SERVE_CONTROL_SCENE_H

#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "serve/control_door.h"

struct scene {
    struct event_base *base;
    struct control_door *door;
    struct control_door_stats stats;
    uint64_t asked[8]; /* tickets of requests that wait for the test */
    size_t asked_n;
    uid_t uid;
    char name[CONTROL_NAME_MAX];
};

#define STATUS "{\"command\":\"status\"}\n"
#define STATUS_REPLY "{\"ok\":true,\"command\":\"status\"}\n"

/* A door that answers with the command it got; `explain` waits for the test, `journal` is long. */
void open_scene(struct scene *s, struct control_door_options options, const int *fds, size_t n);
void close_scene(struct scene *s);

void turn(struct scene *s);

/* A socket that listens, with a name that the kernel chose, and where it is. */
int listen_somewhere(struct sockaddr_un *at, socklen_t *n);

/* The client's end of a new connection. */
int join(struct scene *s);

/* Send all of it, as fast as the door takes it. */
void say(struct scene *s, int fd, struct slice text);

/* Add what comes until there are `lines` lines or the end; true when the connection ended. */
bool hear(struct scene *s, int fd, size_t lines, struct buf *out);

/* Hear so many lines, or to the end: `want`. */
void expect(struct scene *s, int fd, size_t lines, const char *want);

#endif
