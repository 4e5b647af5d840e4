/* job.h - one step of the box on its way through the helper. */
#ifndef RUN_JOB_H
#define RUN_JOB_H

#include "run/daemon.h"

struct job {
    struct daemon *d;
    struct box_work work;
    struct arena arena;                    /* what the request is made of, until it is answered */
    struct slice *ids;                     /* queue ids of the request */
    struct table known;                    /* the same, by their hashes */
    bool *seen;                            /* of each, whether it is in the queue yet */
    uint8_t *where;                        /* the same, for purge.c: */
    uint64_t noted;                        /* the batch of the journal that tells of them */
    struct job *next;                      /* that waits for such a batch */
    uint32_t messages, recipients, missed; /* to be held; not to be held yet */
    size_t n, room;
    struct slice *ghosts; /* of those, empty envelopes: everybody has got the message */
    size_t ghosts_n, ghosts_room;
};

struct job *job_new(struct daemon *d, const struct box_work *w);
void job_free(struct job *j);

/* job_ids.c: the queue ids that the step is about. False when there are none: then it is over, and
 * the job is freed. */
NODISCARD bool job_take_ids(struct job *j);

/* Which of them it is; j->n: none. */
size_t job_find_id(const struct job *j, struct slice queue_id);

/* Accepted a moment ago: Postfix may not have put it on hold yet, although it was told to. */
bool job_is_young(const struct job *j, size_t at);

void job_add_ghost(struct job *j, struct slice queue_id);

/* The account whose mail it is; of a host, whose mail has no login: nothing. */
struct slice job_login(const struct job *j);

/* Why it failed, in a sentence; nothing when it went well. */
void job_why(const struct helper_result *r, struct buf *why);

/* The step is over; frees the job. */
void job_finished(struct job *j, const struct helper_result *r);

/* hold_queue.c: BOX_HOLD_QUEUE, BOX_HOLD_MAIL. */
void hold_queue(struct job *j);
void hold_mail(struct job *j);

/* purge.c: BOX_PURGE. */
void purge_held(struct job *j);

/* files.c: BOX_LOCK_FILES; `j` may be NULL: write them as they ought to be. */
void files_write(struct daemon *d, struct job *j);

#endif
