/* private.h - the inside of the fuse box, shared by the files that make it up. */
#ifndef BOX_PRIVATE_H
#define BOX_PRIVATE_H

#include "base/arena.h"
#include "base/pool.h"
#include "base/table.h"
#include "box/box.h"

/* What is known of a fuse without looking further. */
enum box_flag {
    FLAG_OPEN = 1,   /* it has an incident that is not ended */
    FLAG_LOCKED = 2, /* its mail is refused */
    FLAG_STOLEN = 4, /* keys of stolen passwords are known */
};

#define NOWHERE UINT32_MAX /* not in that list */

/* Some of the incidents, in no order. */
struct incident_list {
    struct box_incident **all;
    uint32_t n, room;
};

struct box {
    struct detect *detect;
    struct box_keeper keeper;
    bool enforcing;
    bool no_room; /* for mail on hold */
    struct arena strings;
    /* all there are; those that are not ended; those with a step that is pending or running */
    struct incident_list lists[BOX_LISTS];
    uint32_t busy_next;      /* where to look first */
    uint32_t pending, files; /* steps to be done; BOX_LOCK_FILES that are running */
    uint32_t trim_at;        /* so many that ended are too many */
    uint32_t next_number;
    struct table by_number; /* those that have one */
    struct table by_fuse;   /* the last one of each */
    uint8_t *flags;         /* one for each fuse */
    uint16_t (*passwords)[BOX_PASSWORDS];
    uint32_t flags_room;
    struct pool mail; /* struct box_message */
    uint32_t mail_free;
    struct table by_queue_id;
    struct box_blocked *blocks; /* of clients, then of recipients */
    uint32_t blocks_n, blocks_room, client_blocks;
    struct table blocked_recipients;
    struct box_trusted *trusts;
    uint32_t trusts_n, trusts_room;
};

/* Whose locks stand in plain files: who comes by SMTP or may log in. */
static inline bool kind_has_file(enum subject_kind kind)
{
    return kind == SUBJECT_ACCOUNT || kind == SUBJECT_RELAY || kind == SUBJECT_LAN;
}

/* Whose mail in the queue can be told from others'. */
static inline bool kind_has_queue(enum subject_kind kind)
{
    return kind == SUBJECT_ACCOUNT || kind == SUBJECT_RELAY;
}

#define BY_MAILFUSE SLICE("mailfuse")

/* `items` of `n` with room for one more; `*room` is kept. */
void *box_grown(void *items, uint32_t n, uint32_t *room, size_t size);

/* Room for the flags of that fuse. */
void box_know(struct box *b, uint32_t fuse);

static inline bool box_has(const struct box *b, uint32_t fuse, enum box_flag flag)
{
    return fuse < b->flags_room && (b->flags[fuse] & flag) != 0;
}

void box_flag(struct box *b, uint32_t fuse, enum box_flag flag, bool on);

void box_note(struct box *b, struct wall at, uint32_t incident, struct slice who,
              struct slice subject, const char *what, struct slice detail);

/* lists.c: which incidents there are. */
/* Take it into the box's lists; it is the box's from now on. */
void incident_append(struct box *b, struct box_incident *i);
void incident_drop(struct box *b, struct box_incident *i); /* forget and free it */

/* Its steps and its state tell in which lists it belongs. */
void incident_sort_in(struct box *b, struct box_incident *i);

/* The last incident of that fuse, or NULL; `former` leads to those before it. */
struct box_incident *incident_last(const struct box *b, uint32_t fuse);

/* Forget those that ended long ago. */
void incidents_trim(struct box *b);

/* incidents.c */
struct box_incident *incident_new(struct box *b, uint32_t fuse, struct wall since);
void incident_keep(struct box *b, struct box_incident *i); /* it changed: to the disk with it */
void incident_become(struct box *b, struct box_incident *i, enum box_state state, struct wall at);
void incident_lock(struct box *b, struct box_incident *i, struct wall at);
void incident_peak(struct box *b, struct box_incident *i);
void incident_close(struct box *b, struct box_incident *i, struct wall at);

static inline bool incident_ended(const struct box_incident *i)
{
    return i->state == BOX_CLEARED || i->state == BOX_CLOSED;
}

/* It is locked, be it until its password has changed. */
static inline bool incident_locked(const struct box_incident *i)
{
    return i->state == BOX_LOCKED || i->state == BOX_WAITING;
}

/* Its mail is held. Who was held by the engine is let alone while it only observes. */
static inline bool incident_holds(const struct box *b, const struct box_incident *i)
{
    return i->state == BOX_HELD && (i->by_hand || b->enforcing);
}

/* follow.c: it was only observed, and that is over. */
void incident_unobserve(struct box *b, struct box_incident *i, struct wall at);

/* tasks.c: ask for a step; nobody needs it any more. */
void task_ask(struct box *b, struct box_incident *i, enum box_step step, struct wall at);
void task_drop(struct box *b, struct box_incident *i, enum box_step step);
bool task_open(const struct box_task *t);

/* The message of that number; NULL for NOWHERE. */
static inline struct box_message *mail_at(const struct box *b, uint32_t n)
{
    return n != NOWHERE ? pool_at(&b->mail, n) : NULL;
}

/* queued.c: less by one message, as far as there is any. */
void amount_less(struct box_amount *from, uint32_t recipients);

/* mail.c: false when that cannot be a queue id, or is known already. */
bool mail_add(struct box *b, struct box_incident *i, const struct event *e,
              enum box_holding holding);
/* This message is in the sums of the incident; and whether it is, of the last ones. */
void mail_counted(struct box_incident *i, struct slice queue_id);
bool mail_is_counted(const struct box_incident *i, struct slice queue_id);

/* It was held, and the engine or somebody let it go. */
bool mail_was_let_go(const struct box *b, uint32_t incident, struct slice queue_id);

/* So many have not got it yet. */
void mail_resize(struct box *b, struct box_message *m, uint32_t recipients);
struct box_message *mail_find(const struct box *b, struct slice queue_id);
void mail_set(struct box *b, struct box_message *m, enum box_holding holding);

/* It had left before anything was done with it: it counts neither as let go nor as deleted. */
void mail_went_out(struct box *b, struct box_incident *i, struct box_message *m);
void mail_sort(struct box *b, struct box_incident *i);

/* let_go.c: those with which that is to be done: an array of `*n`, that the caller frees; NULL:
 * none. */
struct box_message **mail_gather(const struct box *b, const struct box_incident *i,
                                 enum box_holding holding, size_t *n);

/* How many may be let go still, and tell the engine. */
struct box_amount mail_waiting(const struct box_incident *i);
void mail_tell_engine(struct box *b, const struct box_incident *i);

/* Let the `n` oldest of an incident go: how many. `*oldest` gets when the oldest that stays was
 * accepted; 0: none. */
uint32_t mail_let_go(struct box *b, struct box_incident *i, uint32_t n, bool by_hand,
                     struct wall *oldest, struct wall at);

/* Which messages were let go need not be known any more. */
void mail_forget(struct box *b, struct box_incident *i);

void mail_done(struct box *b);

/* Those that were loaded, to their incidents. */
void mail_loaded(struct box *b);

#endif
