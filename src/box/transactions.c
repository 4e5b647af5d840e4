#include "box/transactions.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/table.h"

#include "base/ban.h"

/* What is under way on one connection; few connections are in a transaction at one time, and an
 * entry costs little. */
struct transaction {
    uint64_t connection, instance, last; /* hashes; the last recipient */
    uint32_t fuse, recipients;
};

struct transactions {
    struct transaction *all;
    uint32_t n, max;
    struct table by_connection;
};

struct transactions *transactions_new(uint32_t max)
{
    struct transactions *t = memory_new(1, sizeof *t);

    t->all = memory_new(max, sizeof *t->all);
    t->max = max;
    return t;
}

void transactions_free(struct transactions *t)
{
    if (t == NULL)
        return;
    free(t->all);
    table_done(&t->by_connection);
    free(t);
}

static struct transaction *find(const struct transactions *t, uint64_t connection)
{
    uint32_t at;

    for (struct table_probe p = table_find(&t->by_connection, hash_u64(connection));
         table_at(&t->by_connection, &p, &at); table_step(&t->by_connection, &p))
        if (t->all[at].connection == connection)
            return &t->all[at];
    return NULL;
}

void transactions_end(struct transactions *t, uint64_t connection)
{
    struct transaction *x = find(t, connection);
    struct transaction *last = t->n > 0 ? &t->all[t->n - 1] : NULL;
    uint32_t at;

    if (x == NULL || last == NULL)
        return;
    at = (uint32_t)(x - t->all);
    (void)table_remove(&t->by_connection, hash_u64(connection), at);
    if (x != last) {
        table_move(&t->by_connection, hash_u64(last->connection), t->n - 1, at);
        *x = *last;
    }
    t->n--;
}

bool transactions_recipient(struct transactions *t, uint64_t connection, struct slice instance,
                            uint32_t fuse, struct slice recipient)
{
    uint64_t message = hash_slice(instance, 1), key = hash_slice(recipient, 2);
    struct transaction *x = find(t, connection);

    if (x != NULL && x->instance == message && x->last == key)
        return false;
    if (x == NULL) {
        if (t->n == t->max)
            return true; /* it is not counted before it is accepted */
        table_add(&t->by_connection, hash_u64(connection), t->n);
        x = &t->all[t->n++];
        *x = (struct transaction){ .connection = connection, .instance = message, .fuse = fuse };
    } else if (x->instance != message || x->fuse != fuse) {
        *x = (struct transaction){ .connection = connection, .instance = message, .fuse = fuse };
    }
    x->last = key;
    x->recipients++;
    return true;
}

void transactions_refused(struct transactions *t, uint64_t connection)
{
    struct transaction *x = find(t, connection);

    if (x != NULL && x->recipients > 0)
        x->recipients--;
}

uint32_t transactions_pending(const struct transactions *t, uint32_t fuse)
{
    uint32_t sum = 0;

    for (uint32_t k = 0; k < t->n; k++)
        if (t->all[k].fuse == fuse)
            sum += t->all[k].recipients;
    return sum;
}

uint32_t transactions_count(const struct transactions *t)
{
    return t->n;
}
