#include "box/box.h"

#include <stdlib.h>

#include "base/memory.h"
#include "box/private.h"

#include "base/ban.h"

enum { FIRST_ROOM = 16, FIRST_FLAGS = 1024 };

struct box *box_new(struct detect *d, const struct box_keeper *keeper)
{
    struct box *b = memory_new(1, sizeof *b);

    b->detect = d;
    b->keeper = *keeper;
    b->next_number = 1;
    b->trim_at = BOX_ENDED + BOX_ENDED / 4;
    b->mail = pool_make(sizeof(struct box_message));
    b->mail_free = NOWHERE;
    return b;
}

void box_free(struct box *b)
{
    if (b == NULL)
        return;
    for (uint32_t i = 0; i < b->lists[BOX_ALL].n; i++)
        free(b->lists[BOX_ALL].all[i]);
    for (int l = 0; l < BOX_LISTS; l++)
        free(b->lists[l].all);
    free(b->flags);
    free(b->passwords);
    mail_done(b);
    free(b->blocks);
    free(b->trusts);
    table_done(&b->by_fuse);
    table_done(&b->by_number);
    table_done(&b->by_queue_id);
    table_done(&b->blocked_recipients);
    arena_done(&b->strings);
    free(b);
}

void *box_grown(void *items, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return items;
    *room = *room > 0 ? *room * 2 : FIRST_ROOM;
    return memory_resize(items, *room, size);
}

void box_know(struct box *b, uint32_t fuse)
{
    uint32_t room = b->flags_room > 0 ? b->flags_room : FIRST_FLAGS;

    if (fuse < b->flags_room)
        return;
    while (room <= fuse)
        room *= 2;
    b->flags = memory_resize(b->flags, room, sizeof *b->flags);
    b->passwords = memory_resize(b->passwords, room, sizeof *b->passwords);
    memset(b->flags + b->flags_room, 0, room - b->flags_room);
    memset(b->passwords + b->flags_room, 0, (room - b->flags_room) * sizeof *b->passwords);
    b->flags_room = room;
}

void box_flag(struct box *b, uint32_t fuse, enum box_flag flag, bool on)
{
    box_know(b, fuse);
    b->flags[fuse] = (uint8_t)(on ? b->flags[fuse] | flag : b->flags[fuse] & ~(unsigned)flag);
}

void box_note(struct box *b, struct wall at, uint32_t incident, struct slice who,
              struct slice subject, const char *what, struct slice detail)
{
    struct box_note note = { at, incident, who, subject, slice_of(what), detail };

    b->keeper.note(b->keeper.ctx, &note);
}

bool box_enforces(const struct box *b)
{
    return b->enforcing;
}

bool box_is_locked(const struct box *b, uint32_t fuse, uint32_t *incident)
{
    const struct box_incident *i = box_has(b, fuse, FLAG_LOCKED) ? box_open(b, fuse) : NULL;

    if (i == NULL)
        return false;
    *incident = i->number;
    return true;
}

bool box_is_held(const struct box *b, uint32_t fuse, uint32_t *incident)
{
    const struct box_incident *i = box_open(b, fuse);

    if (i == NULL || !(incident_locked(i) || incident_holds(b, i)))
        return false;
    *incident = i->number;
    return true;
}

void box_set_room(struct box *b, bool room)
{
    b->no_room = !room;
}

bool box_has_room(const struct box *b)
{
    return !b->no_room;
}

void box_refused(struct box *b, uint32_t fuse)
{
    struct box_incident *i = box_open(b, fuse);

    if (i == NULL)
        return;
    i->refused++;
    i->dirty = true;
}

struct box_incident *box_open(const struct box *b, uint32_t fuse)
{
    return box_has(b, fuse, FLAG_OPEN) ? incident_last(b, fuse) : NULL;
}

struct box_incident *box_find(const struct box *b, uint32_t number)
{
    struct box_incident **all = b->lists[BOX_ALL].all;
    uint32_t at;

    for (struct table_probe p = table_find(&b->by_number, hash_u64(number));
         number != 0 && table_at(&b->by_number, &p, &at); table_step(&b->by_number, &p))
        if (all[at]->number == number)
            return all[at];
    return NULL;
}

const struct box_incident *box_at(const struct box *b, uint32_t i)
{
    return i < b->lists[BOX_ALL].n ? b->lists[BOX_ALL].all[i] : NULL;
}

uint32_t box_take_number(struct box *b)
{
    return b->next_number++;
}

void box_numbers_taken(struct box *b, uint32_t highest)
{
    if (highest >= b->next_number)
        b->next_number = highest + 1;
}

struct box_count box_count(const struct box *b)
{
    struct box_count c = { .pending = b->pending };

    for (uint32_t i = 0; i < b->lists[BOX_ALL].n; i++) {
        const struct box_incident *x = b->lists[BOX_ALL].all[i];

        c.watched += x->state == BOX_WATCHED;
        c.observed += x->state == BOX_OBSERVED;
        c.held += x->state == BOX_HELD;
        c.locked += x->state == BOX_LOCKED;
        c.waiting += x->state == BOX_WAITING;
        c.mail.messages += x->held.messages;
        c.mail.recipients += x->held.recipients;
        for (int s = 0; s < BOX_STEPS; s++)
            c.troubled += x->tasks[s].progress == BOX_PENDING && x->tasks[s].why[0] != '\0';
    }
    return c;
}
