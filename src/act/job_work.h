/* job_work.h - what the parts of a job (job.h) share. */
#ifndef ACT_JOB_WORK_H
#define ACT_JOB_WORK_H

#include "act/job.h"
#include "base/buf.h"

struct job {
    int socket;
    const struct helper_options *options;
    const struct job_request *request;
    struct buf text; /* for the answer */
    uint64_t count;
    int fd; /* to be passed on success, or -1; the job's */
};

/* Say why, and -EINVAL. */
int job_refuse(struct job *j, const char *why);

#endif
