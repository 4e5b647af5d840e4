/* sent.h - which account sent a message that left the queue long ago: queue ids, Message-IDs and
 * recipients of the last weeks, as hashes of 64 bits. What a complaint is found by.
 *
 * Names go into blocks of SENT_SLOTS; a full block is never changed again, and when there are
 * SENT_BLOCKS of them the oldest is emptied. So memory grows with what is sent, to 16 MB: about
 * 260,000 messages to one recipient each. A name that is noted again counts as new. Pure. */
#ifndef LEDGER_SENT_H
#define LEDGER_SENT_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/wall.h"

enum {
    SENT_SLOTS = 4096, /* of 16 bytes */
    SENT_BLOCKS = 256,
    SENT_BYTES = 4 + 16 * SENT_SLOTS, /* of a block, as it is saved */
};

#define SENT_AGE_MS (30 * DAY_MS) /* what is older is not found */
#define SENT_NOBODY UINT32_MAX

/* Keys, never 0. The same name has another key for each of these. */
static inline uint64_t sent_queue_key(struct slice queue_id)
{
    return hash_slice(queue_id, 41) | 1;
}

/* Without <>. The ledger takes it for struct event. */
static inline uint64_t sent_message_key(struct slice message_id)
{
    return hash_slice(message_id, 1) | 1;
}

/* `key` is an event_address_key. */
static inline uint64_t sent_recipient_key(uint64_t key)
{
    return hash_u64(key ^ 0x73656e74) | 1;
}

struct sent;

struct sent *sent_new(void);
void sent_free(struct sent *s);

/* `fuse` has to do with that name, at `at`. The last word on a name is kept. */
void sent_note(struct sent *s, uint64_t key, uint32_t fuse, struct wall at);

/* Whose that was, and when; SENT_NOBODY when it is not known or too old. `at` may be NULL. */
uint32_t sent_find(const struct sent *s, uint64_t key, struct wall now, struct wall *at);

/* How many names are known. */
uint64_t sent_count(const struct sent *s);

/* Blocks that changed since they were saved, one at a time: its number and its bytes, added to
 * `out`. False when there is none. */
bool sent_save(struct sent *s, uint32_t *block, struct buf *out);

/* All of them have to be saved again: what was saved is lost. */
void sent_unsaved(struct sent *s);

/* Take what was saved, blocks in any order, before anything is noted. Names of a fuse that is not
 * below `fuses` are left out. False when the bytes are no block. */
bool sent_load(struct sent *s, uint32_t block, struct slice bytes, uint32_t fuses);

#endif
