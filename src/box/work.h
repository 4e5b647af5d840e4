/* work.h - what the box wants done in the world. The daemon asks for the next step, carries it out,
 * and says how it went; a step that failed is tried again, first after a second, then ever more
 * seldom, at last every minute. A step is only given out when the incident that asks for it is on
 * disk. */
#ifndef BOX_WORK_H
#define BOX_WORK_H

#include "box/box.h"

struct box_work {
    uint32_t incident;
    enum box_step step;
};

/* A step that is due; it is running from now on. False when there is none. Of each incident one
 * step that moves messages runs at a time, and of BOX_LOCK_FILES one at all: it is for every
 * incident that waits for it, and ends with box_locks_written. */
bool box_next_work(struct box *b, struct wall at, struct box_work *out);

/* When the next one is due by time; 0 when none waits. */
struct wall box_work_at(const struct box *b);

/* The step is done, or failed: `why` is empty or says why. */
void box_work_done(struct box *b, const struct box_work *w, struct slice why, struct wall at);

/* The file of all locks, as box_locks gave them when the step was given out, was written; or it was
 * not, and `why` says why. */
void box_locks_written(struct box *b, struct slice why, struct wall at);

/* BOX_HOLD_QUEUE: this message of the account is in the queue. False when it was let go, and leaves
 * as it should. */
bool box_may_hold(const struct box *b, uint32_t incident, struct slice queue_id);

/* BOX_HOLD_QUEUE: it is to be put on hold, by BOX_HOLD_MAIL, and counts as held.
 * accepted  when it was, by the queue */
void box_found_queued(struct box *b, uint32_t incident, struct slice queue_id, struct wall accepted,
                      uint32_t recipients, uint64_t size, struct slice sender, struct wall at);

/* BOX_HOLD_MAIL: it is on hold now, for so many who have not got it yet. */
void box_was_held(struct box *b, struct slice queue_id, uint32_t recipients);

/* BOX_HOLD_MAIL, BOX_PURGE: it is not in the queue any more: everybody has got it. */
void box_had_left(struct box *b, struct slice queue_id);

/* BOX_PURGE: its envelope goes to the journal. True for the first time, however often it is
 * tried. */
bool box_purge_noted(struct box *b, struct slice queue_id);

/* BOX_RELEASE, BOX_PURGE, BOX_HOLD_MAIL: the messages that the step, which is running, is about. */
typedef void box_each_id(void *ctx, struct slice queue_id);
uint32_t box_work_ids(const struct box *b, const struct box_work *w, box_each_id *each, void *ctx);

/* A held message is not on hold any more, by somebody else's doing. */
void box_message_gone(struct box *b, struct slice queue_id, struct wall at);

/* So many recipients of a message on hold are still to get it: the others got it while it was put
 * there. True when that is news and none are left: an empty envelope is on hold, of no incident any
 * more. */
bool box_message_left(struct box *b, struct slice queue_id, uint32_t recipients);

/* Everything about an incident up to this version is on disk, or cannot be put there for now: it
 * must not be waited for. */
void box_stored(struct box *b, uint32_t incident, uint32_t version);

/* Accounts, relay clients and LAN hosts that are locked now, with the number of the incident: for
 * the plain files. One that waits for a new password stays locked for sending only, so that it can
 * log in with that. A lock that is not on disk yet is left out: nobody would know of it after a
 * crash. */
typedef void box_each_lock(void *ctx, const struct subject *s, uint32_t incident, bool waiting);
void box_locks(const struct box *b, box_each_lock *each, void *ctx);

/* "hold what is in the queue"; never NULL. */
const char *box_step_name(enum box_step step);
const char *box_state_name(enum box_state state);

#endif
