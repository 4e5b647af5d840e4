/* client.h - what the log tells of the machine and the program that submitted a message, as keys to
 * compare: whose network it is in, and what its software looks like. Pure. */
#ifndef LEDGER_CLIENT_H
#define LEDGER_CLIENT_H

#include "base/slice.h"

/* Key of the domain of a client's verified host name: of "p5b0a.dip0.provider.example" that of
 * "provider.example"; three labels where the last two are short ("co.uk"). 0 for "unknown" and for
 * names without a dot. */
uint32_t client_provider(struct slice name);

/* Key of the form of a Message-ID: which kinds of characters stand between which separators, and
 * about how many; and on the right whether it is a domain. Programs differ in it, messages of one
 * program do not. 0 for an empty one. */
uint32_t client_form(struct slice message_id);

/* Key of the software that a message seems to come from: the form, how it logged in (PLAIN, LOGIN)
 * and at which service. 0 without a form. */
uint32_t client_software(uint32_t form, struct slice sasl_method, struct slice service);

#endif
