/* who.h - private to conf: of whom a setting speaks. An account ("alice@example.test", "alice"),
 * all accounts of a domain and its subdomains ("@example.test"), or a group ("%staff"). */
#ifndef CONF_WHO_H
#define CONF_WHO_H

#include "base/wall.h"
#include "mail/address.h"

enum conf_who { CONF_WHO_ACCOUNT, CONF_WHO_DOMAIN, CONF_WHO_GROUP };

/* The form by which they are compared: accounts and domains in lower case with A-labels.
 * out    the slice points into it
 * NULL, or what is wrong with the name, as the rest of a sentence. */
const char *conf_who_fold(struct slice text, enum conf_who *kind, char out[ADDRESS_MAX],
                          struct slice *folded);

/* What the program knows as an account, folded as above. */
struct slice conf_who_account(struct slice account, char out[ADDRESS_MAX]);

/* "2026-11-22" as days since 1970-01-01. False, and no change, for what is no date. */
bool conf_date_parse(struct slice text, int32_t *day);

/* "1.5": digits with at most three after a point. False, and no change, for anything else. */
bool conf_decimal_parse(struct slice text, double *out);

/* All of it is UTF-8 and without control characters. */
bool conf_is_text(struct slice text);

#endif
