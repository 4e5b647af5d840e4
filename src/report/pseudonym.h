/* pseudonym.h - a report that can be shown: accounts, addresses and hosts replaced by keyed hashes
 * (BLAKE2b, RFC 7693), the same in every report that is made with the same key.
 *
 *   anna@example.test    u-3f9a2c81bc04@d-81bc223f9a2c   equal domains stay equal
 *   anna, uid 33         u-77d1c0a95be2
 *   mail.example.test    d-5c0a95be277d
 *   192.0.2.7            100::81bc:223f:9a2c:81bc        RFC 6666, a prefix that reaches nobody;
 *                                                        equal networks (/24, /48) begin alike
 *
 * Inside sentences and replies everything that looks like one of these is replaced, and so is every
 * name of the report wherever it occurs. Of what other servers said only the words stay that
 * refusals are made of; of the warnings of reading the file's name goes. Left as they are:
 * countries, networks (AS), queue ids, times and figures.
 * Without the key nobody can tell whether a name is in the report by trying. */
#ifndef REPORT_PSEUDONYM_H
#define REPORT_PSEUDONYM_H

#include "base/attributes.h"
#include "report/report.h"

enum { PSEUDONYM_KEY_MIN = 16 }; /* bytes */

/* Replace all names of `r`, before any writer sees it.
 * key   the bytes of the key file, all of them count
 * False, and no change, when the key is shorter than PSEUDONYM_KEY_MIN. */
NODISCARD bool pseudonym_report(struct report *r, struct slice key);

#endif
