/* bruteforce.h - who guesses passwords, and whose logins are refused or made to wait for it. Pure
 * and deterministic: times come with the calls; nothing is decided by chance or by the order of
 * tables.
 *
 * What counts is a *distinct* wrong password: one more login and hash of a password that was not
 * seen to fail from here. A phone that tries the password of last year every minute counts once.
 * Without a hash (failures read from a log) each failure counts, but repeats of the same account
 * from the same address only at the first, second, fourth, eighth, ... time.
 *
 * They are counted for
 *   - the address: one that guesses is refused for all accounts, but those that logged in from it.
 *     Twenty names with one password each count the same (spraying, stuffing of leaked lists);
 *   - the account at that address, or at its IPv6 /64: all that is refused where many people share
 * an address (the caller says so, or two accounts logged in from it): never the whole office;
 *   - the network, IPv4 /24, IPv6 /64 and /56: needs more; who has logged in from there goes on;
 *   - the account: when many networks guess at it, those that it never used are refused; the
 *     networks that the caller calls known go on, so that strangers cannot lock out its owner.
 *
 * Half of the way to a refusal each attempt waits 1 s, then 2, 4, ... (tarpit). A login that works
 * clears what was counted against this account at this address.
 *
 * Memory is fixed when it is made. Floods of invented names and addresses push out each other: what
 * is refused now, and what has counted most, stays. */
#ifndef DETECT_BRUTEFORCE_H
#define DETECT_BRUTEFORCE_H

#include "base/buf.h"
#include "base/wall.h"
#include "mail/ip.h"

struct bruteforce_options {
    unsigned failures;     /* distinct ones until a refusal. 0: 3 */
    int64_t refuse_ms;     /* how long, from the last failure that counted. 0: 20 min */
    int64_t memory_ms;     /* how long a failure counts. 0: 60 min, so that a guess each 20 min and
                              faster is found; what is slower makes at most 72 guesses a day */
    unsigned tarpit_max_s; /* longest wait. 0: 5 */
    bool no_tarpit;
    unsigned entries; /* of each table, rounded up to a power of two, at least 1024. 0: 65,536
                         (32 bytes each, five tables, 10 MB) */
    uint64_t seed;    /* of the hashes: random, since strangers choose names; kept with the state */
};

struct login_attempt {
    uint64_t account; /* hash of the folded name; 0: no such name, or none given */
    struct ip ip;     /* no address (::): nothing is counted or refused */
    uint32_t pwhash;  /* meant with has_pwhash only */
    bool has_pwhash;
    bool known;  /* the account used this network before, as the caller remembers */
    bool shared; /* many people come from this address: NAT, webmail, proxy */
};

enum bruteforce_why {
    BRUTEFORCE_NOT, /* go on, after the tarpit */
    BRUTEFORCE_PAIR,
    BRUTEFORCE_ADDRESS,
    BRUTEFORCE_NETWORK,
    BRUTEFORCE_ACCOUNT,
};

struct bruteforce;

struct bruteforce *bruteforce_new(const struct bruteforce_options *options);

/* NULL is allowed. */
void bruteforce_free(struct bruteforce *b);

/* Settings changed: they hold from the next call. `entries` and `seed` stay as they were. */
void bruteforce_configure(struct bruteforce *b, const struct bruteforce_options *options);

/* May this login go on? Changes nothing.
 * tarpit_s  seconds to wait first, 0 to the maximum; 0 with a refusal */
enum bruteforce_why bruteforce_allow(const struct bruteforce *b, const struct login_attempt *a,
                                     struct wall at, unsigned *tarpit_s);

/* A wrong password, or no such account. Returns what is refused because of it from now on and was
 * not before: something for the journal. Do not call it for a login that was refused by policy. */
enum bruteforce_why bruteforce_failure(struct bruteforce *b, const struct login_attempt *a,
                                       struct wall at);

/* The password was right and the login was let in. */
void bruteforce_success(struct bruteforce *b, const struct login_attempt *a, struct wall at);

/* An administrator forgives: everything of this account (0: none), of this address and its networks
 * (NULL: none). True when something was refused. */
bool bruteforce_forget(struct bruteforce *b, uint64_t account, const struct ip *ip);

/* Something that is refused now. */
struct bruteforce_refused {
    enum bruteforce_why why;
    uint64_t account;    /* PAIR and ACCOUNT; 0 else */
    struct ip_prefix of; /* ADDRESS, NETWORK and PAIR; of PAIR the address or its /64; else ::/0 */
    unsigned failures;   /* distinct ones that counted */
    struct wall first, last, until;
};

typedef void bruteforce_each(void *ctx, const struct bruteforce_refused *refused);

/* All that are refused at `at`, in no particular order. */
void bruteforce_refused(const struct bruteforce *b, struct wall at, bruteforce_each *each,
                        void *ctx);

/* What refuses this attempt, with its figures. False when nothing does. */
bool bruteforce_explain(const struct bruteforce *b, const struct login_attempt *a, struct wall at,
                        struct bruteforce_refused *out);

/* "3 wrong passwords from 192.0.2.7 within 10 minutes, refused for 20 minutes": a sentence without
 * its full stop. `account` is the name, when it is known; it is made harmless for a terminal. */
void bruteforce_words(const struct bruteforce_refused *r, struct slice account, struct buf *out);

/* What is counted now, so that a restart keeps it: at most BRUTEFORCE_STATE_MAX bytes for `entries`
 * as they are by default. Version, seed and a checksum are part of it. Failures that count no more
 * are left out. */
void bruteforce_save(const struct bruteforce *b, struct wall at, struct buf *out);

/* Into an empty one; its seed becomes that of the state. NULL, or what is wrong with the bytes, as
 * the end of a sentence that begins with the file's name; then `b` is empty as before. */
const char *bruteforce_load(struct bruteforce *b, struct slice bytes);

struct bruteforce_stats {
    unsigned entries; /* in use, all tables */
    unsigned room;
    uint64_t forgotten; /* entries that counted and were pushed out by others */
};

struct bruteforce_stats bruteforce_stats(const struct bruteforce *b);

#endif
