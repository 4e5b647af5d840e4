/* private.h - the inside of a store; for the files of this room. */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include "store/lane.h"
#include "store/question.h"

enum { STORE_LANES = 2 };

struct store {
    int lock_fd; /* of `lock` in the folder: nobody else uses it */
    struct outbox outbox;
    struct notes inbox; /* what the loop took out of it and did not come to yet */
    struct lane lanes[STORE_LANES];
    struct reader reader;
    bool started;
};

#endif
