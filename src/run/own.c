/* own.c - which addresses are ours, as others see them. */
#include <ifaddrs.h>
#include <netinet/in.h>

#include "run/daemon.h"

#include "base/ban.h"

static bool address_of(const struct sockaddr *from, struct ip *out)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    *out = (struct ip){ 0 };
    if (from != NULL && from->sa_family == AF_INET) {
        memcpy(&v4, from, sizeof v4);
        out->b[10] = out->b[11] = 0xff;
        memcpy(out->b + 12, &v4.sin_addr, 4);
        return true;
    }
    if (from != NULL && from->sa_family == AF_INET6) {
        memcpy(&v6, from, sizeof v6);
        memcpy(out->b, &v6.sin6_addr, 16);
        return true;
    }
    return false;
}

/* Without them only the settings say which are ours: a sandbox may forbid to ask. */
void own_look(struct own *own)
{
    struct ifaddrs *all = NULL;
    struct ip ip;

    own->n = 0;
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *a = all; a != NULL && own->n < OWN_ADDRESSES; a = a->ifa_next)
        if (address_of(a->ifa_addr, &ip) && !ip_is_private(&ip))
            own->all[own->n++] = ip;
    freeifaddrs(all);
}

bool own_known(const struct daemon *d)
{
    return d->own.n > 0 || conf_has_own_addresses(d->conf);
}

bool own_has(const struct daemon *d, const struct ip *ip)
{
    for (uint32_t i = 0; i < d->own.n; i++)
        if (ip_eq(&d->own.all[i], ip))
            return true;
    return conf_own_address(d->conf, ip);
}
