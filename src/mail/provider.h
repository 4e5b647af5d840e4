/* provider.h - who runs the servers that mail goes to, and what their refusals mean for us: the
 * reputation of our address or domain, this one message, or nothing of the kind. Finer than
 * reply.h, which has no providers; slower, so only refusals are looked at, and not in the reply
 * path. Pure; the table is what somebody else has read (conf/providers.h). */
#ifndef MAIL_PROVIDER_H
#define MAIL_PROVIDER_H

#include "base/attributes.h"
#include "base/slice.h"
#include "mail/reply.h"

/* Why a message was refused. */
enum reply_cause {
    CAUSE_OTHER,      /* nothing that is known; servers that cannot be reached */
    CAUSE_ADDRESS,    /* reputation of our IP address: lists, too much spam from it */
    CAUSE_DOMAIN,     /* reputation of the sender's domain */
    CAUSE_CONTENT,    /* what the message says */
    CAUSE_RATE,       /* too much at a time */
    CAUSE_UNKNOWN,    /* no such mailbox or domain */
    CAUSE_FULL,       /* no room in the mailbox */
    CAUSE_GREYLISTED, /* every stranger is told to come again */
    CAUSE_POLICY,     /* SPF, DKIM, DMARC, reverse DNS, size, relaying */
    CAUSES
};

/* "address", "domain", "content" ...: as the table writes it, and for JSON. Never NULL. */
const char *reply_cause_name(enum reply_cause cause);
/* "the reputation of our address" ... Never NULL. */
const char *reply_cause_words(enum reply_cause cause);

/* True for the reputation of our address or domain: that it goes on for all mail of ours. */
static inline bool reply_cause_is_reputation(enum reply_cause cause)
{
    return cause == CAUSE_ADDRESS || cause == CAUSE_DOMAIN;
}

enum { PROVIDER_REPLY_MAX = 600 }; /* bytes of a reply, laid out by provider_lay, that count */

/* A refusal that is known. It is that one when a code and a phrase of it are there; without codes,
 * or without phrases, the others decide. */
struct provider_rule {
    enum reply_cause cause;
    const char *const *codes;   /* "421", "5.7.1"; NULL at the end */
    const char *const *phrases; /* laid out; a '*' stands for anything; NULL at the end */
    const char *words;          /* what it means, in a sentence; "" */
    const char *wants;          /* what is to be done, lines; "": as the provider's */
    const char *page;           /* where one asks or reads; "": as the provider's */
};

struct provider {
    const char *name;           /* "google" */
    const char *title;          /* "Google (Gmail, Workspace)" */
    const char *const *hosts;   /* of mail servers: these, and all below them; NULL at the end */
    const char *const *domains; /* of recipients; NULL at the end */
    const char *wants, *page;   /* of rules that have none; "" */
    const struct provider_rule *rules;
    uint32_t rules_n;
    bool big;        /* being refused there is worth an alarm at once */
    bool everywhere; /* no server of its own: its rules hold for what any server says */
    uint32_t line;   /* of its file */
};

struct provider_table {
    const struct provider *all;
    uint32_t n;
};

/* Whose server that is; without a host, whose recipient. Case does not count. NULL: not known. */
const struct provider *provider_of(const struct provider_table *table, struct slice host,
                                   struct slice domain);

/* The part of a host name by which servers that are not in the table are told apart: its last two
 * labels, three below a short label of a country ("mx1.mail.example.co.uk": "example.co.uk").
 * Points into `host`; empty for an address or a name without a dot. */
struct slice provider_site(struct slice host);

/* The server that speaks in a delivery result: "mx.test" of "host mx.test[192.0.2.1] said: ...".
 * Empty without one. */
struct slice provider_host_of(struct slice text);

struct provider_refusal {
    enum reply_cause cause;
    const struct provider *who;       /* that the rule is of; NULL: none of the rules */
    const struct provider_rule *rule; /* NULL: from what the words are like (reply.h) */
};

/* What a refusal means.
 * from  whose server says it; NULL: of one that is not in the table
 * dsn, text  as for reply_classify, of which `class` is the result */
struct provider_refusal provider_judge(const struct provider_table *table,
                                       const struct provider *from, struct slice dsn,
                                       struct slice text, enum reply_class class);

/* What is to be done, and the page, of a refusal or its provider; "" when neither has one. */
const char *provider_wants(const struct provider_refusal *r);
const char *provider_page(const struct provider_refusal *r);

/* A text as phrases are compared: ASCII letters in lower case, every run of blanks one, and what
 * Postfix leaves of the codes of further lines ("550-5.7.1 ") left out. Returns its length. */
size_t provider_lay(struct slice text, char out[PROVIDER_REPLY_MAX]);

#endif
