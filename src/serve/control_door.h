/* control_door.h - the control socket: one JSON object on a line asks, one answers. docs/control.md
 * has the protocol.
 * Owns the listening sockets and the connections; knows what a request must look like
 * (control_request.h) and not what it means. Who may connect is a matter of the permissions of the
 * socket, which the caller has set. Connections, input and output are bounded, each has deadlines.
 * Runs in one event loop and never blocks, but for reading /etc/passwd
 * once per connection. The process ignores SIGPIPE. */
#ifndef SERVE_CONTROL_DOOR_H
#define SERVE_CONTROL_DOOR_H

#include <event2/event.h>
#include <jansson.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "base/wall.h"

enum {
    CONTROL_REQUEST_MAX = 65536,          /* bytes, with the newline */
    CONTROL_REPLY_MAX = 64 * 1024 * 1024, /* bytes; a longer one is replaced by an error */
    CONTROL_NAME_MAX = 80,
};

/* Who asks: SO_PEERCRED of unix(7). `name` is for the journal: "root", "root for alice" (of who
 * became root by sudo(8), by its own word), or "uid 1000" for whom /etc/passwd does not know. */
struct control_peer {
    uid_t uid;
    gid_t gid;
    pid_t pid;
    char name[CONTROL_NAME_MAX];
};

/* Answer a request, now or later, by one control_reply with its ticket.
 * peer, request  borrowed for the time of the call; json_incref keeps a request. It has all its
 *                required members, each of its type, and no others: control_request.h looked */
typedef void control_answer(void *ctx, const struct control_peer *peer, json_t *request,
                            uint64_t ticket);

struct control_door_options {
    control_answer *answer;
    void *ctx;
    uint32_t max_connections; /* 0: 64 */
    int64_t idle_ms;          /* between requests; 0: 5 min */
    int64_t request_ms;       /* from its first byte to its last; 0: 10 s */
    int64_t write_ms;         /* while a reply makes no progress; 0: 30 s */
};

struct control_door_stats {
    uint32_t connections; /* now */
    uint64_t accepted, requests, malformed, refused /* for the limit of connections */, late;
};

struct control_door;

/* Serve the `n` listening sockets, non-blocking ones, which are the door's from now on: closed by
 * it, also on failure. NULL when libevent fails. */
NODISCARD struct control_door *control_door_new(struct event_base *base, const int *listeners,
                                                size_t n,
                                                const struct control_door_options *options);

/* Take a connected socket as if it had been accepted; closes it on failure. */
void control_door_adopt(struct control_door *door, int fd);

/* Send `reply`, whose reference is stolen, to who holds that ticket. Of a ticket whose peer is
 * gone, or that was answered already, it is thrown away. */
void control_reply(struct control_door *door, uint64_t ticket, json_t *reply);

/* The same with {"ok":false,"error":...} and, when not NULL, the hint. Any bytes will do. */
void control_refuse(struct control_door *door, uint64_t ticket, const char *error,
                    const char *hint);

void control_door_stats(const struct control_door *door, struct control_door_stats *out);

/* Accept nobody any more; close what is idle now and everybody else after his reply. When that is
 * done the statistics show no connections. */
void control_door_drain(struct control_door *door);

/* Closes everything at once. May be called with NULL, not from within control_answer. */
void control_door_free(struct control_door *door);

#endif
