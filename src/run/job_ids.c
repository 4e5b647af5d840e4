/* job_ids.c - the messages that a step is about. */
#include "base/memory.h"
#include "run/job.h"

#include "base/ban.h"

static uint64_t id_hash(struct slice queue_id)
{
    return hash_slice(queue_id, 12);
}

/* One more id behind an array of them, kept in the job. */
static struct slice *grow(struct job *j, struct slice *ids, size_t n, size_t *room,
                          struct slice queue_id)
{
    if (n == *room) {
        *room = *room > 0 ? 2 * *room : 64;
        ids = memory_resize(ids, *room, sizeof *ids);
    }
    ids[n] = arena_copy(&j->arena, queue_id);
    return ids;
}

/* A box_each_id. */
static void add_id(void *ctx, struct slice queue_id)
{
    struct job *j = ctx;

    table_add(&j->known, id_hash(queue_id), (uint32_t)j->n);
    j->ids = grow(j, j->ids, j->n++, &j->room, queue_id);
}

bool job_take_ids(struct job *j)
{
    struct helper_result nothing = { .fd = -1 };

    if (box_work_ids(j->d->box, &j->work, add_id, j) > 0)
        return true;
    job_finished(j, &nothing);
    return false;
}

size_t job_find_id(const struct job *j, struct slice queue_id)
{
    uint32_t at;

    for (struct table_probe p = table_find(&j->known, id_hash(queue_id));
         table_at(&j->known, &p, &at); table_step(&j->known, &p))
        if (slice_eq(j->ids[at], queue_id))
            return at;
    return j->n;
}

bool job_is_young(const struct job *j, size_t at)
{
    const struct box_message *m = box_message(j->d->box, j->ids[at]);

    return m != NULL && j->d->now.ms >= m->at.ms && j->d->now.ms - m->at.ms < IN_QUEUE_AFTER_MS;
}

void job_add_ghost(struct job *j, struct slice queue_id)
{
    j->ghosts = grow(j, j->ghosts, j->ghosts_n++, &j->ghosts_room, queue_id);
}

struct slice job_login(const struct job *j)
{
    const struct box_incident *i = box_find(j->d->box, j->work.incident);

    return i != NULL && i->subject.kind == SUBJECT_ACCOUNT ? i->subject.name : SLICE("");
}
