/* arf.h - a complaint about a message, as providers send it: the Abuse Reporting Format and what
 * Hotmail's JMRP sends instead (a multipart/mixed with the message, which begins with
 * X-HmXmrOriginalRecipient). All of it is the word of a stranger.
 * Parts are looked for to a depth of ARF_DEPTH; each byte is read a fixed number of times. What is
 * not encoded is not copied: the slices point into the input, else into the arena. They may be
 * folded (mime.h) and hold any byte. Sources: RFC 5965 (ARF), RFC 6591 (auth-failure), RFC 6430
 * (not-spam); the types opt-out and opt-out-list are from drafts of RFC 5965 and in use. */
#ifndef PROTO_ARF_H
#define PROTO_ARF_H

#include "base/arena.h"
#include "base/attributes.h"
#include "mail/ip.h"
#include "proto/received.h"

enum {
    ARF_DEPTH = 4,       /* parts in parts */
    ARF_PARTS = 64,      /* looked at in all */
    ARF_RECIPIENTS = 8,  /* kept; the rest is counted */
    ARF_HOPS = 16,       /* Received fields kept, the topmost */
    ARF_DECODED = 65536, /* bytes taken of a part that is encoded */
};

enum arf_type {
    ARF_ABUSE,
    ARF_FRAUD,
    ARF_VIRUS,
    ARF_OTHER, /* also: a type that is not known */
    ARF_NOT_SPAM,
    ARF_AUTH_FAILURE,
    ARF_OPT_OUT,
    ARF_TYPES
};

/* "abuse", "not-spam": as the RFCs spell it. */
const char *arf_type_name(enum arf_type t);

struct arf {
    bool hotmail; /* JMRP's form: there are no fields of a report */
    enum arf_type type;
    struct slice type_text;                  /* as it was written */
    struct slice agent;                      /* User-Agent */
    struct slice source;                     /* Source-IP as written */
    struct ip source_ip;                     /* all zero when none is named, or none can be read */
    struct slice arrival;                    /* Arrival-Date, or the older Received-Date */
    struct slice mail_from;                  /* Original-Mail-From, without <> */
    struct slice domain;                     /* Reported-Domain, the first */
    struct slice auth_failure;               /* RFC 6591: "bodyhash", "spf" */
    struct slice result;                     /* RFC 6591: Delivery-Result */
    struct slice recipients[ARF_RECIPIENTS]; /* Original-Rcpt-To, Removal-Recipient; without <> */
    uint32_t recipients_n, recipients_all;
    uint32_t incidents;    /* 1 when not given */
    struct slice reporter; /* From of the report, as written */

    /* of the message complained of, or its header */
    bool has_message;
    struct slice message_id;        /* without <> */
    struct received hops[ARF_HOPS]; /* the last server first */
    uint32_t hops_n;

    bool cut; /* the report ends too early */
};

/* Read one report, a whole message of RFC 5322; a byte order mark or the "From " line of an mbox
 * may precede it.
 * room  for what has to be decoded
 * NULL, or why it is no report, as the end of a sentence "this is no report: ..."; `out` is written
 * in any case. */
NODISCARD const char *arf_parse(struct slice in, struct arena *room, struct arf *out);

#endif
