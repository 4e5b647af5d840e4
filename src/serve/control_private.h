/* control_private.h - the inside of the control door, for control_door.c and control_connection.c.
 */
#ifndef SERVE_CONTROL_PRIVATE_H
#define SERVE_CONTROL_PRIVATE_H

#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "base/slice.h"
#include "serve/control_door.h"

enum control_state {
    CONTROL_READING, /* nothing, or part of a request, was read */
    CONTROL_ASKED,   /* `ticket` is to be answered; reading rests */
    CONTROL_REPLY,   /* the reply is on its way; reading rests */
    CONTROL_GOODBYE, /* the same, and then the connection ends */
};

struct control_connection {
    struct control_connection *next;
    struct control_door *door;
    struct bufferevent *io;
    struct event *deadline; /* of a request that has begun; of the last word */
    struct control_peer peer;
    uint64_t ticket; /* of CONTROL_ASKED */
    enum control_state state;
    bool ended; /* freed when control is back in the loop */
};

struct control_door {
    struct event_base *base;
    struct control_door_options options;
    struct evconnlistener **listeners;
    size_t listeners_n;
    struct control_connection *connections;
    struct event *resume; /* accepting, after a pause */
    struct event *sweep;  /* frees what has ended */
    struct control_door_stats stats;
    uint64_t tickets; /* given out so far */
    bool draining;
};

/* A connection of the door; takes the descriptor over, also when it fails. */
void control_connection_open(struct control_door *door, int fd);

/* Its end; freed by the door's sweep. */
void control_connection_end(struct control_connection *c);
void control_connection_free(struct control_connection *c);

/* Queue a reply, whose reference is stolen, and go on to `state`. */
void control_connection_send(struct control_connection *c, json_t *reply, enum control_state state);

/* {"ok":false,...}; the hint may be NULL. Bytes that are no UTF-8 become U+FFFD. */
json_t *control_error(struct slice error, const char *hint);

#endif
