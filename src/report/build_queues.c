#include "report/build.h"

#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum { QUEUE_IDS_MAX = 100000 };

/* One message in a queue. */
struct queued {
    struct slice host, id; /* borrowed from the ledger */
};

struct queue_list {
    struct wall since;
    struct queued *all;
    size_t n, room;
};

/* A ledger_queued. */
static void queue_add(void *ctx, struct slice host, struct slice queue_id, struct wall queued)
{
    struct queue_list *list = ctx;

    if (queued.ms < list->since.ms || list->n == QUEUE_IDS_MAX)
        return;
    if (list->n == list->room) {
        list->room = list->room > 0 ? list->room * 2 : 64;
        list->all = memory_resize(list->all, list->room, sizeof *list->all);
    }
    list->all[list->n++] = (struct queued){ host, queue_id };
}

/* The hosts, in the order in which the first message of each came. */
static void queue_hosts(struct report *r, const struct queue_list *list, struct report_fuse *out)
{
    size_t room = 0, k;

    for (size_t i = 0; i < list->n; i++) {
        for (k = 0; k < out->queues_n && !slice_eq(out->queues[k].host, list->all[i].host); k++)
            ;
        if (k == room) {
            struct report_queue *old = out->queues;

            room = room > 0 ? room * 2 : 4;
            out->queues = arena_take(&r->arena, room * sizeof *out->queues);
            if (k > 0)
                memcpy(out->queues, old, k * sizeof *old);
        }
        if (k == out->queues_n)
            out->queues[out->queues_n++] =
                (struct report_queue){ .host = arena_copy(&r->arena, list->all[i].host) };
        out->queues[k].n++;
    }
}

void report_build_queues(struct report *r, const struct build *b, const struct subject *subject,
                         struct wall since, struct report_fuse *out)
{
    struct queue_list list = { .since = since };

    ledger_each_queued(b->ledger, subject, queue_add, &list);
    queue_hosts(r, &list, out);
    out->queue_ids = arena_take(&r->arena, (list.n + 1) * sizeof *out->queue_ids);
    for (size_t k = 0; k < out->queues_n; k++)
        for (size_t i = 0; i < list.n; i++)
            if (slice_eq(list.all[i].host, out->queues[k].host))
                out->queue_ids[out->queue_ids_n++] = arena_copy(&r->arena, list.all[i].id);
    free(list.all);
}
