/* wire.c - messages that the SMTP dialogue tells of, before the log does. */
#include "base/memory.h"
#include "ledger/client.h"
#include "ledger/private.h"

#include "base/ban.h"

enum {
    AWAITED_MAX = 1024,   /* the log tells within moments, or not at all */
    AGAIN_MS = 30 * 1000, /* so soon Postfix asks again when no answer came in time */
};

static struct event event_of(const struct ledger_submission *s, const struct message *m,
                             enum event_type type)
{
    return (struct event){ .type = type,
                           .at = s->at,
                           .utc_offset_s = s->utc_offset_s,
                           .count = 1,
                           .client = m->client,
                           .provider = m->provider };
}

void ledger_smtp_login(struct ledger *l, struct message *m, struct event *login)
{
    failures_success(&l->failures, &m->client);
    login->client = m->client;
    login->provider = m->provider;
    login->protocol = SLICE("smtp");
    if (m->subject != MESSAGE_NONE)
        ledger_emit_of(l, m->subject, login);
}

void ledger_program(struct ledger *l, const struct ledger_input *in, struct message *m)
{
    struct event event = event_at(in, EVENT_SOFTWARE);

    event.client = m->client;
    event.provider = m->provider;
    event.software = m->software;
    event.queue_id = message_queue_id(m);
    event.queued = m->queued;
    if (m->subject != MESSAGE_NONE)
        ledger_emit_of(l, m->subject, &event);
}

static void await(struct ledger *l, uint32_t index)
{
    if (l->awaited == NULL)
        l->awaited = memory_new(AWAITED_MAX, sizeof *l->awaited);
    if (l->awaited_n == AWAITED_MAX) { /* the older half is not waited for any more */
        l->awaited_n /= 2;
        memmove(l->awaited, l->awaited + l->awaited_n, l->awaited_n * sizeof *l->awaited);
    }
    l->awaited[l->awaited_n++] = index;
}

static uint32_t entered_by(const struct ledger_submission *s)
{
    return s->kind == SUBJECT_ACCOUNT ? MESSAGE_LOGIN : MESSAGE_RELAYED;
}

/* The entry of this message, a new one unless the log told of it a moment ago. */
static struct message *entry_of(struct ledger *l, const struct ledger_submission *s, bool *known)
{
    uint32_t index, owner;
    struct message *m;

    ledger_expect_owner(l, s->kind, s->account);
    index = messages_find(&l->messages, 0, s->queue_id);
    owner = ledger_owner(l, s->kind, s->account);
    *known = index != MESSAGE_NONE && l->messages.all[index].subject == owner &&
             (l->messages.all[index].flags & (entered_by(s) | MESSAGE_COUNTED)) == entered_by(s);
    if (!*known) {
        messages_expire(&l->messages, s->at);
        index = messages_add(&l->messages, 0, s->queue_id, s->at);
    }
    m = &l->messages.all[index];
    ledger_give(l, m, owner);
    m->client = s->client;
    if (s->kind == SUBJECT_ACCOUNT)
        m->provider = client_provider(s->client_name);
    return m;
}

/* What the message tells of the site: whose domain is ours, who relays. */
static void note_site(struct ledger *l, const struct ledger_submission *s, const struct message *m)
{
    if (s->kind == SUBJECT_ACCOUNT)
        relays_own(&l->relays, address_domain(s->account));
    else if (m->subject != MESSAGE_NONE && relays_find(&l->relays, &s->client) == UINT32_MAX)
        relays_add(&l->relays, &s->client, m->subject);
}

static void fill(struct message *m, const struct ledger_submission *s)
{
    char folded[ADDRESS_MAX];

    m->flags |= entered_by(s) | MESSAGE_COUNTED | MESSAGE_TOLD;
    m->seen = m->queued = s->at;
    m->size = s->size;
    m->nrcpt = s->recipients;
    m->sender_key = s->sender.n > 0 ? event_address_key(address_fold(s->sender, folded)) : 0;
}

