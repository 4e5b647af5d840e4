/* private.h - the inside of the fuse box, shared by the files that make it up. */
#ifndef BOX_PRIVATE_H
#define BOX_PRIVATE_H

#include "base/arena.h"
#include "base/table.h"
#include "box/box.h"

/* What is known of a fuse without looking further. */
enum box_flag {
    FLAG_OPEN = 1,   /* it has an incident that is not ended */
    FLAG_LOCKED = 2, /* its mail is refused */
    FLAG_STOLEN = 4, /* keys of stolen passwords are known */
};

struct box {
    struct detect *detect;
    struct box_keeper keeper;
    bool enforcing;
    struct arena strings;
    struct box_incident **incidents; /* in no order */
    uint32_t incidents_n, incidents_room;
    uint32_t next_number;
    struct table by_number; /* those that have one */
    struct table open;      /* by the number of the fuse; those that are not ended */
    uint8_t *flags;         /* one for each fuse */
    uint16_t (*passwords)[BOX_PASSWORDS];
    uint32_t flags_room;
    struct box_message *messages; /* in the order of coming */
    uint32_t messages_n, messages_room, messages_gone;
    struct table by_queue_id;
    struct box_blocked *blocks;
    uint32_t blocks_n, blocks_room, client_blocks;
    struct table blocked_recipients;
    struct box_trusted *trusts;
    uint32_t trusts_n, trusts_room;
    uint32_t pending; /* steps to be done */
};

#define BY_MAILFUSE SLICE("mailfuse")

/* `items` of `n` with room for one more; `*room` is kept. */
void *box_grown(void *items, uint32_t n, uint32_t *room, size_t size);

/* Room for the flags of that fuse. */
void box_know(struct box *b, uint32_t fuse);

static inline bool box_has(const struct box *b, uint32_t fuse, enum box_flag flag)
{
    return fuse < b->flags_room && (b->flags[fuse] & flag) != 0;
}

void box_note(struct box *b, struct wall at, uint32_t incident, struct slice who,
              struct slice subject, const char *what, struct slice detail);

/* incidents.c */
struct box_incident *incident_new(struct box *b, uint32_t fuse, struct wall since);
void incident_name(struct box *b, struct box_incident *i); /* gives it a number */
void incident_keep(struct box *b, struct box_incident *i); /* it changed: to the disk with it */
void incident_become(struct box *b, struct box_incident *i, enum box_state state, struct wall at);
void incident_lock(struct box *b, struct box_incident *i, struct wall at);
void incident_peak(struct box *b, struct box_incident *i);
void incident_close(struct box *b, struct box_incident *i, struct wall at);
bool incident_ended(const struct box_incident *i);

/* tasks.c: ask for a step. */
void task_ask(struct box *b, struct box_incident *i, enum box_step step, struct wall at);

/* mail.c */
void mail_add(struct box *b, struct box_incident *i, const struct event *e,
              enum box_holding holding);
struct box_message *mail_find(const struct box *b, struct slice queue_id);
void mail_set(struct box *b, struct box_message *m, enum box_holding holding);

/* Let the `n` oldest of an incident go: how many. `*oldest` gets when the oldest that stays was
 * accepted; 0: none. */
uint32_t mail_let_go(struct box *b, struct box_incident *i, uint32_t n, struct wall *oldest,
                     struct wall at);

#endif
