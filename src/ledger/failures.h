/* failures.h - failed and successful logins by client address: who guesses passwords.
 * Bounded: at most FAILURES_MAX addresses; the one with the fewest failures of a few leaves first.
 */
#ifndef LEDGER_FAILURES_H
#define LEDGER_FAILURES_H

#include "base/table.h"
#include "base/wall.h"
#include "mail/ip.h"

enum { FAILURES_MAX = 1 << 16 };

struct failure {
    struct ip ip;
    uint64_t hash;
    struct wall first, last; /* of the failures */
    uint32_t failures, successes;
    uint64_t names; /* one bit for each of 64 values of the hash of the name tried */
};

struct failures {
    struct failure *all; /* `used` of them */
    uint32_t used, room;
    struct table by_ip;
    uint64_t forgotten;
    uint64_t seed; /* of the choice who leaves */
};

/* `{ 0 }` is ready for use; frees what it allocated. */
void failures_done(struct failures *f);

/* Note `count` failed logins from `ip`; `name_hash` is 0 when the name tried is not known.
 * Returns the entry; it is void after the next call. */
struct failure *failures_add(struct failures *f, const struct ip *ip, uint64_t name_hash,
                             uint32_t count, struct wall at);

/* Note a login from `ip` that worked; only of addresses that failed before. */
void failures_success(struct failures *f, const struct ip *ip);

/* About how many different names were tried from there: exact for few, at most 267 (linear
 * counting: Whang and others 1990). */
unsigned failure_names(const struct failure *f);

#endif
