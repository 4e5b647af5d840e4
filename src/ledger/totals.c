#include "ledger/totals.h"

#include "base/hash.h"
#include "mail/address.h"

#include "base/ban.h"

enum { NULL_SENDER_KEY = 1 };

void totals_done(struct totals *t)
{
    distinct_done(&t->senders);
    distinct_done(&t->sending_domains);
    distinct_done(&t->recipients);
    distinct_done(&t->recipient_domains);
    *t = (struct totals){ 0 };
}

/* What a milter decided: pflogsumm sees it where cleanup says so, as a reject, hold or discard like
 * any other. */
static void milter_refusal(struct totals *t, const struct record *r, struct slice action)
{
    bool cleanup = slice_eq(r->daemon, SLICE("cleanup"));

    if (slice_ends(action, SLICE("reject")))
        *(cleanup ? &t->rejected : &t->milter_rejected) += r->repeat;
    else if (cleanup && slice_ends(action, SLICE("hold")))
        t->held += r->repeat;
    else if (cleanup && slice_ends(action, SLICE("discard")))
        t->discarded += r->repeat;
}

void totals_refusal(struct totals *t, const struct record *r)
{
    struct slice action = record_get(r, FIELD_ACTION);
    uint64_t n = r->repeat;

    if (r->event == RECORD_REJECT_WARNING) {
        t->reject_warnings += n;
    } else if (r->event == RECORD_REJECT) {
        t->rejected += n;
    } else if (r->event == RECORD_MILTER) {
        milter_refusal(t, r, action);
    } else if (r->event == RECORD_ACTION && slice_eq(action, SLICE("hold"))) {
        t->held += n;
    } else if (r->event == RECORD_ACTION && slice_eq(action, SLICE("discard"))) {
        t->discarded += n;
    } else if (r->event == RECORD_ACTION && slice_eq(r->daemon, SLICE("cleanup")) &&
               slice_starts(action, SLICE("warn"))) {
        t->reject_warnings += n;
    }
}

static void bytes_add(uint64_t *sum, uint64_t size)
{
    *sum = size < UINT64_MAX - *sum ? *sum + size : UINT64_MAX;
}

/* The key of an address with only its domain in lower case, as pflogsumm compares them. */
static uint64_t address_key(struct slice address, uint64_t *domain_key)
{
    struct slice domain = address_domain(address);
    struct slice local = slice_head(address, address.n - domain.n);
    char folded[ADDRESS_MAX];

    *domain_key = hash_slice(address_lower(domain, folded), 0);
    return hash_u64(hash_slice(local, 0) ^ *domain_key);
}

uint64_t totals_client_domain(struct slice name, struct slice address)
{
    struct slice rest = name, last, before;

    if (name.n == 0 || slice_eq(name, SLICE("unknown")))
        return hash_slice(address, 0);
    if (!slice_cut_last(&rest, '.', &last) || !slice_cut_last(&rest, '.', &before))
        return hash_slice(name, 0);
    if (last.n == 2 && (before.n == 2 || before.n == 3) && slice_cut_last(&rest, '.', &before))
        return hash_slice(slice_between(before.p, name.p + name.n), 0);
    return hash_slice(slice_between(before.p, name.p + name.n), 0);
}

void totals_queued(struct totals *t, struct slice sender, uint64_t client_domain, uint64_t size)
{
    uint64_t domain = client_domain;
    uint64_t key = NULL_SENDER_KEY;

    bytes_add(&t->bytes_received, size);
    if (sender.n > 0) {
        key = address_key(sender, &domain);
        if (address_domain(sender).n == 0)
            domain = client_domain;
    }
    distinct_add(&t->senders, key);
    distinct_add(&t->sending_domains, domain);
}

static void count_delivered(struct totals *t, struct slice recipient, uint64_t size)
{
    uint64_t domain;

    distinct_add(&t->recipients, address_key(recipient, &domain));
    distinct_add(&t->recipient_domains, domain);
    t->delivered++;
    bytes_add(&t->bytes_delivered, size);
}

void totals_delivery(struct totals *t, const struct record *r, struct slice recipient,
                     uint64_t size, bool first_deferral)
{
    struct slice status = record_get(r, FIELD_STATUS);

    if (slice_eq(status, SLICE("sent"))) {
        if (slice_starts(record_get(r, FIELD_REPLY), SLICE("forwarded as ")))
            t->forwarded++;
        else
            count_delivered(t, recipient, size);
    } else if (slice_eq(status, SLICE("deferred"))) {
        t->deferrals++;
        t->deferred += first_deferral;
    } else if (slice_eq(status, SLICE("bounced"))) {
        t->bounced++;
    }
}
