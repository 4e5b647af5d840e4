/* courier_client.h - the worker's side of the courier, the program that delivers what is to leave
 * this machine: mail, webhooks, commands (docs: ARCHITECTURE.md). On a libevent base.
 * Owns copies of the letters that wait for an answer. Never waits: every function returns at once;
 * the answer comes by callback from the loop, exactly once, never from within the call, whatever
 * happens to the courier. Nothing outlives the process: who wants a letter to arrive keeps it until
 * it was answered with COURIER_OK, and sends it again after COURIER_TEMPORARY. When the courier
 * died in between, the letter may have arrived: it gets there at least once.
 * A courier is started when there is a letter (through the supervisor), and let go after a minute
 * without one. At most COURIER_AT_ONCE letters are under way, of those COURIER_AT_ONCE_TO to one
 * place, so that a server that hangs does not keep the others waiting. */
#ifndef ACT_COURIER_CLIENT_H
#define ACT_COURIER_CLIENT_H

#include "proto/courier.h"

struct event_base;
struct courier_client;

enum {
    COURIER_AT_ONCE_TO = 4,         /* to one `where` */
    COURIER_WAITING_MAX = 4096,     /* letters; more are answered COURIER_TEMPORARY */
    COURIER_BYTES_MAX = 16 << 20,   /* of all of them; the same */
    COURIER_TIMEOUT_MS = 60 * 1000, /* under way; longer than any delivery takes */
    COURIER_IDLE_MS = 60 * 1000,    /* without a letter: the courier may go */
};

/* id     what courier_send returned
 * words  why not, or what the other side said; valid during the call */
typedef void courier_done(void *ctx, uint64_t id, enum courier_result result,
                          uint32_t retry_after_s, struct slice words);

/* `door` is the socket to the supervisor, who starts the courier (supervise.h), and is not closed
 * here; -1 when there is none: then each letter is COURIER_TEMPORARY, with words that say why. */
struct courier_client *courier_client_new(struct event_base *base, int door);

/* From now on, instead of COURIER_TIMEOUT_MS and COURIER_IDLE_MS. */
void courier_client_set_times(struct courier_client *client, int timeout_ms, int idle_ms);

/* Forgets what is on its way: no callback is called any more. Not from within one. NULL is fine. */
void courier_client_free(struct courier_client *client);

/* Copies the letter; its `id` is not looked at. Returns its number, never 0. `done` may be NULL. A
 * letter that is longer than COURIER_FRAME_MAX is COURIER_PERMANENT. */
uint64_t courier_send(struct courier_client *client, const struct courier_letter *letter,
                      courier_done *done, void *ctx);

/* Forget a letter: its callback is not called any more. It may still be delivered. */
void courier_cancel(struct courier_client *client, uint64_t id);

/* Letters that wait for an answer. */
size_t courier_in_flight(const struct courier_client *client);

#endif
