/* lives.c - the lines of a message's life, from client= to removed. */
#include "ledger/client.h"
#include "ledger/private.h"
#include "ledger/sent.h"

#include "base/ban.h"

enum { PROXY_MS = 10 * MINUTE_MS };

static bool queue_id_of(const struct ledger_input *in, struct slice *queue_id)
{
    *queue_id = in->record->queue_id;
    return queue_id->n > 0;
}

/* The entry of the line's queue id, a new one if need be; NULL for a line without one. */
static struct message *message_of(struct ledger *l, const struct ledger_input *in, bool fresh)
{
    struct slice queue_id;
    uint32_t index;

    if (!queue_id_of(in, &queue_id))
        return NULL;
    index = fresh ? MESSAGE_NONE : messages_find(&l->messages, in->host, queue_id);
    if (index == MESSAGE_NONE) {
        messages_expire(&l->messages, in->line->at);
        index = messages_add(&l->messages, in->host, queue_id, in->line->at);
    }
    l->messages.all[index].seen = in->line->at;
    return &l->messages.all[index];
}

/* The address inside "name[address]" of orig_client=. */
static bool orig_client_address(const struct record *r, struct ip *out)
{
    struct slice rest = record_get(r, FIELD_ORIG_CLIENT), head, address;

    return slice_cut(&rest, '[', &head) && slice_cut(&rest, ']', &address) &&
           ip_parse(address, out);
}

static void owned_by_login(struct ledger *l, struct message *m, const struct ledger_input *in,
                           struct slice account)
{
    struct event login = event_at(in, EVENT_LOGIN);

    ledger_give(l, m, ledger_owner(l, SUBJECT_ACCOUNT, account));
    ledger_foretell(l, m, 0);
    m->flags |= MESSAGE_LOGIN;
    relays_own(&l->relays, address_domain(account));
    ledger_smtp_login(l, m, &login);
}

/* A client= line of a message that ledger_accept told of: nothing is new but the mail program. */
static struct message *told_of(const struct ledger *l, const struct ledger_input *in,
                               struct slice account, const struct ip *client)
{
    uint32_t index = MESSAGE_NONE;
    struct message *m;

    if (l->awaited_n > 0 && in->record->queue_id.n > 0)
        index = messages_find(&l->messages, in->host, in->record->queue_id);
    if (index == MESSAGE_NONE)
        return NULL;
    m = &l->messages.all[index];
    if ((m->flags & (MESSAGE_TOLD | MESSAGE_RECEIVED)) != MESSAGE_TOLD ||
        m->subject == MESSAGE_NONE)
        return NULL;
    if (l->owners[m->subject].kind == SUBJECT_RELAY)
        return account.n == 0 && ip_eq(&m->client, client) ? m : NULL;
    return slice_eq(l->owners[m->subject].name, account) ? m : NULL;
}

/* A client= line without a login: of a proxy, a content filter, a relay client or a stranger. */
static void owned_by_client(struct ledger *l, struct message *m, const struct ledger_input *in)
{
    struct ip orig;
    struct slice account;

    if (ledger_named_child(l, in, m))
        return;
    if (orig_client_address(in->record, &orig)) {
        account = named_get(l->proxied, &orig, in->line->at, PROXY_MS);
        m->client = orig;
        if (account.n > 0) {
            m->flags |= MESSAGE_PROXIED;
            owned_by_login(l, m, in, account);
        }
        return;
    }
    if (ip_is_private(&m->client))
        m->flags |= MESSAGE_LOOPBACK;
    ledger_give(l, m, relays_find(&l->relays, &m->client));
    if (m->subject != MESSAGE_NONE)
        m->flags |= MESSAGE_RELAYED;
}

void ledger_client(struct ledger *l, const struct ledger_input *in)
{
    const struct record *r = in->record;
    char name[ADDRESS_MAX];
    struct slice account = account_fold(record_get(r, FIELD_SASL_USERNAME), name);
    struct message *m;
    struct ip client = { 0 };

    if (account.n > 0)
        ledger_expect_owner(l, SUBJECT_ACCOUNT, account);
    l->totals.received++;
    (void)ip_parse(record_get(r, FIELD_CLIENT_ADDRESS), &client);
    m = told_of(l, in, account, &client);
    if (m != NULL) {
        m->flags |= MESSAGE_RECEIVED;
        if (account.n > 0)
            m->software = client_software(1, record_get(r, FIELD_SASL_METHOD), r->service);
        return;
    }
    m = message_of(l, in, true);
    if (m == NULL) { /* NOQUEUE: a before-queue proxy */
        if (account.n > 0) {
            named_set(l->proxied, &client, account, in->line->at);
            named_add(l->proxied, &client, account, in->line->at);
        }
        return;
    }
    m->client = client;
    m->flags |= MESSAGE_RECEIVED;
    if (account.n > 0) {
        m->provider = client_provider(record_get(r, FIELD_CLIENT_NAME));
        m->software = client_software(1, record_get(r, FIELD_SASL_METHOD), r->service);
        owned_by_login(l, m, in, account);
        return;
    }
    m->client_domain =
        totals_client_domain(record_get(r, FIELD_CLIENT_NAME), record_get(r, FIELD_CLIENT_ADDRESS));
    owned_by_client(l, m, in);
}

