/* daemon.h - what `mailfuse run` is told besides what detection needs: where it listens and looks,
 * as whom it runs, which servers it protects. Every text is a C string of the arena of its
 * `struct conf` (or a literal), never NULL unless said so; "" is "none". Paths are complete. */
#ifndef CONF_DAEMON_H
#define CONF_DAEMON_H

#include "base/buf.h"
#include "conf/alerts.h"
#include "mail/dnsbl.h"

enum conf_mode {
    CONF_OBSERVE, /* decide and report, act on nothing */
    CONF_ENFORCE,
};

/* What a lock refuses at Dovecot. Postfix refuses mail either way. */
enum conf_lock_logins { CONF_LOCK_ALL, CONF_LOCK_SUBMISSION };

enum { CONF_UNIX_PATH_MAX = 107 }; /* bytes of a path in a struct sockaddr_un, without its NUL */

/* A place to listen: "unix:/path" or "inet:ADDRESS:PORT". */
struct conf_listen {
    const char *text; /* as written */
    const char *path; /* of a unix socket; NULL: inet */
    struct ip ip;     /* "::" is all addresses */
    uint16_t port;
    uint32_t line; /* 0: a default */
};

struct conf_listens {
    const struct conf_listen *all;
    uint32_t n;
};

/* "hash:/path": a map that Postfix looks up by itself. */
struct conf_map {
    const char *text; /* "" for none; then type and path are "", too */
    const char *type; /* hash, btree, cdb or lmdb: postmap(1) makes a file of it */
    const char *path; /* of the source, without .db */
};

struct conf_bruteforce {
    uint32_t failures; /* after so many an address is refused; 0: never */
    int64_t refuse_ms; /* for so long */
    int64_t memory_ms; /* failures older than that are forgotten */
    int64_t tarpit_ms; /* what an answer after a failure waits; 0: nothing */
};

/* The occasions on which a sender or a login hears a text of the administrator's. */
enum conf_reply {
    CONF_REPLY_LOCKED,            /* the account is locked */
    CONF_REPLY_BLOCKED_RECIPIENT, /* nobody may write to that address */
    CONF_REPLY_NOT_ALLOWED_HERE,  /* submission { } */
    CONF_REPLY_SENDER_NOT_OWN,    /* sender-logins */
    CONF_REPLY_LIMIT,             /* limits, with at-limit defer or reject */
    CONF_REPLY_HOLD,              /* the message goes to the hold queue */
    CONF_REPLY_NO_ROOM,           /* it would, but there is no room for it */
    CONF_REPLIES
};

enum {
    CONF_REPLY_MAX = 400,       /* bytes of a text in the file */
    CONF_REPLY_FULL_MAX = 1200, /* with number and account filled in; then cut */
};

/* DNS lists that are asked now and then about our own addresses and domains. */
struct conf_dnsbl {
    int64_t every_ms;  /* 0: never */
    const char *lists; /* path; "": CONF_LISTS_PATH, if it is there */
    struct dnsbl_server resolvers[DNSBL_SERVERS_MAX];
    uint32_t resolvers_n;                 /* 0: own recursion */
    const struct dnsbl_subject *subjects; /* besides our own addresses */
    uint32_t subjects_n;
};

/* What refusals of other servers mean for all mail of ours. */
struct conf_refusals {
    const char *rules; /* path; "": CONF_PROVIDERS_PATH, if it is there */
    uint32_t accepted; /* messages in a row by which a block is over */
    int64_t quiet_ms;  /* without a refusal, the same */
};

/* How the emergency relay is spoken to. */
enum conf_relay_tls {
    CONF_RELAY_SECURE,  /* TLS, and the certificate is that of the host */
    CONF_RELAY_ENCRYPT, /* TLS with anybody */
    CONF_RELAY_PLAIN,   /* none; only on this machine and in private networks */
};

/* What becomes of the mail of suspicious accounts while only that of the others takes the relay. */
enum conf_relay_suspicious { CONF_RELAY_DIRECT, CONF_RELAY_HOLD };

/* The second way out. */
struct conf_relay {
    const char *host;        /* "[smtp.example.test]:587", as Postfix writes a next hop; "": none */
    const char *credentials; /* path of a texthash table of Postfix; "": no login */
    const char *ca_file;
    enum conf_relay_tls tls;
    enum conf_relay_suspicious suspicious;
    bool automatic, only_clean;
    int64_t back_after_ms;      /* so long nothing is listed before it is switched back by itself */
    const struct ip *addresses; /* of which a listing switches; none: all of ours */
    uint32_t addresses_n;
};

#define CONF_FEEDBACK_USER "mailfuse-feedback" /* unless the settings say; need not exist */

struct conf_daemon {
    enum conf_mode mode;
    const char *user;
    const char *state_directory;
    const char *control_socket;
    const char *control_group; /* "": root only */
    const char *feedback_user; /* may tell of complaints, and nothing else; "": nobody is such */
    struct conf_listens policy, socketmap, auth_policy, metrics;
    const char *auth_policy_key;      /* "": none; also when it came from the file */
    const char *auth_policy_key_file; /* "": none */
    uint32_t auth_policy_key_line;    /* of either, for complaints */
    const char *const *logs;          /* paths */
    uint32_t logs_n;
    bool journal;
    const char *postfix_config_directory, *postfix_command_directory;
    const char *dovecot_config; /* "": no Dovecot */
    const char *doveadm;
    struct conf_map postfix_lock_map;
    const char *dovecot_deny_file; /* "": none */
    enum conf_lock_logins lock_logins;
    struct conf_bruteforce bruteforce;
    struct conf_dnsbl dnsbl;
    struct conf_refusals providers;
    struct conf_relay relay;
    struct conf_alerts alerts;
    const char *reply[CONF_REPLIES]; /* printable ASCII; %i, %a and %% to be filled in */
    uint32_t snapshot_seconds;
    uint32_t queue_alert;   /* messages that wait; 0: never */
    uint32_t spool_free;    /* percent of the queue's disk; 0: never */
    uint32_t spool_reserve; /* percent of it that stays Postfix's; 0: nothing */
};

/* All defaults. */
struct conf_daemon conf_daemon_defaults(void);

/* The text of a reply with %i as the number of the incident, %a as the account, of which everything
 * but printable ASCII becomes '?'. One line, no CR, LF or NUL; added to `out`. */
void conf_reply_add(struct buf *out, const struct conf_daemon *daemon, enum conf_reply reply,
                    uint64_t incident, struct slice account);

/* The key of a reply as the file spells it: "blocked-recipient". Never NULL. */
const char *conf_reply_name(enum conf_reply reply);

#endif
