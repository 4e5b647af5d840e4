/* picture.h - what is usual for one subject: learned, of fixed size, about what it did and never
 * about what its mail said. Networks are learned with a delay, so that a thief does not become
 * usual by being there; nothing is learned while the subject is under suspicion. */
#ifndef DETECT_PICTURE_H
#define DETECT_PICTURE_H

#include "base/bloom.h"
#include "base/wall.h"
#include "mail/ip.h"

enum {
    PICTURE_NETWORKS = 12,
    PICTURE_SENDERS = 6,
    PICTURE_BLOOM_BLOCKS = 8, /* 4096 bits */
};

/* A network an account was seen in. */
struct place {
    uint32_t key;         /* 0 is empty; hash of the network */
    uint32_t wide;        /* hash of the IPv4 /16 or IPv6 /32 around it */
    uint16_t first, last; /* days since 1970, local */
    uint16_t days;        /* on which it was seen */
};

struct picture {
    float results, unknown, spam; /* past delivery results, faded; two kinds of refusal */
    float recipients, strangers;  /* past recipients, faded; first contacts among them */
    float peak_hour;              /* most first contacts in an hour; fades by a fifth a week */
    uint32_t hours;               /* one bit for each hour of the day it was active in */
    uint16_t first_day, last_day; /* of activity; 0 before the first */
    uint16_t active_days;
    uint16_t moves; /* times it turned up in a network that was new */
    struct bloom_block correspondents[PICTURE_BLOOM_BLOCKS]; /* who it wrote to, or heard from */
    uint32_t latest;                                         /* the place it was seen in last */
    struct place places[PICTURE_NETWORKS];
    uint32_t senders[PICTURE_SENDERS]; /* keys of envelope senders used */
};

struct network_key {
    uint32_t near, wide; /* never 0 */
};

struct network_key network_key(const struct ip *ip);

/* The place of this network, or NULL. */
struct place *picture_place(struct picture *p, uint32_t near);

/* True when some place of an earlier day than `today` lies in this wide network. */
bool picture_knows_wide(const struct picture *p, uint32_t wide, uint16_t today);

/* Note that it was in this network today; the place not seen for longest makes room. */
void picture_been(struct picture *p, struct network_key key, uint16_t today);

/* True when `key` was there before; notes it. */
bool picture_knew_correspondent(struct picture *p, uint64_t key);
bool picture_knew_sender(struct picture *p, uint64_t key);

/* Note activity at a local time. */
void picture_active(struct picture *p, uint16_t today, int hour);

/* How well it is known, from 0 (first day) to 1 (a working week and more). */
double picture_maturity(const struct picture *p);

#endif
