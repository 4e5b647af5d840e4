#include "store/outbox.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"

#include "base/ban.h"

int outbox_init(struct outbox *o)
{
    *o = (struct outbox){ .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
    if (o->fd < 0)
        return -errno;
    (void)pthread_mutex_init(&o->lock, NULL);
    return 0;
}

void outbox_done(struct outbox *o)
{
    (void)close(o->fd);
    (void)pthread_mutex_destroy(&o->lock);
}

static void notes_append(struct notes *list, struct notes *more)
{
    if (more->first == NULL)
        return;
    if (list->last != NULL)
        list->last->next = more->first;
    else
        list->first = more->first;
    list->last = more->last;
    *more = (struct notes){ 0 };
}

struct note *notes_take(struct notes *list)
{
    struct note *n = list->first;

    if (n == NULL)
        return NULL;
    list->first = n->next;
    if (list->first == NULL)
        list->last = NULL;
    return n;
}

static void notes_add(struct notes *list, const struct note *note)
{
    struct note *n = memory_new(1, sizeof *n);
    struct notes one = { n, n };

    *n = *note;
    notes_append(list, &one);
}

/* The counter of an eventfd does not overflow in the life of a machine; what else could go wrong
 * would be our mistake. */
void outbox_wake(struct outbox *o)
{
    (void)eventfd_write(o->fd, 1);
}

static void outbox_put(struct outbox *o, struct notes *notes)
{
    if (notes->first == NULL)
        return;
    (void)pthread_mutex_lock(&o->lock);
    notes_append(&o->notes, notes);
    (void)pthread_mutex_unlock(&o->lock);
    outbox_wake(o);
}

void outbox_tell(struct outbox *o, const struct store_batch *b, enum store_outcome outcome)
{
    struct notes notes = { 0 };

    for (const struct waiter *w = b->waiters; w != NULL; w = w->next)
        notes_add(&notes, &(struct note){ .done = w->done, .ctx = w->ctx, .outcome = outcome });
    outbox_put(o, &notes);
}

void outbox_answer(struct outbox *o, struct answer *answer)
{
    struct notes notes = { 0 };

    notes_add(&notes, &(struct note){ .answer = answer });
    outbox_put(o, &notes);
}

void outbox_collect(struct outbox *o, struct notes *to)
{
    eventfd_t times;

    (void)eventfd_read(o->fd, &times);
    (void)pthread_mutex_lock(&o->lock);
    notes_append(to, &o->notes);
    (void)pthread_mutex_unlock(&o->lock);
}
