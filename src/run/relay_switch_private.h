/* relay_switch_private.h - private to relay_switch.c, relay_bulkhead.c and control/relay.c. */
#ifndef RUN_RELAY_SWITCH_PRIVATE_H
#define RUN_RELAY_SWITCH_PRIVATE_H

#include "box/relay.h"
#include "run/daemon.h"
#include "run/json.h"
#include "run/relay_switch.h"

enum {
    RELAY_SENDERS = 5000, /* that suspicious accounts use; what is beyond is held */
    RELAY_SENDERS_EACH = 50,
    RELAY_HELD = 10000,
    RELAY_TICKETS = 8,
    RELAY_WORDS_MAX = 600,
    /* Postfix's trivial-rewrite looks every ten seconds whether a map has changed, and the queue
     * manager keeps the answer to its last question for thirty (Postfix 3.7: check_table_stats(),
     * resolve_clnt_query()). */
    RELAY_SETTLE_MS = 45 * SECOND_MS,
};

/* An address that a suspicious account writes from. */
struct relay_sender {
    uint64_t hash; /* of the folded address */
    uint32_t fuse;
    char *address;
    bool sent;           /* in the map that is being written */
    struct wall written; /* in the map since then; 0: it is not */
};

/* A message that we put on hold. */
struct relay_held {
    char id[BOX_QUEUE_ID + 1];
    uint32_t fuse;
    uint64_t sender; /* hash */
    struct wall at;
    uint32_t recipients;
    uint64_t size;
    char *from;     /* the sender, as it came */
    bool under_way; /* the helper lets it go */
};

struct relay_switch {
    struct daemon *d;
    struct relay state;
    char *by, *reason, *test_words; /* never NULL */
    struct relay_sender *senders;
    uint32_t senders_n, senders_room;
    struct relay_held *held;
    uint32_t held_n, held_room;
    bool dirty, writing;     /* the map is not as it ought to be; is being written */
    bool settles;            /* the switch itself was turned: run the queue afterwards */
    struct wall again;       /* not before */
    struct wall run_at, ran; /* the queue is to be run, and was */
    struct wall looked;      /* at the DNS lists */
    struct wall let_go;      /* not before */
    uint32_t grave;
    bool said;          /* that it cannot be, or would be, switched by itself */
    uint32_t in_map;    /* senders */
    struct buf trouble; /* why the map cannot be written; empty: it is */
    uint64_t tickets[RELAY_TICKETS];
    uint32_t tickets_n;
};

/* The settings name a relay, and there is a map for it. */
bool relay_is_set(const struct daemon *d);

/* relay_switch.c: what survives was changed; the map has to be. */
void relay_keep(struct relay_switch *r);

/* It was switched: keep, tell, write. `by` and `reason` for the journal. */
void relay_turned(struct relay_switch *r, struct slice by, struct slice reason);

/* relay_bulkhead.c */
bool relay_suspects(const struct daemon *d, uint32_t fuse);
void relay_move(struct wall *at, int64_t by_ms);
void relay_bulkhead_clock_set(struct relay_switch *r, int64_t by_ms);
void relay_bulkhead_step(struct relay_switch *r);
void relay_bulkhead_written(struct relay_switch *r, bool good);
bool relay_held_load(struct relay_switch *r, struct slice key, struct slice value);
void relay_bulkhead_free(struct relay_switch *r);

/* control/relay.c: the map is written, or cannot be: answer who waits for it. */
void relay_answer_tickets(struct relay_switch *r);

#endif