/* sendmail(1), or postsuper -r, which gives a message a new queue id. */
void ledger_pickup(struct ledger *l, const struct ledger_input *in)
{
    struct slice orig = record_get(in->record, FIELD_ORIG_QUEUE_ID);
    struct slice uid = record_get(in->record, FIELD_UID);
    uint32_t old = MESSAGE_NONE;
    char name[32] = "uid ";
    struct message *m;

    if (orig.n > 0)
        old = messages_find(&l->messages, in->host, orig);
    l->totals.received++;
    if (old != MESSAGE_NONE && in->record->queue_id.n > 0) {
        messages_rename(&l->messages, old, in->record->queue_id);
        m = &l->messages.all[old];
        m->seen = in->line->at;
        m->flags = (m->flags | MESSAGE_REQUEUED) & ~(uint32_t)MESSAGE_DEFERRED;
        return;
    }
    m = message_of(l, in, true);
    if (orig.n > 0) /* postsuper -r, of a message that came before the log began */
        return;
    if (m == NULL || uid.n == 0 || uid.n > sizeof name - 4)
        return;
    memcpy(name + 4, uid.p, uid.n);
    ledger_give(l, m, ledger_owner(l, SUBJECT_LOCAL, (struct slice){ name, 4 + uid.n }));
    m->client_domain = hash_slice(uid, 0);
    m->flags |= MESSAGE_RECEIVED | MESSAGE_LOCAL;
}

void ledger_message_id(struct ledger *l, const struct ledger_input *in)
{
    struct slice id = record_get(in->record, FIELD_MESSAGE_ID);
    struct message *m = message_of(l, in, false);
    uint64_t key = sent_message_key(id);

    if (m == NULL || id.n == 0 || m->message_id == key)
        return;
    if ((m->flags & (MESSAGE_LOOPBACK | MESSAGE_CHILD)) == MESSAGE_LOOPBACK)
        (void)ledger_unnamed_child(l, in, m, key);
    messages_set_message_id(&l->messages, (uint32_t)(m - l->messages.all), key);
    if (m->software == 0 || (m->flags & MESSAGE_PROGRAM) != 0 ||
        (m->flags & (MESSAGE_COUNTED | MESSAGE_TOLD)) == MESSAGE_COUNTED)
        return;
    m->software = client_software(m->software ^ client_form(id), SLICE(""), SLICE(""));
    m->flags |= MESSAGE_PROGRAM;
    if ((m->flags & MESSAGE_COUNTED) != 0)
        ledger_program(l, in, m);
}

static uint64_t number_of(const struct ledger_input *in, enum record_field f)
{
    uint64_t n = 0;

    (void)slice_to_u64(record_get(in->record, f), &n);
    return n;
}

static void emit_submission(struct ledger *l, const struct ledger_input *in,
                            const struct message *m, struct slice sender)
{
    struct event event = event_at(in, EVENT_SUBMISSION);
    char folded[ADDRESS_MAX];

    event.client = m->client;
    event.provider = m->provider;
    event.software = m->software;
    event.sender = address_fold(sender, folded);
    event.sender_is_null = sender.n == 0;
    event.recipients = m->nrcpt;
    event.size = m->size;
    event.queued = m->queued;
    event.queue_id = message_queue_id(m);
    ledger_emit_of(l, m->subject, &event);
}

/* Of several accounts behind one address that are logged in at a proxy, whose sender this is. */
static void owned_by_sender(struct ledger *l, struct message *m, const struct ledger_input *in,
                            struct slice sender)
{
    char folded[ADDRESS_MAX];
    struct slice account = account_fold(sender, folded);

    if (named_has(l->proxied, &m->client, account, in->line->at, PROXY_MS))
        ledger_give(l, m, ledger_owner(l, SUBJECT_ACCOUNT, account));
}

