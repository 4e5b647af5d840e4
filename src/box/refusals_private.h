/* refusals_private.h - private to refusals*.c. */
#ifndef BOX_REFUSALS_PRIVATE_H
#define BOX_REFUSALS_PRIVATE_H

#include "box/refusals.h"

enum { REFUSALS_SITES = 8 };

/* What an account sent there lately; halves every three hours. */
struct refusals_sender {
    uint32_t fuse; /* messages is 0: empty */
    float messages, fresh;
};

/* What each result looks through, close together. */
struct refusals_key {
    uint32_t hash; /* of the name */
    bool known;    /* of the table */
    double use;    /* messages; halves every day */
    int64_t use_hour;
};

struct refusals_row {
    char name[REFUSALS_NAME];
    bool big;                  /* so the table says */
    struct refusals_count all; /* since the start; of the first row that of all not in the table */
    struct refusals_count slots[REFUSALS_SLOTS];
    int64_t slot; /* the last one that was counted in, since 1970 */
    struct refusals_sender senders[REFUSALS_SENDERS];
    int64_t senders_hour;
    /* refusals that only sound like reputation */
    uint32_t doubts;
    struct wall doubt_since;
    uint64_t doubt_recipient;
    bool doubt_several;
    struct refusals_block block;
    struct wall ended; /* of the last block; 0: none */
};

/* A small one that refused us. */
struct refusals_site {
    uint64_t key; /* 0: empty */
    struct wall at;
};

struct refusals {
    struct refusals_row rows[REFUSALS_ROWS]; /* the first one is REFUSALS_ELSEWHERE */
    struct refusals_key keys[REFUSALS_ROWS]; /* of the rows */
    uint32_t rows_n;
    struct refusals_site sites[REFUSALS_SITES];
    uint32_t sites_next;
    double use; /* of all */
    int64_t use_hour;
};

static inline struct refusals_key *refusals_key(struct refusals *r, const struct refusals_row *row)
{
    return &r->keys[row - r->rows];
}

/* The number of the row of that name, or REFUSALS_NOBODY. */
uint32_t refusals_find(const struct refusals *r, struct slice name);

/* refusals_count.c: count a result. */
void refusals_note(struct refusals *r, struct refusals_row *row,
                   const struct refusals_result *result);

/* Fill in who may have caused the block that begins with that result. */
void refusals_blame(struct refusals *r, struct refusals_row *row,
                    const struct refusals_result *result);

#endif