/* The same message, of which the log says nothing yet. */
static bool told_already(const struct ledger *l, const struct ledger_submission *s)
{
    uint32_t index = messages_find(&l->messages, 0, s->queue_id);
    const struct message *m;

    if (index == MESSAGE_NONE)
        return false;
    m = &l->messages.all[index];
    return (m->flags & (MESSAGE_TOLD | MESSAGE_COUNTED | MESSAGE_SEEN)) ==
               (MESSAGE_TOLD | MESSAGE_COUNTED) &&
           m->subject != MESSAGE_NONE && l->owners[m->subject].kind == s->kind &&
           slice_eq(l->owners[m->subject].name, s->account) && m->size == s->size &&
           m->nrcpt == s->recipients && s->at.ms >= m->queued.ms &&
           s->at.ms - m->queued.ms < AGAIN_MS;
}

bool ledger_accept(struct ledger *l, const struct ledger_submission *s)
{
    char folded[ADDRESS_MAX];
    struct event event;
    struct message *m;
    bool known;

    if (told_already(l, s))
        return false;
    m = entry_of(l, s, &known);
    event = event_of(s, m, EVENT_LOGIN);
    fill(m, s);
    await(l, (uint32_t)(m - l->messages.all));
    note_site(l, s, m);
    if (!known && s->kind == SUBJECT_ACCOUNT)
        ledger_smtp_login(l, m, &event);
    if (m->subject == MESSAGE_NONE)
        return true;
    event = event_of(s, m, EVENT_SUBMISSION);
    event.software = (m->flags & MESSAGE_PROGRAM) != 0 ? m->software : 0;
    event.sender = address_fold(s->sender, folded);
    event.sender_is_null = s->sender.n == 0;
    event.recipients = s->recipients;
    event.size = s->size;
    event.queued = s->at;
    event.queue_id = s->queue_id;
    ledger_emit_of(l, m->subject, &event);
    return true;
}

bool ledger_leaves(const struct ledger *l, const struct ip *client, struct slice recipient)
{
    struct slice domain = address_domain(recipient);

    return ip_is_private(client) && !ip_is_loopback(client) && domain.n > 0 &&
           !relays_is_own(&l->relays, domain);
}

void ledger_restore(struct ledger *l, const struct ledger_submission *s, bool seen)
{
    uint32_t index = messages_find(&l->messages, 0, s->queue_id);
    bool known;
    struct message *m;

    if (index != MESSAGE_NONE && (l->messages.all[index].flags & MESSAGE_COUNTED) != 0)
        return;
    m = entry_of(l, s, &known);
    fill(m, s);
    note_site(l, s, m);
    if (seen) {
        m->flags |= MESSAGE_SEEN;
        m->results = m->nrcpt > 0; /* it was tried, as far as we know */
    } else {
        await(l, (uint32_t)(m - l->messages.all));
    }
}

/* The message is still the one that was told of, and the log is silent about it. */
static bool is_awaited(const struct message *m, struct wall since)
{
    return (m->flags & (MESSAGE_TOLD | MESSAGE_SEEN)) == MESSAGE_TOLD && m->queued.ms >= since.ms;
}

void ledger_each_awaited(struct ledger *l, struct wall since, ledger_awaited *each, void *ctx)
{
    uint32_t left = 0;

    for (uint32_t i = 0; i < l->awaited_n; i++) {
        const struct message *m = &l->messages.all[l->awaited[i]];
        struct ledger_submission s = { .at = m->queued,
                                       .queue_id = message_queue_id(m),
                                       .client = m->client,
                                       .client_name = SLICE("unknown"),
                                       .recipients = m->nrcpt,
                                       .size = m->size };

        if (!is_awaited(m, since) || m->subject == MESSAGE_NONE)
            continue;
        l->awaited[left++] = l->awaited[i];
        s.kind = l->owners[m->subject].kind;
        s.account = l->owners[m->subject].name;
        each(ctx, &s);
    }
    l->awaited_n = left;
}
