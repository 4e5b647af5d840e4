/* child.h - a process of the supervisor's: when it is to be started, and how it is ended. */
#ifndef ACT_CHILD_H
#define ACT_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
    const char *name;
    int (*run)(int socket, void *ctx); /* NULL: there is none */
    int socket, other_socket;          /* its end of the pair, and that of the other */
    pid_t pid;                         /* 0: it does not run */
    int64_t started_ms, start_ms;      /* when it was; when it is to be */
    int backoff_ms;
    bool told; /* to end, for a reload: that is no death */
};

/* It has ended: when it is to be started again; later each time, unless it had lived well. */
void child_plan_start(struct child *c);

/* For new settings, or a new session: SIGTERM, if it runs. */
void child_tell_to_end(struct child *c);

#endif
