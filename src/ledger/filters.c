/* filters.c - content filters: a message that is given back under another queue id stays what it
 * was. Postfix's FILTER_README tells of both kinds: by SMTP, and by pipe(8) and sendmail(1). */
#include <stdlib.h>

#include "base/memory.h"
#include "ledger/private.h"

#include "base/ban.h"

enum {
    PIPED_SLOTS = 1024,
    PIPED_MS = 10 * MINUTE_MS, /* so long may pickup(8) take */
    CHAIN_MAX = 4,             /* filters, one behind the other */
};

/* A message that pipe(8) delivered: into a mailbox, or to a filter. */
struct piped {
    struct message message;      /* as it was */
    uint64_t service, recipient; /* the name of that service and the last recipient, as hashes */
    struct wall at;
};

static void continue_as(struct message *child, const struct message *parent)
{
    child->flags &= ~(uint32_t)(MESSAGE_LOGIN | MESSAGE_RELAYED);
    child->flags |= MESSAGE_CHILD | (parent->flags & (MESSAGE_LOGIN | MESSAGE_RELAYED));
    child->subject = parent->subject;
    child->hint = parent->hint;
    child->client = parent->client;
    child->provider = parent->provider;
    child->software = parent->software;
    child->queued = parent->queued;
    child->addressed |= parent->addressed;
}

/* The line says what it continues (XFORWARD IDENT). */
bool ledger_named_child(struct ledger *l, const struct ledger_input *in, struct message *m)
{
    struct slice queue_id = record_get(in->record, FIELD_ORIG_QUEUE_ID);
    uint32_t index = MESSAGE_NONE;

    if (queue_id.n > 0)
        index = messages_find(&l->messages, in->host, queue_id);
    if (index == MESSAGE_NONE || m == &l->messages.all[index])
        return false;
    continue_as(m, &l->messages.all[index]);
    return true;
}

static bool is_filter(const struct ledger *l, uint64_t service)
{
    for (uint32_t i = 0; i < l->filters_n; i++)
        if (l->filters[i] == service)
            return true;
    return false;
}

/* What pipe(8) delivered a moment ago with this Message-ID, or NULL. */
static struct piped *piped_lately(const struct ledger *l, const struct ledger_input *in,
                                  uint64_t message_id)
{
    struct piped *p = l->piped != NULL ? &l->piped[message_id % PIPED_SLOTS] : NULL;

    return p != NULL && p->message.message_id == message_id && p->message.host == in->host &&
                   llabs(in->line->at.ms - p->at.ms) <= PIPED_MS
               ? p
               : NULL;
}

/* What a filter gave back by sendmail(1) is for no more people than it was given it for; a list
 * server that sends it to all its members does something else. */
static bool may_continue(const struct message *m, const struct message *parent)
{
    return (m->flags & MESSAGE_LOCAL) == 0 || m->nrcpt <= parent->nrcpt;
}

/* The Message-ID shows it: the same id, from this host, while the first one is still being
 * delivered, or was given to a filter a moment ago. */
bool ledger_unnamed_child(struct ledger *l, const struct ledger_input *in, struct message *m,
                          uint64_t message_id)
{
    uint32_t index = messages_with_message_id(&l->messages, in->host, message_id);
    uint32_t own = (uint32_t)(m - l->messages.all);
    const struct piped *p;

    for (int i = 0; i < CHAIN_MAX && index != MESSAGE_NONE && index != own; i++) {
        struct message *parent = &l->messages.all[index];

        if ((parent->flags & MESSAGE_COUNTED) != 0 && parent->results < parent->nrcpt &&
            may_continue(m, parent)) {
            continue_as(m, parent);
            parent->child = own;
            return true;
        }
        index = messages_child(&l->messages, index);
    }
    p = (m->flags & MESSAGE_LOCAL) != 0 ? piped_lately(l, in, message_id) : NULL;
    if (p == NULL || !is_filter(l, p->service) || !may_continue(m, &p->message))
        return false;
    continue_as(m, &p->message);
    return true;
}

/* "queued as ID": a content filter of this server took the message and gave it back under that
 * name. */
bool ledger_handed_on(struct ledger *l, const struct ledger_input *in, struct message *parent,
                      uint64_t recipient)
{
    struct slice queue_id = record_get(in->record, FIELD_NEW_QUEUE_ID);
    struct message *child;
    uint32_t index;

    if (queue_id.n == 0)
        return false;
    index = messages_find(&l->messages, in->host, queue_id);
    if (index == MESSAGE_NONE)
        return false;
    child = &l->messages.all[index];
    if (child == parent || (child->flags & (MESSAGE_LOGIN | MESSAGE_CHILD)) == MESSAGE_LOGIN)
        return false; /* a message of its own: the id names another one */
    if ((child->flags & MESSAGE_CHILD) == 0 || parent->subject != MESSAGE_NONE)
        continue_as(child, parent);
    if (!record_has(in->record, FIELD_ORIG_RECIPIENT))
        child->addressed |= ledger_addressed(recipient);
    return true;
}

static void remember(struct ledger *l, const struct ledger_input *in, const struct message *m,
                     uint64_t service, uint64_t recipient)
{
    if (l->piped == NULL)
        l->piped = memory_new(PIPED_SLOTS, sizeof *l->piped);
    l->piped[m->message_id % PIPED_SLOTS] = (struct piped){ *m, service, recipient, in->line->at };
}

/* A message of sendmail(1) to whom pipe(8) just delivered it: that was a filter. Mailboxes that
 * send mail on do so to other people. */
static void learn_filter(struct ledger *l, const struct ledger_input *in, const struct message *m,
                         uint64_t recipient)
{
    const struct piped *p = piped_lately(l, in, m->message_id);

    if (p != NULL && p->recipient == recipient && l->filters_n < FILTERS_MAX &&
        !is_filter(l, p->service))
        l->filters[l->filters_n++] = p->service;
}

bool ledger_piped(struct ledger *l, const struct ledger_input *in, struct message *m,
                  uint64_t recipient)
{
    const struct record *r = in->record;
    uint64_t service;
    uint32_t child;

    if (m->message_id == 0)
        return false;
    if ((m->flags & MESSAGE_LOCAL) != 0)
        learn_filter(l, in, m, recipient);
    if (!slice_eq(r->daemon, SLICE("pipe")) ||
        !slice_eq(record_get(r, FIELD_STATUS), SLICE("sent")))
        return false;
    service = hash_slice(record_get(r, FIELD_RELAY_NAME), 0);
    child = messages_child(&l->messages, (uint32_t)(m - l->messages.all));
    if (!record_has(r, FIELD_ORIG_RECIPIENT))
        m->addressed |= ledger_addressed(recipient);
    if (child != MESSAGE_NONE)
        l->messages.all[child].addressed |= m->addressed;
    remember(l, in, m, service, recipient);
    return is_filter(l, service);
}
