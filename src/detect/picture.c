#include "detect/picture.h"

#include <math.h>

#include "base/hash.h"

#include "base/ban.h"

enum { MATURE_DAYS = 5, V4_WIDE = 96 + 16, V6_WIDE = 32 };

struct network_key network_key(const struct ip *ip)
{
    struct ip near = ip_network(ip), wide = ip_masked(ip, ip_is_v4(ip) ? V4_WIDE : V6_WIDE);

    return (struct network_key){ (uint32_t)ip_hash(&near, 1) | 1, (uint32_t)ip_hash(&wide, 1) | 1 };
}

struct place *picture_place(struct picture *p, uint32_t near)
{
    if (p->places[p->latest].key == near)
        return &p->places[p->latest];
    for (int i = 0; i < PICTURE_NETWORKS; i++)
        if (p->places[i].key == near)
            return &p->places[i];
    return NULL;
}

bool picture_knows_wide(const struct picture *p, uint32_t wide, uint16_t today)
{
    for (int i = 0; i < PICTURE_NETWORKS; i++)
        if (p->places[i].key != 0 && p->places[i].wide == wide && p->places[i].first < today)
            return true;
    return false;
}

void picture_been(struct picture *p, struct network_key key, uint16_t today)
{
    struct place *at = picture_place(p, key.near);

    if (at == NULL) {
        at = &p->places[0];
        for (int i = 1; i < PICTURE_NETWORKS && at->key != 0; i++)
            if (p->places[i].key == 0 || p->places[i].last < at->last)
                at = &p->places[i];
        *at = (struct place){ .key = key.near, .wide = key.wide, .first = today, .days = 1 };
    } else if (at->last != today && at->days < UINT16_MAX) {
        at->days++;
    }
    at->last = today;
    p->latest = (uint32_t)(at - p->places);
}

bool picture_knew_correspondent(struct picture *p, uint64_t key)
{
    return bloom_note(p->correspondents, PICTURE_BLOOM_BLOCKS, key);
}

bool picture_knew_sender(struct picture *p, uint64_t key)
{
    uint32_t mine = (uint32_t)key | 1;

    for (int i = 0; i < PICTURE_SENDERS; i++)
        if (p->senders[i] == mine)
            return true;
    memmove(&p->senders[1], &p->senders[0], sizeof p->senders - sizeof p->senders[0]);
    p->senders[0] = mine;
    return false;
}

void picture_active(struct picture *p, uint16_t today, int hour)
{
    p->hours |= (uint32_t)1 << hour;
    if (p->first_day == 0)
        p->first_day = today;
    if (today == p->last_day)
        return;
    if (p->last_day != 0 && today > p->last_day)
        p->peak_hour *= (float)pow(0.8, (today - p->last_day) / 7.0);
    p->last_day = today;
    if (p->active_days < UINT16_MAX)
        p->active_days++;
}

double picture_maturity(const struct picture *p)
{
    int days = p->active_days > 0 ? p->active_days - 1 : 0;

    return days >= MATURE_DAYS ? 1 : days / (double)MATURE_DAYS;
}
