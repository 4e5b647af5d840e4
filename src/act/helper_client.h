/* helper_client.h - the worker's side of the privileged helper, on a libevent base.
 * Owns the requests that wait for an answer. Never waits: every function returns at once, the
 * answer comes by callback from the loop, exactly once, never from within the call. A request that
 * is not answered in time fails with -ETIMEDOUT. When the helper dies and another takes its place,
 * what was on its way is sent again; after several times, or when a list was half told, it fails
 * with -ECONNRESET. It may have been done nevertheless: every request may be made again, doing it
 * twice does no more than once (but the second time there may be less to count).
 * Requests of one kind that change something (queue; lock files) are done in the order of the
 * calls; others at the same time. */
#ifndef ACT_HELPER_CLIENT_H
#define ACT_HELPER_CLIENT_H

#include "act/queue_row.h"
#include "act/wire.h"

struct event_base;
struct helper_client;

enum {
    HELPER_TIMEOUT_MS = 30 * 1000,
    HELPER_QUEUE_TIMEOUT_MS = 120 * 1000, /* of what postsuper does, and of the list */
    HELPER_IN_FLIGHT_MAX = 1024,          /* requests; more fail with -EAGAIN */
};

struct helper_result {
    enum helper_op op;
    int status;           /* 0; -errno; exit status of the program (128 + n: ended by signal n) */
    struct slice output;  /* what the program said, or why not; for people, WIRE_TEXT_MAX at most;
                             may hold any byte; valid during the callback */
    uint64_t count;       /* messages held, released, requeued, deleted; rows of the list; 1 when a
                             session was ended; entries that left the cache; accounts in lock files */
    uint32_t duration_ms; /* as the helper measured it */
    int fd; /* HELPER_OPEN_LOG: open for reading, and the callback's to close; else -1 */
};

typedef void helper_done(void *ctx, const struct helper_result *result);
typedef void helper_row(void *ctx, const struct queue_row *row); /* `row` is valid meanwhile */

/* One line of the lock files. */
struct helper_lock {
    struct slice account; /* as it logs in; different ones differ in more than case */
    struct slice reply;   /* action of access(5): REJECT, DEFER, HOLD or a 4NN/5NN code, and a text;
                             what is not printable ASCII becomes '?', what is too long is cut */
    bool mail_only;       /* Dovecot lets it in */
    bool client;          /* no account but the address of a host, for the map of hosts */
};

/* `fd` is the worker's end of the socketpair and is not closed here; -1 when there is no helper:
 * then each request fails with -EPERM and a text that says why. */
struct helper_client *helper_client_new(struct event_base *base, int fd);

/* For requests from now on, instead of HELPER_TIMEOUT_MS and HELPER_QUEUE_TIMEOUT_MS. */
void helper_client_set_timeouts(struct helper_client *client, int timeout_ms, int queue_timeout_ms);

/* Call this for each helper that says hello from now on: its settings may be others than those of
 * the one before. */
void helper_client_on_hello(struct helper_client *client, void (*hello)(void *ctx), void *ctx);

/* Forgets what is on its way: no callback is called any more. Not from within one. NULL is fine. */
void helper_client_free(struct helper_client *client);

/* Each returns the number of the request, never 0. `done` may be NULL.
 * op   HELPER_HOLD, HELPER_RELEASE, HELPER_REQUEUE or HELPER_DELETE. postsuper leaves out ids that
 *      are not where they are looked for: compare `count`. An id that is no queue id refuses the
 *      whole request with -EINVAL. */
uint64_t helper_queue(struct helper_client *client, enum helper_op op, const struct slice *ids,
                      size_t n, helper_done *done, void *ctx);

/* The messages of `login` (compared without case), or all when it is empty: `row` for each, then
 * `done`. After a failure some rows may have come. With `rcpts` the rows have the recipients. */
uint64_t helper_queue_list(struct helper_client *client, struct slice login, bool rcpts,
                           helper_row *row, helper_done *done, void *ctx);

/* End the IMAP and POP3 sessions of a user. -EINVAL for names that doveadm would take for a
 * pattern or for a network. */
uint64_t helper_kick(struct helper_client *client, struct slice user, helper_done *done, void *ctx);

/* Let Dovecot forget what its auth cache has of a user. */
uint64_t helper_flush(struct helper_client *client, struct slice user, helper_done *done,
                      void *ctx);

/* Make these the complete contents of the lock files. -EINVAL when some cannot be written (odd
 * characters): all others are, `count` of them, and the text names the first that was left out. */
uint64_t helper_lock_files(struct helper_client *client, const struct helper_lock *locks, size_t n,
                           helper_done *done, void *ctx);

/* Switch the emergency relay, see relay_map.h: off; or on, for everybody but these senders (folded
 * addresses). */
uint64_t helper_relay_map(struct helper_client *client, bool on, const struct slice *senders,
                          size_t n, helper_done *done, void *ctx);

/* Try to deliver what is deferred. */
uint64_t helper_queue_run(struct helper_client *client, helper_done *done, void *ctx);

/* Open one of the configured logs, or a rotated sibling (PATH.1, PATH-20261122). */
uint64_t helper_open_log(struct helper_client *client, struct slice path, helper_done *done,
                         void *ctx);

/* Is there a helper that answers? */
uint64_t helper_ping(struct helper_client *client, helper_done *done, void *ctx);

/* Forget a request: its callbacks are not called any more. It may still be done. */
void helper_cancel(struct helper_client *client, uint64_t id);

/* Requests that wait for an answer. */
size_t helper_in_flight(const struct helper_client *client);

#endif
