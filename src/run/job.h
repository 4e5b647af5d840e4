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
    uint32_t messages, recipients, missed; /* to be held; not to be held yet */
    size_t n, room;
    struct slice *ghosts; /* of those, empty envelopes: everybody has got the message */
    size_t ghosts_n, ghosts_room;
};

struct job *job_new(struct daemon *d, const struct box_work *w);
void job_free(struct job *j);

/* One more id behind an array of them, kept in the job. */
struct slice *job_grow(struct job *j, struct slice *ids, size_t n, size_t *room,
                       struct slice queue_id);

/* A box_each_id: one more id of the request; ctx is the job. */
void job_add_id(void *ctx, struct slice queue_id);

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
