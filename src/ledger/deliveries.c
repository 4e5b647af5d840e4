/* deliveries.c - delivery results: whose they are, and what they tell about relays and our domains.
 */
#include "ledger/private.h"
#include "mail/provider.h"

#include "base/ban.h"

enum where {
    WHERE_OUTSIDE, /* to a server elsewhere */
    WHERE_HERE,    /* into a mailbox of this server, or to a neighbour */
    WHERE_NOWHERE, /* error, discard: no delivery was tried */
};

/* Through a neighbour: a store of mailboxes for our domains, a content filter, or the relay of this
 * site to the world. A filter on this host gives a queue id of ours back. */
static enum where through(const struct ledger *l, const struct record *r, const struct message *m,
                          const struct ip *relay, struct slice domain)
{
    if ((m->flags & (MESSAGE_LOGIN | MESSAGE_RELAYED)) == 0 || relays_is_own(&l->relays, domain))
        return WHERE_HERE;
    if (ip_is_loopback(relay) && record_has(r, FIELD_NEW_QUEUE_ID))
        return WHERE_HERE;
    return WHERE_OUTSIDE;
}

/* The server that smtp(8) handed the message to, or could not reach. */
struct peer {
    bool smtp;      /* it was not another program */
    bool neighbour; /* its address is a private one */
    struct ip ip;   /* none: relay=none, no connection was made */
};

static struct peer peer_of(const struct record *r)
{
    struct peer peer = { .smtp = slice_eq(r->daemon, SLICE("smtp")) };

    if (peer.smtp && ip_parse(record_get(r, FIELD_RELAY_ADDRESS), &peer.ip))
        peer.neighbour = ip_is_private(&peer.ip);
    return peer;
}

static enum where where_to(const struct ledger *l, const struct record *r, const struct message *m,
                           const struct peer *peer, struct slice domain)
{
    if (peer->smtp)
        return peer->neighbour ? through(l, r, m, &peer->ip, domain) : WHERE_OUTSIDE;
    return slice_eq(r->daemon, SLICE("error")) || slice_eq(r->daemon, SLICE("discard"))
               ? WHERE_NOWHERE
               : WHERE_HERE;
}

static enum delivery_status status_of(const struct record *r)
{
    struct slice status = record_get(r, FIELD_STATUS);

    if (slice_eq(status, SLICE("sent")))
        return DELIVERY_SENT;
    return slice_eq(status, SLICE("bounced")) ? DELIVERY_BOUNCED : DELIVERY_DEFERRED;
}

/* It was the client who named this recipient, no alias and no mailbox that sends its mail on. Of
 * what a content filter gave back only the line about the filter can tell. */
static bool client_asked(const struct record *r, const struct message *m, uint64_t recipient)
{
    if (ip_none(&m->client) || record_has(r, FIELD_ORIG_RECIPIENT))
        return false;
    return (m->flags & MESSAGE_CHILD) == 0 ||
           (!ip_is_loopback(&m->client) && (m->addressed & ledger_addressed(recipient)) != 0);
}

/* A message of no known owner leaves the server: its client is allowed to relay. */
static void find_relay_client(struct ledger *l, const struct ledger_input *in, struct message *m,
                              struct slice domain, uint64_t recipient)
{
    struct event event;
    char text[IP_TEXT_MAX];

    if ((m->flags & (MESSAGE_RECEIVED | MESSAGE_RELAYED)) != MESSAGE_RECEIVED ||
        !client_asked(in->record, m, recipient) || relays_is_own(&l->relays, domain) ||
        !relays_passed_on(&l->relays, &m->client, domain))
        return;
    m->flags |= MESSAGE_RELAYED;
    ledger_give(l, m, ledger_owner(l, SUBJECT_RELAY, slice_of(ip_text(&m->client, text))));
    if (m->subject == MESSAGE_NONE)
        return;
    relays_add(&l->relays, &m->client, m->subject);
    event = event_at(in, EVENT_SUBMISSION);
    event.client = m->client;
    event.recipients = m->nrcpt;
    event.size = m->size;
    event.queued = m->queued;
    event.queue_id = message_queue_id(m);
    ledger_emit_of(l, m->subject, &event);
}

/* Mail from outside came into a mailbox: its owner may well answer it. */
static void emit_received(struct ledger *l, const struct ledger_input *in, const struct message *m,
                          struct slice recipient)
{
    struct event event = event_at(in, EVENT_RECEIVED);

    if (m->sender_key == 0 || recipient.n == 0 ||
        (slice_eq(in->record->daemon, SLICE("pipe")) &&
         !relays_is_own(&l->relays, address_domain(recipient))))
        return;
    event.subject = subject_make(SUBJECT_ACCOUNT, recipient);
    event.client = m->client;
    event.correspondent = m->sender_key;
    ledger_emit(l, &event);
}

static void emit_delivery(struct ledger *l, const struct ledger_input *in, struct message *m,
                          struct slice recipient, uint64_t key, enum where where)
{
    struct event event = event_at(in, EVENT_DELIVERY);
    struct slice reply = record_get(in->record, FIELD_REPLY);