/* The first "queue active": the message was accepted. Later ones are retries. */
void ledger_queue_active(struct ledger *l, const struct ledger_input *in)
{
    struct message *m = message_of(l, in, false);
    struct slice sender = record_get(in->record, FIELD_SENDER);
    char folded[ADDRESS_MAX];
    uint64_t nrcpt = number_of(in, FIELD_NRCPT);
    bool requeued;

    if (m == NULL)
        return;
    ledger_foretell(l, m, 0);
    if ((m->flags & (MESSAGE_TOLD | MESSAGE_SEEN)) == MESSAGE_TOLD) {
        m->flags |= MESSAGE_SEEN;
        m->nrcpt = nrcpt > 0 && nrcpt < UINT32_MAX ? (uint32_t)nrcpt : m->nrcpt;
        l->totals.submitted += (m->flags & MESSAGE_LOGIN) != 0;
        totals_queued(&l->totals, sender, m->client_domain, number_of(in, FIELD_SIZE));
        return;
    }
    requeued = (m->flags & MESSAGE_REQUEUED) != 0;
    m->flags &= ~(uint32_t)MESSAGE_REQUEUED;
    if ((m->flags & MESSAGE_COUNTED) != 0) {
        if (m->results > 0) /* else it was held, or the queue manager began anew */
            m->flags |= MESSAGE_RETRIED;
        m->size = number_of(in, FIELD_SIZE);
        if (requeued)
            totals_queued(&l->totals, sender, m->client_domain, m->size);
        return;
    }
    m->flags |= MESSAGE_COUNTED;
    m->size = number_of(in, FIELD_SIZE);
    m->nrcpt = nrcpt < UINT32_MAX ? (uint32_t)nrcpt : UINT32_MAX;
    if ((m->flags & MESSAGE_PROXIED) != 0)
        owned_by_sender(l, m, in, sender);
    if ((m->flags & (MESSAGE_LOCAL | MESSAGE_CHILD)) == MESSAGE_LOCAL && m->message_id != 0)
        (void)ledger_unnamed_child(l, in, m, m->message_id);
    m->sender_key = sender.n > 0 ? event_address_key(address_fold(sender, folded)) : 0;
    if ((m->flags & MESSAGE_CHILD) == 0)
        m->queued = in->line->at;
    if ((m->flags & MESSAGE_RECEIVED) != 0)
        totals_queued(&l->totals, sender, m->client_domain, m->size);
    if ((m->flags & MESSAGE_CHILD) != 0)
        return;
    l->totals.submitted += (m->flags & MESSAGE_LOGIN) != 0;
    l->totals.local_submissions += (m->flags & MESSAGE_LOCAL) != 0;
    if (m->subject != MESSAGE_NONE)
        emit_submission(l, in, m, sender);
}

/* The queue file is gone, or will be without a line of its own. */
void ledger_gone(struct ledger *l, const struct ledger_input *in)
{
    struct slice queue_id, action = record_get(in->record, FIELD_ACTION);
    uint32_t index;

    if (!queue_id_of(in, &queue_id))
        return;
    index = messages_find(&l->messages, in->host, queue_id);
    if (index == MESSAGE_NONE)
        return;
    if (in->record->event != RECORD_POSTSUPER || slice_starts(action, SLICE("delete")) ||
        slice_starts(action, SLICE("remove")))
        messages_remove(&l->messages, index);
}

/* A recipient, sender or message of somebody we know was refused. */
static void emit_reject(struct ledger *l, const struct ledger_input *in, uint32_t index)
{
    const struct record *r = in->record;
    struct event event = event_at(in, EVENT_REJECT);
    char name[ADDRESS_MAX];

    (void)ip_parse(record_get(r, FIELD_CLIENT_ADDRESS), &event.client);
    event.subject =
        subject_make(SUBJECT_ACCOUNT, account_fold(record_get(r, FIELD_SASL_USERNAME), name));
    if (index != MESSAGE_NONE && l->messages.all[index].subject != MESSAGE_NONE) {
        event.subject = l->owners[l->messages.all[index].subject];
        event.client = l->messages.all[index].client;
    }
    if (event.subject.name.n > 0)
        ledger_emit(l, &event);
}

/* A refusal of ours. In cleanup, or as a discard, it ends the message; in smtpd it is about one
 * recipient. */
void ledger_refusal(struct ledger *l, const struct ledger_input *in)
{
    const struct record *r = in->record;
    struct slice action = record_get(r, FIELD_ACTION);
    bool refused = r->event == RECORD_REJECT ||
                   (r->event == RECORD_MILTER && slice_ends(action, SLICE("reject")));
    uint32_t index = MESSAGE_NONE;

    totals_refusal(&l->totals, r);
    if (r->queue_id.n > 0)
        index = messages_find(&l->messages, in->host, r->queue_id);
    if (refused)
        emit_reject(l, in, index);
    if (index == MESSAGE_NONE)
        return;
    if (slice_ends(action, SLICE("hold"))) {
        l->messages.all[index].flags |= MESSAGE_HELD;
        l->messages.all[index].queued = in->line->at;
    }
    if (slice_ends(action, SLICE("discard")) || (refused && slice_eq(r->daemon, SLICE("cleanup"))))
        messages_remove(&l->messages, index);
}
