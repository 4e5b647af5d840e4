/* queue_row.h - one message in Postfix's queue, and its form in the pipe between the process that
 * reads the queue and the worker: its length, then the fields with a NUL after each. */
#ifndef ACT_QUEUE_ROW_H
#define ACT_QUEUE_ROW_H

#include "base/buf.h"
#include "base/wall.h"

enum { QUEUE_ROW_MAX = 8 * 1024 }; /* bytes of one row in the pipe */

struct queue_row {
    struct slice queue;  /* "incoming", "active", "deferred" or "hold" */
    struct slice id;     /* queue id */
    struct wall arrival; /* when Postfix took it; hold and requeue keep it */
    uint64_t size;       /* bytes of its content */
    uint32_t rcpts_n;    /* recipients it was taken for */
    uint32_t todo_n;     /* of those still to be delivered, when recipients were asked for */
    struct slice sender; /* reverse-path; empty for bounces */
    struct slice login;  /* sasl_username; empty when there was none */
    struct slice client; /* log_client_address; empty for mail of the sendmail command */
    struct slice rcpts;  /* recipients, NUL after each, when they were asked for; perhaps not all */
};

/* Append a row; what is longer than QUEUE_ROW_MAX loses recipients. */
void queue_row_add(struct buf *out, const struct queue_row *row);

/* The row at the front of `*in`, and move behind it.
 * 1: `out` borrows from the bytes. 0, and no change: the row is not complete. -EBADMSG: no row. */
NODISCARD int queue_row_take(struct slice *in, struct queue_row *out);

#endif
