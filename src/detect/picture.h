/* picture.h - what is usual for one subject: learned, of fixed size, about what it did and never
 * about what its mail said. What a day brought counts as usual from the next day on, so that a
 * thief does not become usual by being there; nothing is learned while the subject is under
 * suspicion. */
#ifndef DETECT_PICTURE_H
#define DETECT_PICTURE_H

#include "base/bloom.h"
#include "base/wall.h"
#include "mail/ip.h"

enum {
    PICTURE_PLACES = 4,   /* networks of anybody */
    PICTURE_SOFTWARE = 5, /* kinds of mail programs */
    PICTURE_SENDERS = 4,
    PICTURE_COUNTRIES = 2,
    ALBUM_PLACES = 10, /* more networks, of who has many correspondents */
    ALBUM_BLOCKS = 4,  /* 2048 bits: correspondents of who has many */
};

/* A network an account was seen in. */
struct place {
    uint32_t key;         /* 0 is empty; hash of the network */
    uint32_t provider;    /* whose network it is; 0: not known */
    uint16_t wide;        /* hash of the IPv4 /16 or IPv6 /32 around it */
    uint16_t first, last; /* days since 1970, local */
    uint16_t days;        /* on which it was seen */
};

/* The rest of the picture of a busy account. Correspondents are remembered in two generations: a
 * full one is kept until the next is full, then it is forgotten. */
struct album {
    struct place places[ALBUM_PLACES];
    struct bloom_block correspondents[2][ALBUM_BLOCKS];
    uint16_t noted; /* in the generation that is being filled */
    uint8_t filling;
};

/* What came back of its mail, and to whom it went. */
struct past {
    float results, unknown, spam; /* delivery results; two kinds of refusal */
    float recipients, strangers;  /* outside; first contacts among them */
};

struct picture {
    struct past past;                 /* of the days before, faded */
    struct past today;                /* not yet past */
    float peak_hour;                  /* most first contacts in an hour; fades by a fifth a week */
    float peak_known;                 /* most correspondents it knew in an hour; fades alike */
    float usual_day;                  /* recipients on a day with mail, the last days weigh most */
    float usual_spread;               /* novelty of the networks of a day, likewise */
    float day_recipients, day_spread; /* so far today */
    uint32_t hours;                   /* one bit for each hour of the day it was active in */
    uint16_t first_day, last_day;     /* of activity; 0 before the first */
    uint16_t active_days;
    uint8_t latest; /* the place it was seen in last */
    uint8_t noted;  /* correspondents in `few` */
    uint16_t countries[PICTURE_COUNTRIES], country_days[PICTURE_COUNTRIES]; /* first day there */
    uint16_t software[PICTURE_SOFTWARE];
    uint16_t software_n; /* kinds learnt since the beginning */
    uint16_t senders[PICTURE_SENDERS];
    struct place places[PICTURE_PLACES];
    struct bloom_block few; /* who it wrote to, or heard from, while they are few */
    struct album *album;    /* NULL while there is no need; picture_done frees it */
};

/* What an address says about where it is. */
struct network_key {
    uint32_t near; /* never 0 */
    uint16_t wide;
};

struct network_key network_key(const struct ip *ip);

void picture_done(struct picture *p);

/* The place of this network, or NULL. */
struct place *picture_place(struct picture *p, uint32_t near);

/* True when some place of an earlier day than `today` is of this provider (not 0), or lies in this
 * wide network. */
bool picture_knows_around(struct picture *p, uint32_t provider, uint16_t wide, uint16_t today);

/* Note that it was in this network today. When there is no room, the place that was not seen for
 * longest leaves, one of the same provider first. */
void picture_been(struct picture *p, struct network_key key, uint32_t provider, uint16_t today);

/* Forget the networks it was first seen in on one of these days. */
void picture_forget_places(struct picture *p, uint16_t since, uint16_t until);

/* True when `key` was there before; notes it. */
bool picture_knew_correspondent(struct picture *p, uint64_t key);

/* The same without noting it. */
bool picture_knows_correspondent(const struct picture *p, uint64_t key);
bool picture_knew_sender(struct picture *p, uint64_t key);
bool picture_knew_software(struct picture *p, uint32_t key);

/* True when it was in that country (not 0) before today. */
bool picture_knows_country(const struct picture *p, uint16_t country, uint16_t today);

/* Note that it is there today. */
void picture_in_country(struct picture *p, uint16_t country, uint16_t today);

/* Note activity at a local time; a new day makes the figures of the day before usual. */
void picture_active(struct picture *p, uint16_t today, int hour);

/* How well it is known, from 0 (first day) to 1 (a working week and more). */
double picture_maturity(const struct picture *p);

#endif
