/* conf.h - the settings: mailfuse.conf(5) and the file of exceptions, read into one struct.
 * Knows addresses, networks and countries; knows neither signals nor log lines: names of signals
 * are handed on with their line, so that the caller can check them. A file with any error gives no
 * settings at all. Reads files only in conf_read and conf_read_...; all else is pure. What
 * is looked up for an account takes a few probes of one hash table, however long the lists are. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/arena.h"
#include "base/wall.h"
#include "conf/country.h"
#include "conf/daemon.h"
#include "conf/errors.h"
#include "mail/address.h"
#include "mail/ip.h"

#define CONF_PATH "/etc/mailfuse/mailfuse.conf"

/* What may be limited. */
enum conf_rate {
    CONF_MESSAGES_PER_HOUR,
    CONF_MESSAGES_PER_DAY,
    CONF_RECIPIENTS_PER_HOUR,
    CONF_RECIPIENTS_PER_DAY,
    CONF_UNKNOWN_RECIPIENTS_PER_DAY,
    CONF_RATES
};

#define CONF_NO_LIMIT UINT32_MAX

enum conf_at_limit {
    CONF_HOLD_AT_LIMIT,
    CONF_LOCK_AT_LIMIT,
    CONF_DEFER_AT_LIMIT,  /* the next message hears 450; for detection there is no limit */
    CONF_REJECT_AT_LIMIT, /* 550, likewise */
};

struct conf_limits {
    uint32_t rate[CONF_RATES];         /* so many are admitted; CONF_NO_LIMIT */
    uint32_t free_recipients_per_hour; /* below so many, suspicion holds nothing; 0: none */
    enum conf_at_limit at_limit;
};

/* A name of the file, with its line for complaints. */
struct conf_value {
    struct slice text; /* with a NUL after it */
    uint32_t line;
};

struct conf_list {
    const struct conf_value *all;
    uint32_t n;
};

/* What an exception allows. */
enum conf_allow {
    CONF_NEVER_HOLD, /* neither hold nor lock */
    CONF_NEVER_LOCK, /* hold at most */
    CONF_LIMIT_TIMES,
    CONF_COUNTRY, /* also submission from there; the next two allow nothing else */
    CONF_NETWORK,
    CONF_AS,
};

struct conf_exception {
    struct slice who;            /* folded: an account, "@domain" or "%group" */
    int32_t from_day, until_day; /* days since 1970-01-01 on the local calendar, both included */
    enum conf_allow allow;
    double times;             /* CONF_LIMIT_TIMES: by which the limits are multiplied */
    char country[3];          /* CONF_COUNTRY */
    struct ip_prefix network; /* CONF_NETWORK */
    uint32_t as;              /* CONF_AS */
    struct slice reason;
    uint32_t line; /* of the file of exceptions */
};

enum conf_season { CONF_FUTURE, CONF_IN_FORCE, CONF_EXPIRED };

struct conf_index; /* private */

struct conf {
    const char *path;           /* of the file, for complaints; "" without one */
    double sensitivity;         /* 0.5 .. 2; 1 is normal, more trips earlier */
    struct conf_countries home; /* none: not set */
    struct conf_list geo;       /* paths of databases, in the order of the file */
    struct conf_list ignored_signals;
    struct conf_value exceptions_path; /* text empty: there is no such file */
    const struct conf_exception *exceptions;
    uint32_t exceptions_n;
    struct conf_value senders_path; /* sender-logins; text empty: senders are bound to no login */
    struct conf_daemon daemon;
    uint64_t fingerprint;     /* of the text of the file; 0 without one */
    struct conf_list keys;    /* of the top level: names of those that the file sets */
    struct conf_index *index; /* private */
    struct arena arena;       /* private: owns all of the above */
};

/* The settings without any file: all defaults. Free with conf_free. */
struct conf *conf_defaults(void);

/* Read the file, and those that it names: exceptions, sender-logins, auth-policy-key-file. Settings
 * know nothing of each other: the old ones are good until they are freed.
 * path    NULL stands for CONF_PATH, and for the defaults when there is no such file
 * errors  gets every error of all files; see errors.h
 * NULL, with at least one error, when something is wrong. */
NODISCARD struct conf *conf_read(const char *path, struct conf_errors *errors);

/* The same for a text in memory; opens nothing, so there are no exceptions yet.
 * path  names the text in errors; relative paths begin at its folder
 * Neither are there senders, nor the key of auth-policy-key-file. */
NODISCARD struct conf *conf_parse(const char *path, struct slice text, struct conf_errors *errors);

