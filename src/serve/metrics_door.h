/* metrics_door.h - a page of figures for Prometheus, by HTTP: GET or HEAD of /metrics.
 * One request for each connection, which ends behind the answer; limits and deadlines are those of
 * serve/door.h. Knows no figure: a callback writes the page. There is no key: listen on loopback,
 * or on a network of your own. Sources: RFC 9110, 9112; the text format of Prometheus 0.0.4. */
#ifndef SERVE_METRICS_DOOR_H
#define SERVE_METRICS_DOOR_H

#include "serve/door.h"

enum {
    METRICS_PAGE_MAX = 1024 * 1024, /* bytes; a page that is longer is a 500 */
    METRICS_CONNECTIONS = 64,       /* at once, unless the limits say otherwise */
    METRICS_REQUEST_MS = 5000,      /* the same */
};

struct metrics_door_options {
    /* Write the page to `out`, an empty buf of METRICS_PAGE_MAX. Must not wait, free the door or
     * run the loop. */
    void (*page)(void *ctx, struct buf *out);
    void (*trouble)(void *ctx, const char *text); /* as in serve/door.h; may be NULL */
    void *ctx;
    struct door_limits limits;
};

struct metrics_door_stats {
    struct door_stats door;
    uint64_t pages, failed; /* answers with 200; all others */
};

struct metrics_door;

/* Takes over `n` listening sockets (serve/listen.h); the options are copied. The caller frees the
 * door with metrics_door_free, before the base. */
struct metrics_door *metrics_door_new(struct event_base *base, const int *listeners, size_t n,
                                      const struct metrics_door_options *options);

void metrics_door_stats(const struct metrics_door *m, struct metrics_door_stats *out);
void metrics_door_drain(struct metrics_door *m);
void metrics_door_free(struct metrics_door *m);

#endif
