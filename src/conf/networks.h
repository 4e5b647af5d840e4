/* networks.h - private to conf: a set of networks, asked with one probe for each length of prefix
 * that is in it. */
#ifndef CONF_NETWORKS_H
#define CONF_NETWORKS_H

#include "base/table.h"
#include "mail/ip.h"

struct networks { /* `{ 0 }` is empty */
    struct ip_prefix *all;
    uint32_t n, room;
    struct table by_network;
    bool lengths[129]; /* of prefixes that are there */
};

void networks_add(struct networks *set, const struct ip_prefix *prefix);
bool networks_have(const struct networks *set, const struct ip *ip);
void networks_done(struct networks *set);

#endif
