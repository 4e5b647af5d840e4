/* fixture.h - invented reports, for the tests of the writers and for looking at what they write.
 * Everything in them is made up: documentation addresses, .test and .example domains. */
#ifndef REPORT_FIXTURE_H
#define REPORT_FIXTURE_H

#include "report/report.h"

/* A week of a company in CET: two stolen accounts (one a botnet with long tables, one with a long
 * UTF-8 name and many mails in the queue of a second host), an infected relay, a LAN bot, a web
 * form held in time, accounts worth watching, guessers, refusals, who wrote to a phisher. */
void fixture_company(struct report *r);

/* The same with every text that a stranger or a user could have chosen made hostile: escape
 * sequences, C1 and bidirectional controls, NUL, invalid UTF-8, markup, quotes, 300-byte names. */
void fixture_hostile(struct report *r);

/* A day on which nothing was found; the log has no time zone. */
void fixture_calm(struct report *r);

/* No line that could be read. */
void fixture_empty(struct report *r);

#endif
