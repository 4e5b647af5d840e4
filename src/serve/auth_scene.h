/* auth_scene.h - what the tests of the auth policy door share: a door on loopback, a client of it
 * in the same thread, and callbacks that note what they saw. The login "locked" is refused, "slow"
 * waits 3 s, "huge" has too many stats. */
#ifndef SERVE_AUTH_SCENE_H
#define SERVE_AUTH_SCENE_H

#include "serve/auth_door.h"

enum { AUTH_ROUNDS = 200000 }; /* turns of the loop until something must have happened */

/* A door, and what its callbacks saw last. */
struct auth_scene {
    struct event_base *base;
    struct auth_door *door;
    uint16_t port;
    char saw[256];
    unsigned troubles;
    char *answers; /* of the client's connection */
    size_t answers_n;
};

/* The callbacks of `options` are ours. `s` must not move afterwards: they know its place.
 * send_buffer  SO_SNDBUF of the door's connections; 0: as usual */
void auth_scene_open(struct auth_scene *s, struct auth_door_options options, int send_buffer);
void auth_scene_done(struct auth_scene *s);

/* One turn of the loop. */
void auth_turn(struct auth_scene *s);

/* A new connection; the caller closes it. */
int auth_client(const struct auth_scene *s);

/* Send all of `text`, while the loop turns. */
void auth_say(struct auth_scene *s, int fd, struct slice text);

/* Add what is there to s->answers; false at the end of the connection. */
bool auth_hear_some(struct auth_scene *s, int fd);

/* Status lines in s->answers. */
unsigned auth_answers(const struct auth_scene *s);

/* Until so many answers are there and end with '}'; false when the door closes before. */
bool auth_hear(struct auth_scene *s, int fd, unsigned answers);

/* Answers and what the callbacks saw. */
void auth_forget(struct auth_scene *s);

/* A request in `out`. */
struct slice auth_post(char *out, size_t room, const char *target, const char *fields,
                       const char *body);

#endif
