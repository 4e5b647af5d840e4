#include "store/batch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

struct store_batch *store_batch_new(enum store_file file)
{
    struct store_batch *b = memory_new(1, sizeof *b);

    b->file = file;
    b->end = &b->first;
    b->waiters_end = &b->waiters;
    return b;
}

void store_batch_free(struct store_batch *b)
{
    if (b == NULL)
        return;
    arena_done(&b->arena);
    free(b);
}

static struct slice copy(struct store_batch *b, struct slice s)
{
    return s.n > 0 ? arena_copy(&b->arena, s) : (struct slice){ "", 0 };
}

void batch_add(struct store_batch *b, const struct change *change)
{
    struct change *c = arena_take(&b->arena, sizeof *c);

    *c = *change;
    c->next = NULL;
    c->key = copy(b, change->key);
    c->value = copy(b, change->value);
    c->entry.who = copy(b, change->entry.who);
    c->entry.subject = copy(b, change->entry.subject);
    c->entry.what = copy(b, change->entry.what);
    c->entry.detail = copy(b, change->entry.detail);
    *b->end = c;
    b->end = &c->next;
    b->changes_n++;
}

static enum store_file file_of(enum store_kind kind)
{
    return kind < STORE_POSITION ? STORE_STATE : STORE_PICTURES;
}

void store_put(struct store_batch *b, enum store_kind kind, struct slice key, struct slice value)
{
    struct change c = { .type = CHANGE_PUT, .kind = kind, .key = key, .value = value };

    assert(file_of(kind) == b->file);
    batch_add(b, &c);
}

void store_delete(struct store_batch *b, enum store_kind kind, struct slice key)
{
    struct change c = { .type = CHANGE_DELETE, .kind = kind, .key = key };

    assert(file_of(kind) == b->file);
    batch_add(b, &c);
}

void store_put_meta(struct store_batch *b, struct slice key, struct slice value)
{
    struct change c = { .type = CHANGE_META, .key = key, .value = value };

    batch_add(b, &c);
}

void store_add_journal(struct store_batch *b, const struct store_entry *entry)
{
    struct change c = { .type = CHANGE_JOURNAL, .entry = *entry };

    assert(b->file == STORE_STATE);
    batch_add(b, &c);
}

void store_forget_journal(struct store_batch *b, struct wall before)
{
    struct change c = { .type = CHANGE_FORGET, .entry = { .at = before } };

    assert(b->file == STORE_STATE);
    batch_add(b, &c);
}

void store_put_picture(struct store_batch *b, uint32_t id, struct slice value)
{
    struct picture_put *put = arena_take(&b->arena, sizeof *put);

    assert(b->file == STORE_PICTURES);
    put->id = id;
    put->value = copy(b, value);
    put->next = b->pictures;
    b->pictures = put;
    b->pictures_n++;
}

void store_clear_pictures(struct store_batch *b)
{
    assert(b->file == STORE_PICTURES);
    b->clear_pictures = true;
    b->pictures = NULL;
    b->pictures_n = 0;
}

uint32_t store_batch_changes(const struct store_batch *b)
{
    return b->changes_n + b->pictures_n;
}

size_t store_batch_bytes(const struct store_batch *b)
{
    return b->arena.total + sizeof *b;
}

void batch_wait(struct store_batch *b, store_done *done, void *ctx)
{
    struct waiter *w;

    if (done == NULL)
        return;
    w = arena_take(&b->arena, sizeof *w);
    w->done = done;
    w->ctx = ctx;
    *b->waiters_end = w;
    b->waiters_end = &w->next;
}

void batches_add(struct batches *list, struct store_batch *b)
{
    b->next = NULL;
    if (list->last != NULL)
        list->last->next = b;
    else
        list->first = b;
    list->last = b;
    list->n++;
}

struct store_batch *batches_take(struct batches *list)
{
    struct store_batch *b = list->first;

    if (b == NULL)
        return NULL;
    list->first = b->next;
    if (list->first == NULL)
        list->last = NULL;
    list->n--;
    b->next = NULL;
    return b;
}

void batches_append(struct batches *list, struct batches *more)
{
    if (more->first == NULL)
        return;
    if (list->last != NULL)
        list->last->next = more->first;
    else
        list->first = more->first;
    list->last = more->last;
    list->n += more->n;
    *more = (struct batches){ 0 };
}
