/* logins.c - lines about logins, and about hosts that try SMTP by themselves. */
#include "ledger/private.h"
#include "proto/understand.h"

#include "base/ban.h"

enum { SMTP_PORT = 25, SAME_FAILURE_MS = 10 * SECOND_MS };

void ledger_login(struct ledger *l, const struct ledger_input *in)
{
    struct event event = event_at(in, EVENT_LOGIN);
    char name[ADDRESS_MAX];
    struct slice account = account_fold(record_get(in->record, FIELD_SASL_USERNAME), name);

    l->totals.logins++;
    if (account.n == 0)
        return;
    (void)ip_parse(record_get(in->record, FIELD_CLIENT_ADDRESS), &event.client);
    event.subject = subject_make(SUBJECT_ACCOUNT, account);
    event.protocol = record_get(in->record, FIELD_PROTOCOL_NAME);
    relays_own(&l->relays, address_domain(account));
    failures_success(&l->failures, &event.client);
    ledger_emit(l, &event);
}

/* Remember the event just emitted, in case "last message repeated" follows. */
static void keep_repeatable(struct ledger *l, const struct ledger_input *in,
                            const struct event *event)
{
    l->repeatable = *event;
    l->repeatable_host = in->host;
    if (event->subject.name.n > 0)
        memcpy(l->repeatable_name, event->subject.name.p, event->subject.name.n);
    l->repeatable.subject.name.p = l->repeatable_name;
    l->repeatable.protocol = (struct slice){ NULL, 0 };
    l->can_repeat = true;
}

static void count_failure(struct ledger *l, struct event *event)
{
    l->totals.login_failures += event->count;
    if (!ip_none(&event->client))
        failures_add(&l->failures, &event->client,
                     event->subject.name.n > 0 ? event->subject.hash : 0, event->count, event->at);
    ledger_emit(l, event);
}

/* One attempt is logged up to twice: by Dovecot's auth process, with the name, and by the service
 * that asked it. The service's line counts; the other lends its name to a Postfix line without one.
 */
void ledger_login_failure(struct ledger *l, const struct ledger_input *in)
{
    const struct record *r = in->record;
    struct event event = event_at(in, EVENT_LOGIN_FAILURE);
    char name[ADDRESS_MAX];
    struct slice account = account_fold(record_get(r, FIELD_SASL_USERNAME), name);

    (void)ip_parse(record_get(r, FIELD_CLIENT_ADDRESS), &event.client);
    if (slice_eq(record_get(r, FIELD_STAGE), SLICE("auth"))) {
        named_set(l->failed, &event.client, account, in->line->at);
        return;
    }
    if (account.n == 0)
        account = named_get(l->failed, &event.client, in->line->at, SAME_FAILURE_MS);
    event.subject = subject_make(SUBJECT_ACCOUNT, account);
    event.protocol = record_get(r, FIELD_PROTOCOL_NAME);
    count_failure(l, &event);
    keep_repeatable(l, in, &event);
}

/* A neighbour that tries to reach an SMTP port outside. Rules that are not our own also log what
 * comes in: there, only a private address is a neighbour's. */
void ledger_firewall(struct ledger *l, const struct ledger_input *in)
{
    const struct record *r = in->record;
    struct event event = event_at(in, EVENT_FIREWALL);
    bool ours = slice_eq(record_get(r, FIELD_PREFIX), SLICE(FIREWALL_PREFIX));
    char text[IP_TEXT_MAX];
    uint64_t port;

    l->can_repeat = false;
    if (!slice_to_u64(record_get(r, FIELD_SERVER_PORT), &port) || (port != SMTP_PORT && !ours))
        return;
    if (!ip_parse(record_get(r, FIELD_CLIENT_ADDRESS), &event.client) ||
        !ip_parse(record_get(r, FIELD_SERVER_ADDRESS), &event.destination))
        return;
    if (record_get(r, FIELD_INTERFACE_OUT).n == 0 || ip_is_private(&event.destination) ||
        (!ip_is_private(&event.client) && !ours))
        return;
    event.subject = subject_make(SUBJECT_LAN, slice_of(ip_text(&event.client, text)));
    ledger_emit(l, &event);
    keep_repeatable(l, in, &event);
}

/* "last message repeated N times", of the same host as the line before. */
void ledger_repeated(struct ledger *l, const struct ledger_input *in)
{
    if (!l->can_repeat || l->repeatable_host != in->host)
        return;
    l->repeatable.at = in->line->at;
    l->repeatable.count = in->record->repeat;
    if (l->repeatable.type == EVENT_LOGIN_FAILURE)
        count_failure(l, &l->repeatable);
    else
        ledger_emit(l, &l->repeatable);
    l->can_repeat = false;
}
