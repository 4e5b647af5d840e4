/* outbox.h - what the threads have to say to the loop: a list with a lock, and an eventfd(2) that
 * wakes the loop. The lock is held for a few instructions only. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include <pthread.h>

#include "store/batch.h"

struct answer; /* question.h */

struct note {
    struct note *next;
    store_done *done; /* of a batch ... */
    void *ctx;
    enum store_outcome outcome;
    struct answer *answer; /* or to a question; owned */
};

struct notes {
    struct note *first, *last;
};

struct outbox {
    pthread_mutex_t lock;
    struct notes notes;
    int fd;
};

/* 0 or -errno; then there is nothing to be done with it. */
NODISCARD int outbox_init(struct outbox *o);
void outbox_done(struct outbox *o); /* empty */

/* From any thread: how a batch ended, to all that wait for it; and an answer. */
void outbox_tell(struct outbox *o, const struct store_batch *b, enum store_outcome outcome);
void outbox_answer(struct outbox *o, struct answer *answer);

/* In the loop: move all there is behind `to`. */
void outbox_collect(struct outbox *o, struct notes *to);

/* In the loop: make the descriptor readable. */
void outbox_wake(struct outbox *o);

/* The front of a list; the caller frees it. NULL when it is empty. */
struct note *notes_take(struct notes *list);

#endif
