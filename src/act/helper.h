/* helper.h - the privileged side: a small process with root's rights that obeys a closed list of
 * requests (wire.h) from the worker, and reads nothing else that comes from outside. Each request
 * is carried out by a child of its own, which checks its arguments again (check.h), sends
 * the answer and ends; what it executes, it executes by absolute path, without a shell. Changes of
 * the queue are made one after the other, so are those of the lock files; all else at the same
 * time. A child that takes too long is killed with everything that it started. */
#ifndef ACT_HELPER_H
#define ACT_HELPER_H

#include "base/attributes.h"

enum {
    HELPER_JOB_MS = 25 * 1000,        /* less than the worker waits for the answer */
    HELPER_QUEUE_JOB_MS = 110 * 1000, /* of what postsuper does, and of the list */
};

struct helper_options {
    /* absolute paths; NULL: those in /usr/sbin and /usr/bin */
    const char *postsuper, *postqueue, *postmap, *doveadm;
    const char *postfix_config;  /* configuration directory (-c); NULL: Postfix's default */
    const char *dovecot_config;  /* configuration file (-c); NULL: Dovecot's default */
    const char *queue_directory; /* Postfix's; NULL: /var/spool/postfix */
    const char *mail_owner;      /* Postfix's user, who reads the queue; NULL: postfix */
    const char *lock_map;        /* see lock_files.h; NULL: none */
    const char *deny_file;       /* the same */
    const char *relay_next;      /* see relay_map.h; NULL: none */
    const char *const *logs; /* absolute paths that may be opened, with their rotated siblings; ends
                                with NULL; NULL: none */
    int job_ms, queue_job_ms; /* 0: HELPER_JOB_MS, HELPER_QUEUE_JOB_MS */
};

/* Serve `socket` (SOCK_SEQPACKET) until the other end is gone or SIGTERM arrives; then what was
 * begun is brought to its end. Gives up the capabilities that it does not need. Ignores SIGINT and
 * SIGHUP, which a terminal sends to everybody; the supervisor says when it is over.
 * 0 or -errno: it could not begin. */
NODISCARD int helper_run(int socket, const struct helper_options *options);

#endif
