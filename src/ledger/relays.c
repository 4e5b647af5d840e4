#include "ledger/relays.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

enum { FIRST_ROOM = 64 };

void relays_done(struct relays *r)
{
    free(r->own);
    free(r->all);
    table_done(&r->own_by_key);
    table_done(&r->by_ip);
}

static bool own_has(const struct relays *r, uint64_t key)
{
    uint32_t i;

    for (struct table_probe p = table_find(&r->own_by_key, key); table_at(&r->own_by_key, &p, &i);
         table_step(&r->own_by_key, &p))
        if (r->own[i] == key)
            return true;
    return false;
}

static void own_add(struct relays *r, uint64_t key)
{
    if (r->own_n == OWN_DOMAINS_MAX || own_has(r, key))
        return;
    if (r->own_n == r->own_room) {
        r->own_room = r->own_room > 0 ? r->own_room * 2 : FIRST_ROOM;
        r->own = memory_resize(r->own, r->own_room, sizeof *r->own);
    }
    table_add(&r->own_by_key, key, r->own_n);
    r->own[r->own_n++] = key;
}

void relays_own(struct relays *r, struct slice domain)
{
    if (domain.n > 0)
        own_add(r, hash_slice(domain, 0));
}

bool relays_is_own(const struct relays *r, struct slice domain)
{
    return domain.n == 0 || own_has(r, hash_slice(domain, 0));
}

bool relays_passed_on(struct relays *r, const struct ip *client, struct slice domain)
{
    uint64_t key = hash_slice(domain, 0);
    struct gateway *g = &r->gateways[key % GATEWAY_SLOTS];
    struct ip network = ip_network(client);

    if (ip_is_private(client))
        return true;
    if (g->domain != key)
        *g = (struct gateway){ .domain = key };
    g->networks |= (uint64_t)1 << (ip_hash(&network, 0) >> 58);
    if (__builtin_popcountll(g->networks) < GATEWAY_NETWORKS)
        return true;
    own_add(r, key);
    return false;
}

uint32_t relays_find(const struct relays *r, const struct ip *client)
{
    uint32_t i;

    for (struct table_probe p = table_find(&r->by_ip, ip_hash(client, 0));
         table_at(&r->by_ip, &p, &i); table_step(&r->by_ip, &p))
        if (ip_eq(&r->all[i].ip, client))
            return r->all[i].owner;
    return UINT32_MAX;
}

void relays_add(struct relays *r, const struct ip *client, uint32_t owner)
{
    if (r->all_n == RELAYS_MAX)
        return;
    if (r->all_n == r->all_room) {
        r->all_room = r->all_room > 0 ? r->all_room * 2 : FIRST_ROOM;
        r->all = memory_resize(r->all, r->all_room, sizeof *r->all);
    }
    table_add(&r->by_ip, ip_hash(client, 0), r->all_n);
    r->all[r->all_n++] = (struct relay){ *client, owner };
}
