/* helper_request.h - what helper_client.c and helper_request.c share: a request on its way. */
#ifndef ACT_HELPER_REQUEST_H
#define ACT_HELPER_REQUEST_H

#include "act/helper_client.h"

struct request {
    struct helper_client *client;
    uint64_t id;
    enum helper_op op;
    struct buf bytes; /* what is sent, perhaps again */
    size_t sent;
    bool whole; /* all of it is sent, or never will be */
    unsigned restarts;
    bool begun; /* a part has been sent */
    struct event *timer;
    int failure; /* what the timer says when it rings */
    helper_done *done;
    helper_row *row;
    void *ctx;
    struct buf rows; /* the front of a row that is not complete */
    uint64_t rows_n;
};

/* A request that waits to be filled: its arguments go to `bytes`. The client's. */
struct request *request_new(struct helper_client *client, enum helper_op op, helper_done *done,
                            void *ctx);

/* Send it, or let it fail from the loop. Returns its number. */
uint64_t request_go(struct helper_client *client, struct request *request);

#endif
