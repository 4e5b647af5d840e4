/* job_queue.h - the jobs (job.h) that have to do with Postfix's queue. */
#ifndef ACT_JOB_QUEUE_H
#define ACT_JOB_QUEUE_H

#include "act/job_work.h"

/* HELPER_HOLD, _RELEASE, _REQUEUE and _DELETE: postsuper(1) with the ids on its standard input. It
 * exits with 0 whatever it finds, so the count is taken from what it says in the end. Requeue and
 * delete are for held mail only. */
NODISCARD int job_postsuper(struct job *j);

/* HELPER_QUEUE_LIST: a letter ('r' with recipients, '-' without) and the login. The rows are read
 * by a child with the rights of Postfix's user, and passed on unseen. */
NODISCARD int job_queue_list(struct job *j);

/* HELPER_QUEUE_RUN: postqueue -f. */
NODISCARD int job_queue_run(struct job *j);

#endif
