/* control_peer.h - who is at the other end of a unix socket. */
#ifndef SERVE_CONTROL_PEER_H
#define SERVE_CONTROL_PEER_H

#include "base/slice.h"
#include "serve/control_door.h"

/* Ask the kernel (SO_PEERCRED, unix(7)), and /etc/passwd for the name: the file itself and not
 * getpwuid(3), which may ask servers and wait for them. 0 or -errno. */
NODISCARD int control_peer_ask(int fd, struct control_peer *out);

/* The peer for the journal when it says for whom it became root: "root for alice". What is not
 * root, or no plain name, changes nothing. */
void control_peer_for(struct control_peer *peer, struct slice name);

#endif
