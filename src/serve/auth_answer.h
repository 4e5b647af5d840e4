/* auth_answer.h - inside the auth policy door: one request to the bytes of its answer. Touches no
 * socket. */
#ifndef SERVE_AUTH_ANSWER_H
#define SERVE_AUTH_ANSWER_H

#include "proto/http_request.h"
#include "serve/auth_door.h"

/* What a door answers with. */
struct auth_desk {
    struct auth_door_options options; /* `key` is not used */
    struct buf key;                   /* a copy */
    struct buf body;                  /* scratch: of the answer being made */
    struct auth_door_stats stats;
    bool draining;
};

/* Add the answer to one request to `out`.
 * body       head->length bytes; they are changed
 * keep_open  whether the connection goes on afterwards
 * Returns the HTTP status. */
unsigned auth_answer(struct auth_desk *desk, const struct http_request *head, char *body,
                     bool keep_open, struct buf *out);

/* Add the answer to something that is no request, or none that we take; the connection closes. */
void auth_answer_failure(struct auth_desk *desk, unsigned status, const char *reason,
                         struct buf *out);

#endif
