/* batch.h - what a batch holds, for the threads of the store. See store.h for what it is. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "base/arena.h"
#include "store/store.h"

enum change_type { CHANGE_PUT, CHANGE_DELETE, CHANGE_META, CHANGE_JOURNAL, CHANGE_FORGET };

struct change {
    struct change *next;
    enum change_type type;
    enum store_kind kind;     /* of CHANGE_PUT and CHANGE_DELETE */
    struct slice key, value;  /* of those and of CHANGE_META */
    struct store_entry entry; /* of CHANGE_JOURNAL; its `at` of CHANGE_FORGET */
};

struct picture_put {
    struct picture_put *next;
    struct slice value;
    uint32_t id;
};

/* Who wants to know how it ended. */
struct waiter {
    struct waiter *next;
    store_done *done;
    void *ctx;
};

struct store_batch {
    struct store_batch *next; /* of its owner's list */
    enum store_file file;
    bool clear_pictures;          /* before all else */
    bool told;                    /* that it waits */
    struct change *first, **end;  /* in the order they were made */
    struct picture_put *pictures; /* the last one first */
    uint32_t changes_n, pictures_n;
    struct waiter *waiters, **waiters_end;
    struct arena arena; /* all of the above */
};

/* Append a copy of a change; its `next` is not looked at. */
void batch_add(struct store_batch *b, const struct change *change);

/* Whom to tell, once or (after a merger) of many. */
void batch_wait(struct store_batch *b, store_done *done, void *ctx);

/* A first-in first-out list of batches. */
struct batches {
    struct store_batch *first, *last;
    uint32_t n;
};

void batches_add(struct batches *list, struct store_batch *b);
struct store_batch *batches_take(struct batches *list);          /* NULL when empty */
void batches_append(struct batches *list, struct batches *more); /* `more` is empty then */

#endif
