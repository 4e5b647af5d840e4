/* country.h - countries by their codes of ISO 3166-1 alpha-2, and sets of them. */
#ifndef CONF_COUNTRY_H
#define CONF_COUNTRY_H

#include "base/attributes.h"
#include "base/slice.h"

/* A set of codes: one bit for each pair of letters. `{ 0 }` is the empty one. */
struct conf_countries {
    uint64_t bits[11];
    uint32_t n;
};

/* The code in `text`, in either case, as upper case with a NUL. False, and no change, when ISO
 * 3166-1 has no such code. Also has XK (Kosovo), which databases use. */
bool conf_country_parse(struct slice text, char out[3]);

/* What is probably meant by a code that is none ("UK": "GB"); NULL when nobody knows. */
const char *conf_country_meant(struct slice text);

void conf_countries_add(struct conf_countries *set, const char *code);

/* False for anything but two letters in upper case. */
bool conf_countries_has(const struct conf_countries *set, const char *code);

#endif
