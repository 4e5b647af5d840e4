/* record.h - what was understood of one log line: the one form in which Postfix, Dovecot and kernel
 * lines leave proto/. The fields borrow from the line, or are constants. Field names are Postfix's
 * own where it has one. */
#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include "base/attributes.h"
#include "base/slice.h"

/* The order is free; RECORD_FIELDS is at most 64. The names are in record.c. */
enum record_field {
    FIELD_CLIENT_NAME,
    FIELD_CLIENT_ADDRESS,
    FIELD_CLIENT_PORT,
    FIELD_HELO_NAME,
    FIELD_PROTOCOL_NAME,
    FIELD_SASL_METHOD,
    FIELD_SASL_USERNAME, /* also Dovecot's user=<> */
    FIELD_SASL_SENDER,
    FIELD_SENDER,
    FIELD_RECIPIENT,
    FIELD_ORIG_RECIPIENT,
    FIELD_RELAY_NAME,
    FIELD_RELAY_ADDRESS,
    FIELD_RELAY_PORT,
    FIELD_DELAY,
    FIELD_DELAYS,
    FIELD_DSN,
    FIELD_STATUS, /* sent, deferred, bounced, expired, undeliverable, deliverable */
    FIELD_REPLY,  /* an SMTP reply: of ours in a reject, of the peer's in a delivery */
    FIELD_SIZE,
    FIELD_NRCPT,
    FIELD_MESSAGE_ID,
    FIELD_UID,
    FIELD_ACTION, /* reject, hold, discard, warn, info, filter, redirect, bcc, prepend, ... */
    FIELD_STAGE,  /* CONNECT, EHLO, MAIL, RCPT, DATA, END-OF-MESSAGE, ... */
    FIELD_REASON,
    FIELD_ORIG_QUEUE_ID,
    FIELD_ORIG_CLIENT,
    FIELD_NEW_QUEUE_ID,
    FIELD_TLS_LEVEL, /* Anonymous, Untrusted, Trusted, Verified */
    FIELD_TLS_PROTOCOL,
    FIELD_TLS_CIPHER,
    FIELD_SERVER_ADDRESS, /* Dovecot's lip=; a firewall line's DST */
    FIELD_SERVER_PORT,    /* a firewall line's DPT */
    FIELD_SESSION,        /* Dovecot's session=<> */
    FIELD_COUNTS,         /* "ehlo=1 auth=0/1 ..." of disconnect */
    FIELD_DNSBL_DOMAIN,
    FIELD_DNSBL_RANK,
    FIELD_DNSBL_REPLY,
    FIELD_INTERFACE_IN,
    FIELD_INTERFACE_OUT,
    FIELD_PREFIX, /* of a firewall rule */
    FIELD_TEXT, /* the rest of a line of which no more is of use; never of a line with a password */
    RECORD_FIELDS
};

/* What a line tells. The name of each, as `mailfuse parse` prints it, is in record.c. */
enum record_event {
    RECORD_UNKNOWN, /* not understood */
    RECORD_OTHER,   /* understood, and of no use here (master started, statistics, config) */

    /* Postfix: sessions */
    RECORD_CONNECT,
    RECORD_DISCONNECT,
    RECORD_LOST_CONNECTION, /* "lost connection after", "timeout after", "too many errors after" */
    RECORD_TLS,
    RECORD_LOGIN_FAILURE,  /* SASL authentication failed; Dovecot's failures too */
    RECORD_CLIENT,         /* client=: a queue id was given; an attempt, not yet a message */
    RECORD_REJECT,         /* reject: and 5xx/4xx answers; NOQUEUE or with a queue id */
    RECORD_REJECT_WARNING, /* soft_bounce, warn_if_reject */
    RECORD_ACTION, /* hold, discard, filter, redirect, warn, info, ... of access maps and checks */
    RECORD_MILTER, /* milter-reject, milter-hold, milter-discard */
    RECORD_PROXY,  /* proxy-accept, proxy-reject */

    /* Postfix: the life of a message */
    RECORD_MESSAGE_ID,
    RECORD_PICKUP,        /* local submission: uid= from= */
    RECORD_QUEUE_ACTIVE,  /* from=, size=, nrcpt= (queue active) */
    RECORD_DELIVERY,      /* to=... status= */
    RECORD_BOUNCE_NOTICE, /* sender non-delivery / delivery status / delay notification: new queue
                             id */
    RECORD_EXPIRED,       /* from=<>, status=expired, returned to sender; force-expired */
    RECORD_REMOVED,
    RECORD_CANCELED,  /* queue id: canceled (Postfix 3.10) */
    RECORD_POSTSUPER, /* hold, release, requeue, delete of one queue id: FIELD_ACTION */

    /* Postfix: the rest */
    RECORD_POSTSCREEN, /* FIELD_ACTION is the word: CONNECT, PASS NEW, DNSBL, PREGREET, HANGUP ...
                        */
    RECORD_DNSBLOG,
    RECORD_ANVIL,
    RECORD_VERIFY,
    RECORD_WARNING, /* warning:, error:, fatal:, panic: with FIELD_ACTION the word, FIELD_REASON the
                       text */
    RECORD_STATISTICS,

    /* Dovecot */
    RECORD_LOGIN, /* imap-login, pop3-login, submission-login, managesieve-login */
    RECORD_LOGOUT,
    RECORD_AUTH_POLICY,
    RECORD_MAILBOX, /* lmtp, lda, sieve: something was stored or refused */

    /* the kernel */
    RECORD_FIREWALL,

    /* "last message repeated N times": the same as the line before, `repeat` times */
    RECORD_REPEATED,
    RECORD_EVENTS
};

struct record {
    enum record_event event;
    uint32_t repeat; /* 1; N for "message repeated N times" */
    uint64_t have;   /* one bit for each field that is set */
    uint64_t unread; /* one bit for each event whose fields the reader has no use for */
    struct slice
        instance; /* "postfix" of postfix/submission/smtpd (syslog_name); "dovecot"; "kernel" */
    struct slice service;              /* "submission" of the same; empty for postfix/smtpd */
    struct slice daemon;               /* "smtpd"; of Dovecot "imap-login", "auth" ... */
    struct slice queue_id;             /* empty without one, also for NOQUEUE */
    struct slice field[RECORD_FIELDS]; /* only those in `have` are written */
};

static inline void record_set(struct record *r, enum record_field f, struct slice value)
{
    r->field[f] = value;
    r->have |= (uint64_t)1 << f;
}

static inline bool record_has(const struct record *r, enum record_field f)
{
    return (r->have >> f & 1) != 0;
}

/* True when nobody asks for the fields of what the line tells: they need not be looked for. */
static inline bool record_unread(const struct record *r)
{
    return (r->unread >> r->event & 1) != 0;
}

/* The field, or an empty slice. */
static inline struct slice record_get(const struct record *r, enum record_field f)
{
    return record_has(r, f) ? r->field[f] : (struct slice){ NULL, 0 };
}

/* "client_address"; "queue_active". Never NULL. Stable: they are documented in mailfuse(1). */
const char *record_field_name(enum record_field f);
const char *record_event_name(enum record_event e);

/* True for fields whose values are decimal numbers (uid, size, nrcpt, ports, delay). */
bool record_field_is_number(enum record_field f);

#endif
