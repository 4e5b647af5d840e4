#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/escape.h"
#include "serve/door_inside.h"

#include "base/ban.h"

enum { SHOWN_MAX = 60 }; /* bytes of what a peer sent */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};

/* "127.0.0.1:40001", "[::1]:40001", "pid 812 of uid 104". */
static void add_peer(struct buf *out, int fd)
{
    union address peer = { .any.sa_family = AF_UNSPEC };
    socklen_t n = sizeof peer;
    struct ucred who;
    socklen_t who_n = sizeof who;
    char host[INET6_ADDRSTRLEN];

    if (getpeername(fd, &peer.any, &n) < 0)
        buf_add(out, SLICE("a peer that has gone"));
    else if (peer.any.sa_family == AF_INET &&
             inet_ntop(AF_INET, &peer.v4.sin_addr, host, sizeof host) != NULL)
        buf_printf(out, "%s:%u", host, ntohs(peer.v4.sin_port));
    else if (peer.any.sa_family == AF_INET6 &&
             inet_ntop(AF_INET6, &peer.v6.sin6_addr, host, sizeof host) != NULL)
        buf_printf(out, "[%s]:%u", host, ntohs(peer.v6.sin6_port));
    else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &who_n) == 0)
        buf_printf(out, "pid %d of uid %u", (int)who.pid, (unsigned)who.uid);
    else
        buf_add(out, SLICE("a peer without name"));
}

static void write_trouble(struct buf *out, const struct door *d, const struct door_conn *c,
                          const char *what, struct slice sent)
{
    buf_printf(out, "%s: ", d->protocol.name);
    if (c != NULL) {
        add_peer(out, event_get_fd(&c->event));
        buf_add(out, SLICE(" "));
    }
    buf_add(out, slice_of(what));
    if (sent.n > 0) {
        buf_add(out, SLICE(": \""));
        escape_terminal(out, slice_head(sent, SHOWN_MAX));
        buf_add(out, sent.n > SHOWN_MAX ? SLICE("...\"") : SLICE("\""));
    }
    if (d->untold > 0)
        buf_printf(out, " (%llu more since the last such line)", (unsigned long long)d->untold);
    buf_add_char(out, '\0');
}

void door_trouble(struct door *d, const struct door_conn *c, const char *what, struct slice sent)
{
    struct buf text = buf_make(DOOR_TROUBLE_MAX);

    door_clock(d);
    write_trouble(&text, d, c, what, sent);
    snprintf(d->stats.last_trouble, sizeof d->stats.last_trouble, "%s", text.p);
    if (d->now_ms - d->told_ms < DOOR_TROUBLE_MS) {
        d->untold++;
    } else {
        d->told_ms = d->now_ms;
        d->untold = 0;
        if (d->protocol.trouble != NULL)
            d->protocol.trouble(d->protocol.ctx, d->stats.last_trouble);
    }
    buf_done(&text);
}
