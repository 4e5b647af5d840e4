#include "ledger/failures.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

enum { FAILURES_FIRST = 256, CANDIDATES = 8 };

void failures_done(struct failures *f)
{
    free(f->all);
    table_done(&f->by_ip);
    *f = (struct failures){ 0 };
}

static struct failure *failure_find(const struct failures *f, const struct ip *ip, uint64_t hash)
{
    uint32_t i;

    for (struct table_probe p = table_find(&f->by_ip, hash); table_at(&f->by_ip, &p, &i);
         table_step(&f->by_ip, &p))
        if (ip_eq(&f->all[i].ip, ip))
            return &f->all[i];
    return NULL;
}

/* The one of a few, chosen at random, that failed least. */
static struct failure *failure_evict(struct failures *f)
{
    struct failure *least = NULL;

    for (int i = 0; i < CANDIDATES; i++) {
        struct failure *one;

        f->seed = hash_u64(f->seed + 0x9e3779b97f4a7c15U);
        one = &f->all[f->seed % f->used];
        if (least == NULL || one->failures < least->failures)
            least = one;
    }
    table_remove(&f->by_ip, least->hash, (uint32_t)(least - f->all));
    f->forgotten++;
    return least;
}

static struct failure *failure_new(struct failures *f, const struct ip *ip, uint64_t hash)
{
    struct failure *fresh;

    if (f->used == FAILURES_MAX) {
        fresh = failure_evict(f);
    } else {
        if (f->used == f->room) {
            f->room = f->room > 0 ? f->room * 2 : FAILURES_FIRST;
            f->all = memory_resize(f->all, f->room, sizeof *f->all);
        }
        fresh = &f->all[f->used++];
    }
    *fresh = (struct failure){ .ip = *ip, .hash = hash };
    table_add(&f->by_ip, hash, (uint32_t)(fresh - f->all));
    return fresh;
}

struct failure *failures_add(struct failures *f, const struct ip *ip, uint64_t name_hash,
                             uint32_t count, struct wall at)
{
    uint64_t hash = ip_hash(ip, 0);
    struct failure *one = failure_find(f, ip, hash);

    if (one == NULL)
        one = failure_new(f, ip, hash);
    if (one->failures == 0)
        one->first = at;
    one->last = at;
    one->failures = count > UINT32_MAX - one->failures ? UINT32_MAX : one->failures + count;
    if (name_hash != 0)
        one->names |= (uint64_t)1 << (name_hash >> 58);
    return one;
}

void failures_success(struct failures *f, const struct ip *ip)
{
    struct failure *one = failure_find(f, ip, ip_hash(ip, 0));

    if (one != NULL && one->successes < UINT32_MAX)
        one->successes++;
}

unsigned failure_names(const struct failure *f)
{
    int empty = 64 - __builtin_popcountll(f->names);

    return (unsigned)lround(empty == 0 ? 64 * log(64.0 / 0.99) : 64 * log(64.0 / empty));
}
