#include "watch/merge.h"

#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

static bool before(const struct source *a, const struct source *b)
{
    return merge_before(a->key, a->rank, b->key, b->rank);
}

static void swap(struct merge *m, size_t a, size_t b)
{
    struct source *was = m->heap[a];

    m->heap[a] = m->heap[b];
    m->heap[b] = was;
}

void merge_add(struct merge *m, struct source *s)
{
    size_t i = m->n;

    if (m->n == m->capacity) {
        m->capacity = m->capacity > 0 ? m->capacity * 2 : 8;
        m->heap = memory_resize(m->heap, m->capacity, sizeof(struct source *));
    }
    m->heap[m->n++] = s;
    for (; i > 0 && before(m->heap[i], m->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(m, i, (i - 1) / 2);
}

struct source *merge_take(struct merge *m)
{
    struct source *first = merge_first(m);
    size_t i = 0, least = 0;

    if (first == NULL)
        return NULL;
    m->heap[0] = m->heap[--m->n];
    do {
        swap(m, i, least);
        i = least;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < m->n; child++)
            if (before(m->heap[child], m->heap[least]))
                least = child;
    } while (least != i);
    return first;
}

void merge_done(struct merge *m)
{
    free(m->heap);
    *m = (struct merge){ 0 };
}
