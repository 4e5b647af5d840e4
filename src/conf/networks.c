#include "conf/networks.h"

#include <stdlib.h>

#include "base/attributes.h"
#include "base/memory.h"

#include "base/ban.h"

void networks_add(struct networks *set, const struct ip_prefix *prefix)
{
    if (set->n == set->room) {
        set->room = set->room > 0 ? set->room * 2 : 16;
        set->all = memory_resize(set->all, set->room, sizeof *set->all);
    }
    set->all[set->n] = *prefix;
    set->lengths[prefix->bits] = true;
    table_add(&set->by_network, ip_hash(&prefix->net, prefix->bits), set->n++);
}

bool networks_have(const struct networks *set, const struct ip *ip)
{
    for (unsigned bits = 0; bits < COUNT(set->lengths); bits++) {
        struct table_probe p;
        struct ip net;
        uint32_t i;

        if (!set->lengths[bits])
            continue;
        net = ip_masked(ip, bits);
        for (p = table_find(&set->by_network, ip_hash(&net, bits));
             table_at(&set->by_network, &p, &i); table_step(&set->by_network, &p))
            if (set->all[i].bits == bits && ip_eq(&set->all[i].net, &net))
                return true;
    }
    return false;
}

void networks_done(struct networks *set)
{
    free(set->all);
    table_done(&set->by_network);
    *set = (struct networks){ 0 };
}
