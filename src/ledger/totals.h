/* totals.h - counts of log events, defined as pflogsumm(1) 1.1.5 defines those it has; where it
 * counts a reused queue id as one message, or leaves out a service it does not know by name, we
 * count each. */
#ifndef LEDGER_TOTALS_H
#define LEDGER_TOTALS_H

#include "base/distinct.h"
#include "proto/record.h"

struct totals {
    uint64_t submitted;         /* messages accepted from a login: first "queue active" of each */
    uint64_t local_submissions; /* the same, from sendmail(1) */
    uint64_t received;          /* client= and pickup lines */
    uint64_t delivered;         /* recipients: status=sent, but for "forwarded as" */
    uint64_t forwarded;         /* recipients: status=sent (forwarded as ...) */
    uint64_t deferred;          /* messages with at least one deferral */
    uint64_t deferrals;         /* recipients: status=deferred, each time */
    uint64_t bounced;           /* recipients: status=bounced */
    uint64_t rejected; /* reject: of smtpd, postscreen, cleanup; milter-reject: of cleanup */
    uint64_t reject_warnings, held, discarded;
    uint64_t milter_rejected; /* milter-reject: of smtpd, which pflogsumm leaves out */
    uint64_t logins, login_failures;
    uint64_t bytes_received, bytes_delivered;
    struct distinct senders, sending_domains, recipients, recipient_domains;
};

/* `{ 0 }` is ready for use; frees what it allocated. */
void totals_done(struct totals *t);

/* Count a line that refuses, holds or discards something. */
void totals_refusal(struct totals *t, const struct record *r);

/* The key of a client's domain as pflogsumm shortens it ("mail.example.test" to "example.test"); of
 * the address for a client without a verified name. */
uint64_t totals_client_domain(struct slice client_name, struct slice client_address);

/* Count the first "queue active" line of a message that came in (not of a bounce or forward).
 * sender         as logged, without <>
 * client_domain  key of the client it came from; stands in for the domain of the null sender */
void totals_queued(struct totals *t, struct slice sender, uint64_t client_domain, uint64_t size);

/* Count one delivery result.
 * recipient       as logged, without <>
 * size            of the message; 0 when it is not known
 * first_deferral  no recipient of this message was deferred before */
void totals_delivery(struct totals *t, const struct record *r, struct slice recipient,
                     uint64_t size, bool first_deferral);

#endif
