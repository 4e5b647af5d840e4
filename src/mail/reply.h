/* reply.h - what another mail server's refusal means, from its enhanced status code (RFC 3463) and
 * its text. Servers disagree about codes, so the text decides where the two differ. Pure. */
#ifndef MAIL_REPLY_H
#define MAIL_REPLY_H

#include "base/slice.h"

enum reply_class {
    REPLY_OTHER,             /* nothing we know */
    REPLY_UNKNOWN_RECIPIENT, /* the mailbox does not exist, or is disabled or inactive */
    REPLY_UNKNOWN_DOMAIN,    /* no such domain, null MX, no route to a host of that name */
    REPLY_SPAM, /* our message, sender or address is refused as spam, by reputation or by list */
    REPLY_RATE, /* too much at a time: throttled, too many connections or recipients */
    REPLY_GREYLISTED,   /* greylisting: try again later */
    REPLY_MAILBOX_FULL, /* over quota, too little storage */
    REPLY_POLICY, /* not spam: authentication (SPF, DMARC), size, relaying denied, sender refused */
    REPLY_UNREACHABLE, /* timeouts, refused connections, TLS trouble, DNS trouble */
    REPLY_CLASSES
};

/* A short name for reports and JSON: "unknown recipient", "spam", ... Never NULL. */
const char *reply_class_name(enum reply_class c);

/* What a delivery result other than "sent" means.
 * dsn   "5.1.1", as logged after dsn=; may be empty
 * text  what stands in the parentheses after status=...; may be cut, may hold any byte
 * Costs one pass over at most the first 512 bytes of the text. */
enum reply_class reply_classify(struct slice dsn, struct slice text);

/* The part of a reply that is the same for every recipient: a key to count the commonest replies
 * by. Addresses, numbers of four digits and more, queue ids, URLs' last parts and host names before
 * "said:" are replaced by "…" or dropped. Into `out` of `room` bytes, cut to fit on a UTF-8
 * boundary; returns its length. */
size_t reply_pattern(struct slice text, char *out, size_t room);

/* True for a word, in any case, that refusals are made of, whoever is refused: it names nobody. Any
 * other may be somebody's name. */
bool reply_is_plain(struct slice word);

#endif