    event.client = m->client;
    event.provider = m->provider;
    event.recipient = recipient;
    event.correspondent = key;
    event.recipients = m->nrcpt;
    event.queue_id = message_queue_id(m);
    event.queued = m->queued;
    event.message_id = m->message_id;
    event.status = status_of(in->record);
    event.local = where == WHERE_HERE;
    event.retry = (m->flags & MESSAGE_RETRIED) != 0;
    event.text = reply;
    if (event.status != DELIVERY_SENT)
        event.reply = reply_memo_class(&l->replies, record_get(in->record, FIELD_DSN), reply);
    if (event.reply == REPLY_SPAM && event.status != DELIVERY_SENT)
        event.domain = (uint32_t)hash_slice(address_domain(recipient), 9);
    ledger_emit_of(l, m->subject, &event);
}

/* Refused before anything was said to a server: its name is in the text only. */
static struct slice host_of(const struct record *r)
{
    struct slice host = record_get(r, FIELD_RELAY_NAME);

    return host.n > 0 && !slice_eq(host, SLICE("none"))
               ? host
               : provider_host_of(record_get(r, FIELD_REPLY));
}

static void tell_result(struct ledger *l, const struct ledger_input *in, const struct message *m,
                        struct slice recipient, uint64_t key)
{
    struct ledger_result result = { .at = in->line->at,
                                    .host = host_of(in->record),
                                    .recipient = recipient,
                                    .correspondent = key,
                                    .status = status_of(in->record),
                                    .dsn = record_get(in->record, FIELD_DSN),
                                    .text = record_get(in->record, FIELD_REPLY) };

    if (m->subject != MESSAGE_NONE)
        result.subject = &l->owners[m->subject];
    if (result.status != DELIVERY_SENT)
        result.class = reply_memo_class(&l->replies, result.dsn, result.text);
    l->options.results(l->options.sink_ctx, &result);
}

/* The recipient has a mailbox here: strangers write to no others, but with a login pipe(8) is given
 * mail to anybody where it is a content filter. */
static bool shows_our_domain(const struct record *r, const struct message *m)
{
    const uint32_t inside = MESSAGE_LOGIN | MESSAGE_RELAYED | MESSAGE_LOCAL | MESSAGE_LOOPBACK;

    if (slice_eq(r->daemon, SLICE("pipe")))
        return (m->flags & inside) == 0 && !record_has(r, FIELD_ORIG_RECIPIENT);
    return !slice_eq(r->daemon, SLICE("smtp"));
}

/* What the line tells about the message and about our domains. */
static void note_result(struct ledger *l, const struct ledger_input *in, struct message *m,
                        struct slice recipient, enum where where)
{
    const struct record *r = in->record;
    enum delivery_status status = status_of(r);

    m->seen = in->line->at;
    if (status == DELIVERY_DEFERRED)
        m->flags |= MESSAGE_DEFERRED;
    m->results += (m->flags & MESSAGE_RETRIED) == 0 && m->results < m->nrcpt;
    if (where == WHERE_HERE && status == DELIVERY_SENT && shows_our_domain(r, m))
        relays_own(&l->relays, address_domain(recipient));
}

void ledger_delivery(struct ledger *l, const struct ledger_input *in)
{
    const struct record *r = in->record;
    uint32_t index = MESSAGE_NONE;
    struct slice logged = record_get(r, FIELD_RECIPIENT), recipient;
    char folded[ADDRESS_MAX];
    struct message *m = NULL;
    struct peer peer;
    enum where where;
    uint64_t key;

    if (r->queue_id.n > 0)
        index = messages_find(&l->messages, in->host, r->queue_id);
    if (index == MESSAGE_NONE) {
        totals_delivery(&l->totals, r, logged, 0, true);
        return;
    }
    m = &l->messages.all[index];
    recipient = address_fold(logged, folded);
    key = event_address_key(recipient);
    ledger_foretell(l, m, key);
    totals_delivery(&l->totals, r, logged, m->size, (m->flags & MESSAGE_DEFERRED) == 0);
    peer = peer_of(r);
    where = where_to(l, r, m, &peer, address_domain(recipient));
    note_result(l, in, m, recipient, where);
    if (((!peer.smtp || peer.neighbour) && ledger_handed_on(l, in, m, key)) ||
        ledger_piped(l, in, m, key))
        return;
    if (m->subject == MESSAGE_NONE && where == WHERE_OUTSIDE)
        find_relay_client(l, in, m, address_domain(recipient), key);
    if (where == WHERE_HERE && status_of(r) == DELIVERY_SENT)
        emit_received(l, in, m, recipient);
    if (where == WHERE_OUTSIDE && l->options.results != NULL)
        tell_result(l, in, m, recipient, key);
    if (m->subject != MESSAGE_NONE)
        emit_delivery(l, in, m, recipient, key, where);
}
