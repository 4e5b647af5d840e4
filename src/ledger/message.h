/* message.h - the messages that are in a queue now, by host and queue id.
 * An entry comes with the first line that names its queue id and leaves when the queue file does;
 * or by age, when a log forgot to say so; or, counted, when there are more than the limit. All text
 * that is kept is inside the entry. */
#ifndef LEDGER_MESSAGE_H
#define LEDGER_MESSAGE_H

#include "base/table.h"
#include "base/wall.h"
#include "mail/ip.h"

enum { QUEUE_ID_MAX = 24, MESSAGE_ID_SLOTS = 1 << 14 };
#define MESSAGE_NONE UINT32_MAX
#define MESSAGE_AGE_MS (10 * DAY_MS) /* twice Postfix's maximal_queue_lifetime */

enum message_flag {
    MESSAGE_LOGIN = 1,       /* it came in with a login */
    MESSAGE_COUNTED = 2,     /* its first "queue active" was seen */
    MESSAGE_RETRIED = 4,     /* so was a second one */
    MESSAGE_CHILD = 8,       /* re-injected: counted under the queue id it had before */
    MESSAGE_LOCAL = 16,      /* submitted by sendmail(1) */
    MESSAGE_LOOPBACK = 32,   /* its client is this host or a neighbour: may be a content filter */
    MESSAGE_DEFERRED = 64,   /* a recipient was deferred (pflogsumm counts messages once) */
    MESSAGE_RELAYED = 128,   /* a relay client without login sent it out */
    MESSAGE_RECEIVED = 512,  /* a client= or pickup line was seen */
    MESSAGE_REQUEUED = 1024, /* it got a new queue id: pflogsumm counts it as one more message */
    MESSAGE_TOLD = 2048,     /* it was told of by ledger_accept or ledger_restore ... */
    MESSAGE_SEEN = 4096,     /* ... and the log's first "queue active" came, too */
    MESSAGE_PROGRAM = 8192,  /* `software` is complete: the Message-ID was seen */
    MESSAGE_HELD = 16384,    /* at its receipt: no "queue active" comes before it is released */
    MESSAGE_PROXIED = 32768, /* its owner is who logged in last at the proxy, from its client */
};

struct message {
    uint64_t hash;       /* of host and queue id */
    uint64_t message_id; /* hash of the Message-ID; 0 before it is known */
    uint64_t sender_key; /* event_address_key of the reverse-path; 0 before it is known, or null */
    uint64_t client_domain; /* totals_client_domain of its client */
    uint64_t addressed;     /* for whom a filter was given it, or its parent: one bit of 64 each */
    struct wall came, seen; /* the first line about it, and the last */
    struct wall queued;     /* first "queue active"; 0 before */
    struct ip client;
    uint64_t size;
    uint32_t provider, software; /* client_provider, client_software of its client; or 0 */
    uint32_t subject; /* the caller's number of whose message this is; MESSAGE_NONE for nobody's */
    uint32_t hint;    /* of that subject (event.h), as it was; or 0 */
    uint32_t nrcpt, results; /* recipients; results of the first round */
    uint32_t older, newer; /* neighbours in the order of coming, or of the last look at their age */
    uint32_t child;        /* the last that continues it by its Message-ID, as it was; or none */
    uint32_t flags;
    uint16_t host;
    uint8_t queue_id_n;
    char queue_id[QUEUE_ID_MAX];
};

struct messages {
    struct message *all; /* `used` of `room`; entries that left are chained through `older` */
    struct table by_id;
    uint32_t *by_message_id; /* the last entry with this hash of a Message-ID, or one that shares
                                the slot */
    uint32_t used, room, limit, live, free_first;
    uint32_t oldest, newest;
    uint64_t forgotten; /* entries that had to leave because of the limit */
};

/* Storage is the caller's. At most `limit` entries are kept. */
void messages_init(struct messages *m, uint32_t limit);
void messages_done(struct messages *m);

/* The entry, or MESSAGE_NONE. */
uint32_t messages_find(const struct messages *m, uint16_t host, struct slice queue_id);

/* A new entry; one with the same name that is still there leaves first (short queue ids are used
 * again). Pointers to entries are void after this. `queue_id` is cut to QUEUE_ID_MAX. */
uint32_t messages_add(struct messages *m, uint16_t host, struct slice queue_id, struct wall at);

/* The queue file is gone. What continues it is found by the Message-ID from now on. */
void messages_remove(struct messages *m, uint32_t index);

/* The queue file has a new name (postsuper -r). */
void messages_rename(struct messages *m, uint32_t index, struct slice queue_id);

/* A live entry with this hash of a Message-ID (not 0) on this host, or MESSAGE_NONE; only the last
 * few thousand are looked at. */
uint32_t messages_with_message_id(const struct messages *m, uint16_t host, uint64_t message_id);

/* Note the hash of the Message-ID (not 0). The one that a MESSAGE_CHILD continues, or that a
 * MESSAGE_LOCAL may continue, is still found by it. */
void messages_set_message_id(struct messages *m, uint32_t index, uint64_t message_id);

/* What continues that entry, if it is still there; or MESSAGE_NONE. */
uint32_t messages_child(const struct messages *m, uint32_t index);

/* Let entries go that nothing was heard of for MESSAGE_AGE_MS before `now`; a few for each call. */
void messages_expire(struct messages *m, struct wall now);

static inline struct slice message_queue_id(const struct message *m)
{
    return (struct slice){ m->queue_id, m->queue_id_n };
}

#endif
