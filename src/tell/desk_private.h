/* desk_private.h - private to desk.c, desk_ways.c and desk_letters.c. */
#ifndef TELL_DESK_PRIVATE_H
#define TELL_DESK_PRIVATE_H

#include "base/buf.h"
#include "base/table.h"
#include "tell/desk.h"

#define DESK_OWNER SLICE("owner ")

/* A way and what waits for it, the oldest first. */
struct way {
    struct desk_way shown;
    const struct conf_way *conf; /* NULL: an owner's, or gone from the settings */
    struct desk_entry **all;
    uint32_t n, room;
};

struct desk {
    const struct conf_alerts *conf;
    struct desk_keeper keeper;
    struct way **ways;
    uint32_t ways_n, ways_room;
    struct desk_state **states;
    uint32_t states_n, states_room;
    struct table by_key;
    struct desk_entry *given_up[DESK_GIVEN_UP_MAX]; /* the oldest first */
    uint32_t given_up_n;
    uint64_t next_number;
    struct wall pruned;
    const struct desk_entry **letter; /* of desk_next */
    uint32_t letter_room;
};

/* desk_ways.c */
struct way *way_find(const struct desk *d, struct slice id);
struct way *way_ensure(struct desk *d, struct slice id);
void way_add(struct desk *d, struct way *w, struct desk_entry *e); /* takes it over */
void way_keep(struct desk *d, const struct way *w);
bool way_is_owner(struct slice id);
struct desk_entry *entry_copy(const struct desk_entry *e);
void entry_free(struct desk_entry *e);
void entry_keep(struct desk *d, struct desk_entry *e);

/* The entry leaves the desk: it was delivered, or another took its place. */
void way_drop(struct desk *d, struct way *w, uint32_t place);
/* It is not told, for that reason. */
void way_give_up(struct desk *d, struct way *w, uint32_t place, struct slice why);
/* Ways of which nothing is left to be known. */
void ways_sweep(struct desk *d);

/* desk.c */
void desk_forget_way(struct desk *d, const struct desk_entry *e);
void desk_prune(struct desk *d, struct wall at);

#endif
