/* task.h - one delivery: a child in a process group of its own, and what it says.
 * Mail and webhooks are delivered by functions of this program, which write their answer as a
 * frame; for a command the child becomes that program, whose standard error and exit status are the
 * answer. Its time is limited: at first it is asked (SIGTERM), then made (SIGKILL) to end, with
 * all that it has started in its group. */
#ifndef COURIER_TASK_H
#define COURIER_TASK_H

#include <sys/types.h>

#include "proto/courier.h"

enum {
    TASK_MAIL_MS = 35 * 1000,    /* a little more than its own limit (transfer.h) */
    TASK_WEBHOOK_MS = 15 * 1000, /* the same */
    TASK_COMMAND_MS = 30 * 1000,
    TASK_PARTING_MS = 2 * 1000, /* after the answer, to say goodbye; after SIGTERM */
};

struct task {
    uint64_t id;
    enum courier_kind kind;
    pid_t pid;                     /* 0: there is none */
    int said;                      /* what it says can be read here */
    char head[COURIER_ANSWER_MAX]; /* of it; the rest is thrown away */
    size_t n;
    int64_t deadline_ms;
    bool answered, warned, late;
};

/* Start to deliver the letter. 0 or -errno: it has not begun, `t` is not changed. */
NODISCARD int task_start(struct task *t, const struct courier_letter *letter);

/* Read what there is to be read; append the answer to `out` when it is complete before the child
 * has ended. */
void task_listen(struct task *t, struct buf *out);

/* The child has ended with this status of waitpid(2): append the answer, unless that was done. */
void task_ended(struct task *t, int status, struct buf *out);

/* Do what its deadline asks for; milliseconds until the next one. */
int64_t task_hurry(struct task *t, int64_t now_ms);

/* Kill it, with its group; it is still to be waited for. */
void task_kill(struct task *t);

/* Append an answer for a letter that cannot be delivered from here. */
void task_refuse(struct buf *out, uint64_t id, enum courier_result result, const char *why);

#endif
