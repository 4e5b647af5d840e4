#include "store/merge.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/table.h"

#include "base/ban.h"

struct merger {
    const struct change **all; /* in order; what goes becomes NULL */
    uint32_t n;
    struct table seen; /* places in `all` */
    size_t journal_left;
    uint64_t dropped;
};

/* Changes of which the last one counts: those of one table with one key. */
static uint64_t name_of(const struct change *c)
{
    return hash_slice(c->key, c->type == CHANGE_META ? 0 : (uint64_t)c->kind + 1);
}

static bool same(const struct change *a, const struct change *b)
{
    bool meta_a = a->type == CHANGE_META, meta_b = b->type == CHANGE_META;

    return meta_a == meta_b && (meta_a || a->kind == b->kind) && slice_eq(a->key, b->key);
}

/* True when a later change makes this one vain; else it is remembered. */
static bool replaced(struct merger *m, uint32_t at)
{
    const struct change *c = m->all[at];
    uint64_t hash = name_of(c);
    uint32_t other;

    for (struct table_probe p = table_find(&m->seen, hash); table_at(&m->seen, &p, &other);
         table_step(&m->seen, &p))
        if (same(m->all[other], c))
            return true;
    table_add(&m->seen, hash, at);
    return false;
}

/* True when there is no more room for an entry; older ones have none then either. */
static bool crowded(struct merger *m, const struct change *c)
{
    const struct store_entry *e = &c->entry;
    size_t bytes = sizeof *c + e->who.n + e->subject.n + e->what.n + e->detail.n;

    if (c->type != CHANGE_JOURNAL)
        return false;
    if (bytes > m->journal_left) {
        m->journal_left = 0;
        m->dropped++;
        return true;
    }
    m->journal_left -= bytes;
    return false;
}

static void gather(struct merger *m, const struct batches *list)
{
    uint32_t n = 0;

    for (const struct store_batch *b = list->first; b != NULL; b = b->next)
        n += b->changes_n;
    m->all = memory_new(n, sizeof(const struct change *));
    for (const struct store_batch *b = list->first; b != NULL; b = b->next)
        for (const struct change *c = b->first; c != NULL; c = c->next)
            m->all[m->n++] = c;
}

/* From the newest to the oldest. */
static void thin_out(struct merger *m)
{
    for (uint32_t i = m->n; i-- > 0;) {
        const struct change *c = m->all[i];
        bool keyed = c->type == CHANGE_PUT || c->type == CHANGE_DELETE || c->type == CHANGE_META;

        if (keyed ? replaced(m, i) : crowded(m, c))
            m->all[i] = NULL;
    }
}

uint64_t batches_merge(struct batches *list, size_t journal_max)
{
    struct merger m = { .journal_left = journal_max };
    struct store_batch *merged, *b;

    if (list->n < 2 && (list->first == NULL || list->first->arena.total <= journal_max))
        return 0;
    merged = store_batch_new(STORE_STATE);
    merged->told = true;
    gather(&m, list);
    thin_out(&m);
    for (uint32_t i = 0; i < m.n; i++)
        if (m.all[i] != NULL)
            batch_add(merged, m.all[i]);
    while ((b = batches_take(list)) != NULL) {
        for (const struct waiter *w = b->waiters; w != NULL; w = w->next)
            batch_wait(merged, w->done, w->ctx);
        store_batch_free(b);
    }
    batches_add(list, merged);
    table_done(&m.seen);
    free(m.all);
    return m.dropped;
}
