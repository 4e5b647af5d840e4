/* supervise.h - the process above helper and worker: starts both, and again when one dies; and the
 * courier, when the worker asks for one.
 * Owns the socketpair between them: both ends stay open here, so that whoever is started anew talks
 * over the same one (wire.h). What was opened before (listening sockets) stays open here, too:
 * while a worker is being replaced, clients wait in the queue of the socket and are not refused.
 * Decides nothing, reads nothing. Whatever happens to it, nobody is left behind: the kernel kills
 * its children when it dies. */
#ifndef ACT_SUPERVISE_H
#define ACT_SUPERVISE_H

#include <stdint.h>

#include "base/attributes.h"

enum {
    SUPERVISE_BACKOFF_MIN_MS = 100, /* before a second start; doubled each time up to: */
    SUPERVISE_BACKOFF_MAX_MS = 5000,
    SUPERVISE_DEATHS = 5, /* of the worker within SUPERVISE_DEATHS_MS: then we give up */
    SUPERVISE_DEATHS_MS = 60 * 1000,
    SUPERVISE_STOP_MS = 30 * 1000,       /* for the worker to end after SIGTERM */
    SUPERVISE_STOP_HELPER_MS = 5 * 1000, /* for the helper, afterwards */
    SUPERVISE_STOP_COURIER_MS = 1000,    /* for the courier, which has lost its worker */
};

/* What becomes of settings that the worker has read. */
enum supervise_settings {
    SUPERVISE_AS_BEFORE, /* helper and courier go by them already */
    SUPERVISE_TAKEN,     /* both are ended, so that their successors go by them */
    SUPERVISE_OTHERS,    /* they are others by now: SIGHUP tells the worker to read them again */
};

struct supervise_options {
    /* What the processes do; each returns its exit status (0 to 255). */
    int (*helper)(int socket, void *ctx); /* NULL: none; the worker's socket is -1 then */
    int (*worker)(int socket, void *ctx);
    /* Called here for each packet WIRE_SETTINGS that comes through `door`: the worker goes by the
     * settings of that fingerprint. NULL: nothing is done. */
    enum supervise_settings (*settings)(void *ctx, uint64_t fingerprint);
    /* For each packet WIRE_COURIER that comes through `door` (SOCK_SEQPACKET, the caller's) this
     * process is started with the socket that came with it. There is one at a time: a new one takes
     * the place of the old, whose end is waited for; one that failed is not followed at once. */
    int (*courier)(int session, void *ctx);   /* NULL: none */
    int door;                                 /* -1: none */
    void (*say)(void *ctx, const char *line); /* what is worth a line in the log; NULL: nothing */
    void *ctx;
    int final_status; /* of a worker for which another try is pointless (settings are wrong); 0:
                         none */
    int stop_ms;      /* 0: SUPERVISE_STOP_MS */
};

/* Start both and stay until the worker has ended for good: with status 0 or `final_status`, after
 * SIGTERM or SIGINT (which it is sent, too), or after too many deaths. Then the helper is ended,
 * when it has done what it had begun. SIGHUP goes to the worker. Processes begin with SIGHUP
 * ignored and default actions for all else, without new privileges (PR_SET_NO_NEW_PRIVS). The exit
 * status for the whole: the worker's, 1 after too many deaths or when a signal ended it. */
NODISCARD int supervise(const struct supervise_options *options);

#endif
