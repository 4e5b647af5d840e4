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
 *   - the address, of IPv6 the /64: one that guesses is refused for all accounts, but those that
 * logged in from it. Twenty names with one password each count the same (spraying, stuffing of
 * leaked lists);
 *   - the account at that address, or at its IPv6 /64: all that is refused where many people share
 * an address (the caller says so, or two accounts logged in from it): never the whole office;
 *   - the network, IPv4 /24, IPv6 /64 and /56: needs more; who has logged in from there goes on;
 *   - the account: when strangers guess at it, networks that it did not use are refused; those
 *     from which it logged in, or that the caller calls known, go on, so that strangers cannot lock
 * out its owner.
 *
 * Where three are enough, attempts after the first failure wait 1 s, then 2 s (tarpit); where it
 * takes more, from the half of them on 1, 2, 4 s and so on. A login that works clears what was
 * counted against this account at this address. Accounts that logged in from an address within a
 * week are not counted against it, not refused because of others there, and do not wait.
 *
 * Many logins at the same time are all asked about before the first has failed: so many guesses
 * are free.
 *
 * Memory is fixed when it is made. Floods of invented names and addresses push out each other: what
 * is refused now, and what has counted most, stays. */
#ifndef DETECT_BRUTEFORCE_H
#define DETECT_BRUTEFORCE_H

#include "base/buf.h"
#include "base/wall.h"
#include "mail/ip.h"

struct bruteforce_options {
    unsigned failures;     /* distinct ones until an address is refused, at most 1000; it takes four
                              times as many for the others, and 16 times for a network from which
                              two accounts log in. 0: 3 */
    int64_t refuse_ms;     /* how long, from the last failure that counted. 0: 20 min */
    int64_t memory_ms;     /* in which as many are forgotten as it takes for a refusal, one by one;
                              a minute at least. 0: 60 min: who guesses more often than every 20
                              minutes is found, and who does not makes at most 72 guesses a day;
                              shorter finds fewer slow ones, longer adds up honest mistakes */
    unsigned tarpit_max_s; /* longest wait. 0: 5 */
    bool no_tarpit;
    unsigned entries; /* of each table of counts, made a power of two, 1024 to 1,048,576; memory is
                         384 bytes each. 0: 16,384, 6 MB */
    uint64_t seed;    /* of the hashes: random, since strangers choose names */
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

/* A wrong password, or no such account, just now: `at` is the present, not a line's of a log that
 * is read late. A clock that steps back by more than a minute is noticed; refusals go on as long as
 * they would have. Returns what is refused because of it from now on and was not before: something
 * for the journal. Do not call it for a login that was refused by policy. */
enum bruteforce_why bruteforce_failure(struct bruteforce *b, const struct login_attempt *a,
                                       struct wall at);

/* The password was right and the login was let in. */
void bruteforce_success(struct bruteforce *b, const struct login_attempt *a, struct wall at);

/* The clock was set forward by so much, or back (< 0): what is refused is refused no shorter and no
 * longer. Without being told only a step back is noticed. */
void bruteforce_clock_set(struct bruteforce *b, int64_t by_ms);

/* An administrator forgives: everything of this account (0: none), of this address and its networks
 * (NULL: none). True when something was refused. */
bool bruteforce_forget(struct bruteforce *b, uint64_t account, const struct ip *ip);

/* Something that is refused now. */
struct bruteforce_refused {
    enum bruteforce_why why;
    uint64_t account;    /* PAIR and ACCOUNT; 0 else */
    struct ip_prefix of; /* ADDRESS, NETWORK and PAIR; of PAIR the address or its /64; else ::/0 */
    unsigned failures;   /* distinct ones since the first */
    struct wall first, last, until;
};

typedef void bruteforce_each(void *ctx, const struct bruteforce_refused *refused);

/* All that are refused at `at`, in no particular order. */
void bruteforce_refused(const struct bruteforce *b, struct wall at, bruteforce_each *each,
                        void *ctx);

/* What refuses this attempt, with its figures. False when nothing does. */
bool bruteforce_explain(const struct bruteforce *b, const struct login_attempt *a, struct wall at,
                        struct bruteforce_refused *out);

/* "3 wrong passwords from 192.0.2.7 within 10 minutes": a sentence without its full stop.
 * account  the name, when it is known; it is made harmless for a terminal */
void bruteforce_words(const struct bruteforce_refused *r, struct slice account, struct buf *out);

/* What counts now, so that a restart keeps it: 72 bytes for each count, 16 for each mark; 384 times
 * `entries` and 64 bytes at most. With version, seed, and a checksum at the end. */
void bruteforce_save(const struct bruteforce *b, struct wall at, struct buf *out);

/* In the place of all that is there; the seed becomes that of the state. Into fewer entries than
 * were saved fits what matters most. NULL, or what is wrong with the bytes, as the end of a
 * sentence that begins with the file's name; then nothing is changed. */
const char *bruteforce_load(struct bruteforce *b, struct slice bytes, struct wall at);

struct bruteforce_stats {
    unsigned
        entries[4];   /* counts in use, of accounts at an address, addresses, networks, accounts */
    unsigned refused; /* of all of them */
    unsigned room;    /* for each of the four */
    uint64_t forgotten; /* counts that were pushed out by others */
};

struct bruteforce_stats bruteforce_stats(const struct bruteforce *b, struct wall at);

#endif
