/* lists.c - which incidents there are, and which of them have to be looked at. */
#include <stdlib.h>

#include "base/memory.h"
#include "box/private.h"

#include "base/ban.h"

static void join(struct box *b, enum box_list which, struct box_incident *i)
{
    struct incident_list *list = &b->lists[which];

    list->all = box_grown(list->all, list->n, &list->room, sizeof(struct box_incident *));
    i->own.place[which] = list->n;
    list->all[list->n++] = i;
}

/* The last one takes the place: returned, or NULL when that was it. */
static struct box_incident *leave(struct box *b, enum box_list which, struct box_incident *i)
{
    struct incident_list *list = &b->lists[which];
    struct box_incident *last = list->all[--list->n];
    uint32_t place = i->own.place[which];

    i->own.place[which] = NOWHERE;
    if (last == i)
        return NULL;
    list->all[place] = last;
    last->own.place[which] = place;
    return last;
}

struct box_incident *incident_last(const struct box *b, uint32_t fuse)
{
    struct box_incident **all = b->lists[BOX_ALL].all;
    uint32_t at;

    for (struct table_probe p = table_find(&b->by_fuse, hash_u64(fuse));
         table_at(&b->by_fuse, &p, &at); table_step(&b->by_fuse, &p))
        if (all[at]->fuse == fuse)
            return all[at];
    return NULL;
}

/* One that is not ended is the last one of its fuse. */
static void chain(struct box *b, struct box_incident *i)
{
    struct box_incident *last = incident_last(b, i->fuse);

    if (last != NULL && !incident_ended(last)) {
        i->own.former = last->own.former;
        last->own.former = i;
        return;
    }
    i->own.former = last;
    if (last != NULL)
        table_move(&b->by_fuse, hash_u64(i->fuse), last->own.place[BOX_ALL], i->own.place[BOX_ALL]);
    else
        table_add(&b->by_fuse, hash_u64(i->fuse), i->own.place[BOX_ALL]);
}

static void unchain(struct box *b, struct box_incident *i)
{
    struct box_incident *last = incident_last(b, i->fuse);
    uint32_t at = i->own.place[BOX_ALL];

    if (last == i && i->own.former != NULL) {
        table_move(&b->by_fuse, hash_u64(i->fuse), at, i->own.former->own.place[BOX_ALL]);
    } else if (last == i) {
        (void)table_remove(&b->by_fuse, hash_u64(i->fuse), at);
    } else {
        while (last != NULL && last->own.former != i)
            last = last->own.former;
        if (last != NULL)
            last->own.former = i->own.former;
    }
}

void incident_append(struct box *b, struct box_incident *i)
{
    i->own = (struct box_own){
        .place = { NOWHERE, NOWHERE, NOWHERE }, .first = NOWHERE, .last = NOWHERE, .let_go = NOWHERE
    };
    join(b, BOX_ALL, i);
    if (i->number != 0)
        table_add(&b->by_number, hash_u64(i->number), i->own.place[BOX_ALL]);
    chain(b, i);
    incident_sort_in(b, i);
}

void incident_sort_in(struct box *b, struct box_incident *i)
{
    bool live = !incident_ended(i), was_live = i->own.place[BOX_LIVE] != NOWHERE, busy = false;

    for (int s = 0; s < BOX_STEPS; s++)
        busy = busy || task_open(&i->tasks[s]);
    if (busy && i->own.place[BOX_BUSY] == NOWHERE)
        join(b, BOX_BUSY, i);
    if (!busy && i->own.place[BOX_BUSY] != NOWHERE)
        (void)leave(b, BOX_BUSY, i);
    if (live && !was_live)
        join(b, BOX_LIVE, i);
    if (!live && was_live)
        (void)leave(b, BOX_LIVE, i);
    if (live || was_live) {
        box_flag(b, i->fuse, FLAG_OPEN, live);
        box_flag(b, i->fuse, FLAG_LOCKED, incident_locked(i));
    }
}

void incident_drop(struct box *b, struct box_incident *i)
{
    uint32_t at = i->own.place[BOX_ALL], from = b->lists[BOX_ALL].n - 1;
    struct box_incident *moved;
    bool moved_is_last;

    if (i->own.place[BOX_LIVE] != NOWHERE) {
        (void)leave(b, BOX_LIVE, i);
        box_flag(b, i->fuse, FLAG_OPEN, false);
        box_flag(b, i->fuse, FLAG_LOCKED, false);
    }
    unchain(b, i);
    if (i->number != 0)
        (void)table_remove(&b->by_number, hash_u64(i->number), at);
    moved = b->lists[BOX_ALL].all[from];
    moved_is_last = moved != i && incident_last(b, moved->fuse) == moved;
    (void)leave(b, BOX_ALL, i);
    if (moved != i && moved->number != 0)
        table_move(&b->by_number, hash_u64(moved->number), from, at);
    if (moved_is_last)
        table_move(&b->by_fuse, hash_u64(moved->fuse), from, at);
    mail_forget(b, i);
    free(i);
}

static bool can_go(const struct box_incident *i)
{
    return incident_ended(i) && i->own.place[BOX_BUSY] == NOWHERE && i->held.messages == 0;
}

static int latest_first(const void *a, const void *b)
{
    const struct box_incident *const *x = a, *const *y = b;

    if ((*x)->ended.ms != (*y)->ended.ms)
        return (*x)->ended.ms < (*y)->ended.ms ? 1 : -1;
    return (*x)->number < (*y)->number ? 1 : (*x)->number > (*y)->number ? -1 : 0;
}

void incidents_trim(struct box *b)
{
    const struct incident_list *all = &b->lists[BOX_ALL];
    struct box_incident **ended;
    uint32_t n = 0;

    if (all->n - b->lists[BOX_LIVE].n <= b->trim_at)
        return;
    ended = memory_new(all->n, sizeof(struct box_incident *));
    for (uint32_t k = 0; k < all->n; k++)
        if (can_go(all->all[k]))
            ended[n++] = all->all[k];
    qsort(ended, n, sizeof(struct box_incident *), latest_first);
    while (n > BOX_ENDED)
        incident_drop(b, ended[--n]);
    free(ended);
    b->trim_at = all->n - b->lists[BOX_LIVE].n + BOX_ENDED / 4; /* mail may keep many of them */
}
