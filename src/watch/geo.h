/* geo.h - country, network and place of an address, from MaxMind DB files: GeoLite2 City, Country,
 * ASN, and what other publishers write in their manner (DB-IP, IPinfo). Several files complete each
 * other; where two know the same thing, the one named first is believed. Owns the open files. */
#ifndef WATCH_GEO_H
#define WATCH_GEO_H

#include "base/attributes.h"
#include "mail/ip.h"

struct geo_answer {
    char country[3];           /* ISO 3166-1, upper case; "" when not known */
    uint32_t asn;              /* autonomous system; 0 when not known */
    struct slice organisation; /* that runs it: the file's bytes, valid until geo_free */
    double latitude, longitude;
    bool has_location;
};

struct geo;

/* Open the files. NULL, with a message that names the file in `error`, when one cannot be read or
 * is no MaxMind DB. */
NODISCARD struct geo *geo_open(const char *const *paths, size_t paths_n, char *error,
                               size_t error_room);

/* What is known of `ip`. False, with an empty answer, when that is nothing; a `geo` of NULL knows
 * nothing. A damaged record counts as not there, and geo_trouble tells of it. */
bool geo_find(struct geo *geo, const struct ip *ip, struct geo_answer *out);

/* The first damage that geo_find met, with the name of the file; NULL when there was none. */
const char *geo_trouble(const struct geo *geo);

void geo_free(struct geo *geo);

#endif
