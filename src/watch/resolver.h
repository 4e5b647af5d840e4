/* resolver.h - DNS questions by libunbound in the event loop of the caller: no thread, no wait.
 * It asks the servers of a zone itself, or forwarders. Answers are cached for their time to live,
 * at most fifteen minutes. DNSSEC is not looked at: hardly any list signs.
 * Source: libunbound(3), unbound-event.h. */
#ifndef WATCH_RESOLVER_H
#define WATCH_RESOLVER_H

#include <event2/event.h>

#include "mail/dnsbl.h"
#include "proto/dns_answer.h"

enum resolver_end {
    RESOLVER_ANSWER,  /* also that there is no such name: look at the code */
    RESOLVER_TIMEOUT, /* nobody answered in time */
    RESOLVER_FAILED,  /* the answer was no DNS, or the name cannot be asked for */
};

/* answer  lives as long as the call; NULL unless RESOLVER_ANSWER */
typedef void resolver_done(void *ctx, enum resolver_end end, const struct dns_answer *answer);

struct resolver;

/* servers  forwarders; none: own recursion, from the root on
 * Returns NULL after a reason in `why`. */
struct resolver *resolver_new(struct event_base *base, const struct dnsbl_server *servers, size_t n,
                              struct buf *why);

/* Ask, and call `done` once, sooner or later but never from within resolver_ask.
 * type  DNS_A or DNS_TXT */
void resolver_ask(struct resolver *r, const char *name, int type, int64_t timeout_ms,
                  resolver_done *done, void *ctx);

/* Accepts NULL. Calls no `done` any more; not to be called from within one. */
void resolver_free(struct resolver *r);

/* The name servers of a text in the form of resolv.conf(5). Returns how many; what is no address
 * is left out. */
size_t resolver_read_conf(struct slice text, struct dnsbl_server out[DNSBL_SERVERS_MAX]);

#endif