/* Add the exceptions of a text in memory, or of the file conf->exceptions_path; once. False, with
 * at least one error and no exception added, when something is wrong. */
NODISCARD bool conf_parse_exceptions(struct conf *conf, const char *path, struct slice text,
                                     struct conf_errors *errors);
NODISCARD bool conf_read_exceptions(struct conf *conf, struct conf_errors *errors);

/* The same for the rows of sender-logins. */
NODISCARD bool conf_parse_senders(struct conf *conf, const char *path, struct slice text,
                                  struct conf_errors *errors);
NODISCARD bool conf_read_senders(struct conf *conf, struct conf_errors *errors);

/* Accepts NULL. */
void conf_free(struct conf *conf);

/* The line where the file sets this key of its top level, for complaints; 0 where it does not. */
uint32_t conf_line(const struct conf *conf, const char *key);

enum { CONF_POLICY_EXCEPTIONS = 8, CONF_POLICY_PLACES = 16 };

/* What the settings say of one account at one time. */
struct conf_policy {
    struct conf_limits limits; /* with exceptions ("limit x 3") multiplied in */
    bool trusted_bulk;         /* volume and strangers are no evidence */
    bool never_hold;           /* then never_lock is true, too */
    bool never_lock;
    double times;                    /* that the limits were multiplied by; 1 */
    struct conf_countries countries; /* where it may be besides the home countries */
    /* The exceptions in force, which live as long as the settings; those that find no room here
     * have their effect all the same. */
    const struct conf_exception *exceptions[CONF_POLICY_EXCEPTIONS];
    uint32_t exceptions_n;
    uint32_t submission; /* private: which submission { } holds; 0: none */
    /* Private: network and as exceptions in force; beyond so many they have no effect. */
    const struct conf_exception *places[CONF_POLICY_PLACES];
    uint32_t places_n;
};

/* account       as account_fold gives it; empty gives the limits of the top level
 * at            the time for which exceptions are asked
 * utc_offset_s  of the local calendar by which an exception's days begin and end */
struct conf_policy conf_account(const struct conf *conf, struct slice account, struct wall at,
                                int32_t utc_offset_s);

/* The host is one that many people share: neither news nor evidence. "No address" is none. */
bool conf_own_address(const struct conf *conf, const struct ip *ip);
bool conf_has_own_addresses(const struct conf *conf);
/* Those of own-addresses that are single ones, into `out`. Returns how many. */
size_t conf_own_single(const struct conf *conf, struct ip *out, size_t room);

bool conf_shared_client(const struct conf *conf, const struct ip *ip);

/* "DE", upper case. False for every country when no home country is set. */
bool conf_home_country(const struct conf *conf, const char *code);

/* An account may submit mail from there. True where no submission { } says anything else; true for
 * private addresses, shared clients, and "no address".
 * policy   from conf_account, of these settings
 * country  "DE"; "" when not known, which is in no country of a list
 * as       0 when not known */
bool conf_submission_allowed(const struct conf *conf, const struct conf_policy *policy,
                             const struct ip *ip, const char *country, uint32_t as);

enum conf_sender {
    CONF_SENDER_OWN,
    CONF_SENDER_NOT_OWN,      /* its row names other logins */
    CONF_SENDER_NO_SUCH_RULE, /* no row has it; nor when there are no rows at all */
};

/* Whether an account may use a reverse-path, by the rows of sender-logins. An address that is the
 * account's own name is its own, with or without a "+extension"; so is the null reverse-path.
 * sender   as address_fold gives it; empty: null
 * account  as conf_fold_account gives it */
enum conf_sender conf_sender_allowed(const struct conf *conf, struct slice sender,
                                     struct slice account);

/* The answer of a table (socketmap_table(5)) for the row of a sender, or of its domain: "OK
 * alice@example.test, bob@example.test". False, and nothing added, when there is none. */
bool conf_sender_logins(const struct conf *conf, struct slice sender, struct buf *out);

/* True when something is refused by account: a submission { }, sender-logins, or limits that defer
 * or reject. */
bool conf_has_rules(const struct conf *conf);

/* A login name in the form in which the settings compare accounts. Into `out`. */
struct slice conf_fold_account(struct slice login, char out[ADDRESS_MAX]);

/* Whether an exception has begun, and whether it is over. */
enum conf_season conf_exception_season(const struct conf_exception *e, struct wall at,
                                       int32_t utc_offset_s);

/* The key of a rate as the file spells it: "messages-per-hour". Never NULL. */
const char *conf_rate_name(enum conf_rate rate);

#endif
