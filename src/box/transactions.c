#include "box/transactions.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/table.h"

#include "base/ban.h"

/* What is under way on one connection; few connections are in a transaction at one time, and an
 * entry costs little. */
struct transaction {
    uint64_t connection, instance, last; /* hashes; the last recipient, 0: none, or refused */
    uint32_t fuse, recipients;
};

/* Recipients of one fuse, in all of its transactions; `messages` are those that have recipients. */
struct share {
    uint32_t fuse, transactions, messages, recipients;
};

struct transactions {
    struct transaction *all;
    struct share *shares; /* at most as many */
    uint32_t n, shares_n, max;
    struct table by_connection, by_fuse;
};

struct transactions *transactions_new(uint32_t max)
{
    struct transactions *t = memory_new(1, sizeof *t);

    t->all = memory_new(max, sizeof *t->all);
    t->shares = memory_new(max, sizeof *t->shares);
    t->max = max;
    return t;
}

void transactions_free(struct transactions *t)
{
    if (t == NULL)
        return;
    free(t->all);
    free(t->shares);
    table_done(&t->by_connection);
    table_done(&t->by_fuse);
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

static struct share *share_of(const struct transactions *t, uint32_t fuse)
{
    uint32_t at;

    for (struct table_probe p = table_find(&t->by_fuse, hash_u64(fuse));
         table_at(&t->by_fuse, &p, &at); table_step(&t->by_fuse, &p))
        if (t->shares[at].fuse == fuse)
            return &t->shares[at];
    return NULL;
}

/* Of a fuse that has a transaction. */
static struct share *known_share(const struct transactions *t, uint32_t fuse)
{
    struct share *share = share_of(t, fuse);

    assert(share != NULL);
    return share;
}

static void begin(struct transactions *t, struct transaction *x)
{
    struct share *share = share_of(t, x->fuse);

    if (share == NULL) {
        table_add(&t->by_fuse, hash_u64(x->fuse), t->shares_n);
        share = &t->shares[t->shares_n++];
        *share = (struct share){ .fuse = x->fuse };
    }
    share->transactions++;
}

/* Its recipients are pending no more. */
static void end(struct transactions *t, const struct transaction *x)
{
    struct share *share = known_share(t, x->fuse), *last = &t->shares[t->shares_n - 1];
    uint32_t at = (uint32_t)(share - t->shares);

    share->recipients -= x->recipients;
    share->messages -= x->recipients > 0;
    if (--share->transactions > 0)
        return;
    (void)table_remove(&t->by_fuse, hash_u64(share->fuse), at);
    if (share != last) {
        table_move(&t->by_fuse, hash_u64(last->fuse), t->shares_n - 1, at);
        *share = *last;
    }
    t->shares_n--;
}

void transactions_end(struct transactions *t, uint64_t connection)
{
    struct transaction *x = find(t, connection), *last;
    uint32_t at;

    if (x == NULL)
        return;
    end(t, x);
    last = &t->all[t->n - 1];
    at = (uint32_t)(x - t->all);
    (void)table_remove(&t->by_connection, hash_u64(connection), at);
    if (x != last) {
        table_move(&t->by_connection, hash_u64(last->connection), t->n - 1, at);
        *x = *last;
    }
    t->n--;
}

void transactions_other(struct transactions *t, uint64_t connection, struct slice instance)
{
    const struct transaction *x = find(t, connection);

    if (x != NULL && x->instance != hash_slice(instance, 1))
        transactions_end(t, connection);
}

bool transactions_recipient(struct transactions *t, uint64_t connection, struct slice instance,
                            uint32_t fuse, struct slice recipient)
{
    uint64_t message = hash_slice(instance, 1), key = hash_slice(recipient, 2) | 1;
    struct transaction *x = find(t, connection);
    struct share *share;

    if (x != NULL && x->instance == message && x->fuse == fuse && x->last == key)
        return false;
    if (x != NULL && (x->instance != message || x->fuse != fuse)) {
        transactions_end(t, connection);
        x = NULL;
    }
    if (x == NULL) {
        if (t->n == t->max)
            return true; /* it is not counted before it is accepted */
        table_add(&t->by_connection, hash_u64(connection), t->n);
        x = &t->all[t->n++];
        *x = (struct transaction){ .connection = connection, .instance = message, .fuse = fuse };
        begin(t, x);
    }
    share = known_share(t, fuse);
    share->messages += x->recipients == 0;
    share->recipients++;
    x->last = key;
    x->recipients++;
    return true;
}

void transactions_refused(struct transactions *t, uint64_t connection)
{
    struct transaction *x = find(t, connection);
    struct share *share;

    if (x == NULL || x->recipients == 0)
        return;
    share = known_share(t, x->fuse);
    x->last = 0;
    x->recipients--;
    share->recipients--;
    share->messages -= x->recipients == 0;
}

uint32_t transactions_pending(const struct transactions *t, uint32_t fuse)
{
    const struct share *share = share_of(t, fuse);

    return share != NULL ? share->recipients : 0;
}

uint32_t transactions_messages(const struct transactions *t, uint32_t fuse)
{
    const struct share *share = share_of(t, fuse);

    return share != NULL ? share->messages : 0;
}

uint32_t transactions_count(const struct transactions *t)
{
    return t->n;
}
