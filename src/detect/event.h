/* event.h - the one form in which anything reaches detection. Times come with the events; detection
 * reads no clock. Slices are borrowed and live as long as the call. */
#ifndef DETECT_EVENT_H
#define DETECT_EVENT_H

#include "base/hash.h"
#include "base/wall.h"
#include "mail/ip.h"
#include "mail/reply.h"

/* Who has a fuse. */
enum subject_kind {
    SUBJECT_ACCOUNT, /* a SASL login name, folded */
    SUBJECT_RELAY,   /* a host that may relay without login: its address as text */
    SUBJECT_LAN,     /* a host that the firewall saw trying SMTP by itself: its address as text */
    SUBJECT_LOCAL,   /* a local user who submits with sendmail(1): "uid 33" */
    SUBJECT_KINDS
};

struct subject {
    enum subject_kind kind;
    struct slice name;
    uint64_t hash; /* of kind and name: subject_make */
    uint32_t
        hint; /* verdict.fuse + 1 of an earlier event of this subject: saves a search; 0: none */
};

static inline struct subject subject_make(enum subject_kind kind, struct slice name)
{
    return (struct subject){ kind, name, hash_slice(name, (uint64_t)kind + 1), 0 };
}

/* The key by which addresses are remembered, folded and without <>. */
static inline uint64_t event_address_key(struct slice folded)
{
    return hash_slice(folded, 0);
}

/* A country's two letters (ISO 3166) as a number; 0 for "". */
static inline uint16_t event_country(const char code[3])
{
    return (uint16_t)((unsigned char)code[0] << 8 | (unsigned char)code[1]);
}

enum event_type {
    EVENT_LOGIN,         /* a mailbox login (IMAP, POP3) succeeded */
    EVENT_LOGIN_FAILURE, /* a login failed, mailbox or SMTP */
    EVENT_SUBMISSION,    /* a message was accepted and queued: its first "queue active" */
    EVENT_SOFTWARE,      /* what made a message that was submitted a moment ago became known */
    EVENT_DELIVERY,      /* one recipient of it: first result, or a later one (`retry`) */
    EVENT_REJECT,    /* a recipient, sender or message of a logged-in client was refused by us */
    EVENT_RECEIVED,  /* a message from elsewhere reached this account's mailbox */
    EVENT_FIREWALL,  /* a LAN host tried to reach an SMTP port outside */
    EVENT_BLOCKED,   /* a big provider began to refuse this server, maybe because of it */
    EVENT_COMPLAINT, /* a recipient told the own provider that a message of it is unwanted */
};

enum delivery_status {
    DELIVERY_SENT,
    DELIVERY_DEFERRED,
    DELIVERY_BOUNCED,
};

struct event {
    enum event_type type;
    bool sender_is_null; /* SUBMISSION: <> */
    bool local;          /* DELIVERY: into a mailbox of this server (lmtp, local, virtual, pipe) */
    bool site_refused;   /* DELIVERY: refused, as all mail of this server is there */
    bool retry;          /* DELIVERY: not the first result for this message's recipients */
    enum delivery_status status; /* DELIVERY; BLOCKED: bounced when the first refusal was of its
                                    mail, else sent */
    enum reply_class reply;      /* DELIVERY: why not sent */
    int32_t utc_offset_s;        /* of the log's wall clock at `at` */
    uint32_t recipients;         /* SUBMISSION: nrcpt; BLOCKED: its new recipients there */
    uint32_t count;              /* LOGIN_FAILURE, FIREWALL, COMPLAINT: how many (1, or more);
                                    BLOCKED: new recipients of all accounts there */
    struct wall at;              /* when it was seen */
    struct wall queued;          /* DELIVERY: when the message was first active */
    struct subject subject;
    struct ip client;       /* where from; all zero when not known or local */
    uint32_t provider;      /* key of whose network that is: from its verified name or the AS; 0 */
    uint32_t domain;        /* DELIVERY refused as spam: key of the domain of the recipient */
    uint32_t software;      /* SUBMISSION: key of how the client looks (client_key); 0: not known */
    struct ip destination;  /* FIREWALL: where to */
    uint16_t senders;       /* BLOCKED: how many accounts sent there */
    uint16_t country;       /* two letters (event_country) of the client's country; 0: not known */
    bool at_home;           /* that is one of the site's home countries */
    bool shared;            /* the client is a host of many users (webmail, proxy): says nothing */
    struct slice sender;    /* SUBMISSION: the reverse-path, folded, without <> */
    struct slice recipient; /* DELIVERY: folded, without <> */
    struct slice queue_id;  /* SUBMISSION, DELIVERY */
    struct slice text;      /* DELIVERY: the reply, as logged; for reports */
    uint64_t
        correspondent; /* event_address_key; DELIVERY: of the recipient; RECEIVED: of the sender */
    uint64_t message_id;   /* DELIVERY: hash of the Message-ID (sent_message_key), or 0 */
    struct slice protocol; /* LOGIN, LOGIN_FAILURE: "imap", "pop3", "smtp" ... */
    uint64_t size;         /* SUBMISSION: bytes */
};

#endif
