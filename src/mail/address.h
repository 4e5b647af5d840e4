/* address.h - mail addresses and domains as they stand in logs: split, folded, compared.
 * Sources: RFC 5321 section 4.1.2 (syntax, quoted local parts), RFC 6531 (UTF-8), RFC 5891
 * (A-labels). Pure; the slices point into what was given unless said otherwise. */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/attributes.h"
#include "base/slice.h"

enum { ADDRESS_MAX = 512 }; /* bytes kept of a folded address; what is longer is cut */

/* The part after the last '@' that is not inside a quoted local part; empty without one. */
struct slice address_domain(struct slice address);

/* The part before that '@'; all of it without one. */
struct slice address_local(struct slice address);

/* The form by which addresses are compared: surrounding <> removed, ASCII lower case, a domain with
 * non-ASCII bytes in its A-label form (libidn2; left as it is when that fails), without the
 * domain's closing dot. Into `out`; the slice points into `out`. */
struct slice address_fold(struct slice address, char out[ADDRESS_MAX]);

/* `s`, cut to ADDRESS_MAX bytes, with ASCII letters in lower case. Into `out`. */
struct slice address_lower(struct slice s, char out[ADDRESS_MAX]);

/* True when `address` is `wanted` (an address), or belongs to it (a domain, with or without '@' in
 * front; subdomains too). Both are folded already. */
bool address_matches(struct slice address, struct slice wanted);

/* The login name by which an account is known: ASCII lower case, white space around it removed, and
 * of Dovecot's "user*master" only the user. Into `out`; the slice points into `out`. */
struct slice account_fold(struct slice login, char out[ADDRESS_MAX]);

#endif
