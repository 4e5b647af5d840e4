#include "conf/index.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

/* `all` with room for one more item. */
static void *room_for(void *all, uint32_t n, uint32_t *room, size_t size)
{
    if (n < *room)
        return all;
    *room = *room > 0 ? *room * 2 : 16;
    return memory_resize(all, *room, size);
}

struct conf_index *index_new(void)
{
    struct conf_index *x = memory_new(1, sizeof *x);

    x->whole = true;
    (void)index_part(x);
    (void)index_submission(x);
    return x;
}

void index_free(struct conf_index *x)
{
    if (x == NULL)
        return;
    free(x->marks);
    free(x->parts);
    free(x->groups);
    for (uint32_t i = 0; i < x->submissions_n; i++) {
        networks_done(&x->submissions[i].networks);
        free(x->submissions[i].as);
    }
    free(x->submissions);
    networks_done(&x->shared);
    networks_done(&x->own);
    senders_done(&x->senders);
    table_done(&x->by_who);
    free(x);
}

void index_mark(struct conf_index *x, struct slice who, enum mark_kind kind, uint32_t number)
{
    x->marks = room_for(x->marks, x->marks_n, &x->marks_room, sizeof *x->marks);
    x->marks[x->marks_n] = (struct mark){ who, kind, number };
    table_add(&x->by_who, hash_slice(who, 0), x->marks_n++);
}

struct table_probe index_find(const struct conf_index *x, struct slice who)
{
    return table_find(&x->by_who, hash_slice(who, 0));
}

bool index_next(const struct conf_index *x, struct table_probe *probe, struct slice who,
                const struct mark **out)
{
    uint32_t i;

    for (; table_at(&x->by_who, probe, &i); table_step(&x->by_who, probe)) {
        if (slice_eq(x->marks[i].who, who)) {
            *out = &x->marks[i];
            table_step(&x->by_who, probe);
            return true;
        }
    }
    return false;
}

bool index_has(const struct conf_index *x, struct slice who, enum mark_kind kind)
{
    struct table_probe probe = index_find(x, who);
    const struct mark *m;

    while (index_next(x, &probe, who, &m))
        if (m->kind == kind)
            return true;
    return false;
}

uint32_t index_part(struct conf_index *x)
{
    x->parts = room_for(x->parts, x->parts_n, &x->parts_room, sizeof *x->parts);
    x->parts[x->parts_n] = (struct limits_part){ 0 };
    return x->parts_n++;
}

uint32_t index_group(struct conf_index *x, struct slice who)
{
    x->groups = room_for(x->groups, x->groups_n, &x->groups_room, sizeof *x->groups);
    x->groups[x->groups_n] = who;
    index_mark(x, who, MARK_GROUP, x->groups_n);
    return x->groups_n++;
}

uint32_t index_submission(struct conf_index *x)
{
    x->submissions =
        room_for(x->submissions, x->submissions_n, &x->submissions_room, sizeof *x->submissions);
    x->submissions[x->submissions_n] = (struct submission_part){ 0 };
    return x->submissions_n++;
}
