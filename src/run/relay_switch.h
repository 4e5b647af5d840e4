/* relay_switch.h - the emergency relay: a second way out that was prepared before it is needed.
 * On, Postfix's own map (act/relay_map.h) leads outgoing mail to it, whether mailfuse runs or not.
 * Switched by hand, or by itself while an address of ours is on a grave DNS list (box/relay.h).
 *
 * With only-clean the mail of suspicious accounts, those with an incident that has not ended or
 * that the engine watches, does not take the relay. Postfix chooses a way by the envelope sender
 * and knows no logins there. So the senders that a suspicious account uses are learnt, from what it
 * submits and from the queue, and the map sends these directly; and what it submits under a sender
 * that is not in the map for long enough is put on hold until it is. relay { suspicious = hold }
 * holds all that it submits, until the suspicion is over. */
#ifndef RUN_RELAY_SWITCH_H
#define RUN_RELAY_SWITCH_H

#include <jansson.h>

#include "act/queue_row.h"
#include "base/attributes.h"
#include "base/buf.h"
#include "ledger/ledger.h"

struct daemon;
struct relay_switch;

/* As it was, from the store. 0 or -EIO, with a sentence in `error`. */
NODISCARD int relay_switch_load(struct daemon *d, struct buf *error);

/* Once a second; the first time the map is written as it ought to be. */
void relay_switch_step(struct daemon *d);

/* The clock was set forward by so much, or back: what waits waits as long as it would have. */
void relay_switch_clock_set(struct daemon *d, int64_t by_ms);

/* The settings are others: write the map anew. */
void relay_switch_again(struct daemon *d);

void relay_switch_free(struct relay_switch *r);

/* Mail of that fuse (or UINT32_MAX) by that sender is to be put on hold. */
bool relay_switch_keeps_back(struct daemon *d, uint32_t fuse, struct slice sender);

/* A message is complete, of that fuse (or UINT32_MAX): true when it is to be put on hold; it is
 * remembered, unless there is no room for it (box_has_room). */
bool relay_switch_holds(struct daemon *d, uint32_t fuse, const struct ledger_submission *m);
/* It does that already. */
bool relay_switch_is_holding(const struct daemon *d, struct slice queue_id);

/* That fuse has a message in the queue. */
void relay_switch_saw(struct daemon *d, uint32_t fuse, struct slice sender);

/* The map "relay" of the socketmap: what the file says, too. */
void relay_switch_answer(struct daemon *d, struct slice key, struct buf *reply);

/* For status: "ok", "off", "on", "trouble", and in words what there is to say. */
const char *relay_switch_state(const struct daemon *d, struct buf *words);

/* Mail takes the relay; messages that wait for it. */
bool relay_switch_on(const struct daemon *d);
uint32_t relay_switch_held(const struct daemon *d);
bool relay_switch_trouble(const struct daemon *d);

#endif
