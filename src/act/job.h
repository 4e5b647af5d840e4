/* job.h - one request, carried out in a process of its own by the helper. */
#ifndef ACT_JOB_H
#define ACT_JOB_H

#include "act/helper.h"
#include "act/wire.h"

struct job_request {
    uint64_t id;
    uint32_t op; /* as it came: perhaps none of ours */
    struct slice data;
    uint32_t helper; /* process id of who carries it out */
};

/* Do it, and send the answer. 0 or -errno when that could not be sent. */
NODISCARD int job_run(int socket, const struct helper_options *options,
                      const struct job_request *request);

/* Send an answer without data but a text. When that is not possible, the worker's own deadline will
 * tell it. */
void job_answer(int socket, const struct job_request *request, int status, const char *text);

#endif
