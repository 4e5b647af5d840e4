#include "ledger/ledger.h"

#include <stdlib.h>

#include "base/memory.h"
#include "ledger/private.h"

#include "base/ban.h"

enum { DEFAULT_MESSAGES = 500000, DEFAULT_OWNERS = 1 << 24, FIRST_OWNERS = 256 };

struct ledger *ledger_new(const struct ledger_options *options)
{
    struct ledger *l = memory_new(1, sizeof *l);

    l->options = *options;
    if (l->options.max_messages == 0)
        l->options.max_messages = DEFAULT_MESSAGES;
    if (l->options.max_subjects == 0)
        l->options.max_subjects = DEFAULT_OWNERS;
    messages_init(&l->messages, l->options.max_messages);
    return l;
}

void ledger_free(struct ledger *l)
{
    if (l == NULL)
        return;
    arena_done(&l->strings);
    free(l->owners);
    free(l->awaited);
    free(l->piped);
    table_done(&l->owners_by_name);
    table_done(&l->hosts_by_name);
    messages_done(&l->messages);
    relays_done(&l->relays);
    failures_done(&l->failures);
    totals_done(&l->totals);
    free(l);
}

/* host_number of another host than the last line's. */
static NOINLINE uint16_t other_host(struct ledger *l, struct slice host)
{
    uint64_t hash = hash_slice(host, 0);
    uint32_t i;

    for (struct table_probe p = table_find(&l->hosts_by_name, hash);
         table_at(&l->hosts_by_name, &p, &i); table_step(&l->hosts_by_name, &p))
        if (slice_eq(l->hosts[i], host))
            return l->last_host = (uint16_t)i;
    if (l->hosts_n == HOSTS_MAX)
        return l->last_host = HOSTS_MAX - 1;
    l->hosts[l->hosts_n] = arena_copy(&l->strings, host);
    table_add(&l->hosts_by_name, hash, l->hosts_n);
    return l->last_host = l->hosts_n++;
}

/* The number of a host name; all hosts above the limit share the last. */
static uint16_t host_number(struct ledger *l, struct slice host)
{
    if (l->options.one_host)
        return 0;
    if (LIKELY(l->last_host < l->hosts_n && slice_eq(l->hosts[l->last_host], host)))
        return l->last_host;
    return other_host(l, host);
}

void ledger_expect(struct ledger *l, uint32_t subjects)
{
    if (subjects > l->options.max_subjects)
        subjects = l->options.max_subjects;
    table_expect(&l->owners_by_name, subjects);
    if (subjects <= l->owners_room)
        return;
    l->owners_room = subjects;
    l->owners = memory_resize(l->owners, l->owners_room, sizeof *l->owners);
}

uint32_t ledger_owner(struct ledger *l, enum subject_kind kind, struct slice name)
{
    struct subject subject = subject_make(kind, name);
    uint32_t i;

    for (struct table_probe p = table_find(&l->owners_by_name, subject.hash);
         table_at(&l->owners_by_name, &p, &i); table_step(&l->owners_by_name, &p))
        if (l->owners[i].hash == subject.hash) /* 64 bits: as good as the name */
            return i;
    if (l->owners_n == l->options.max_subjects) {
        l->forgotten++;
        return MESSAGE_NONE;
    }
    if (l->owners_n == l->owners_room) {
        l->owners_room = l->owners_room > 0 ? l->owners_room * 2 : FIRST_OWNERS;
        l->owners = memory_resize(l->owners, l->owners_room, sizeof *l->owners);
    }
    subject.name = arena_copy(&l->strings, name);
    l->owners[l->owners_n] = subject;
    table_add(&l->owners_by_name, subject.hash, l->owners_n);
    return l->owners_n++;
}

struct event event_at(const struct ledger_input *in, enum event_type type)
{
    return (struct event){ .type = type,
                           .at = in->line->at,
                           .utc_offset_s = in->utc_offset_s,
                           .count = in->record->repeat };
}

void ledger_emit(const struct ledger *l, const struct event *event)
{
    (void)l->options.sink(l->options.sink_ctx, event);
}

void ledger_emit_of(struct ledger *l, uint32_t owner, struct event *event)
{
    event->subject = l->owners[owner];
    l->owners[owner].hint = l->options.sink(l->options.sink_ctx, event);
}

static void named_put(struct named *slot, const struct ip *ip, struct slice name, struct wall at)
{
    if (name.n == 0 || name.n > sizeof slot->name)
        return;
    *slot = (struct named){ .ip = *ip, .at = at, .name_n = (uint8_t)name.n };
    memcpy(slot->name, name.p, name.n);
}

void named_set(struct named *slots, const struct ip *ip, struct slice name, struct wall at)
{
    named_put(&slots[ip_hash(ip, 0) % NAMED_SLOTS], ip, name, at);
}

void named_add(struct named *slots, const struct ip *ip, struct slice name, struct wall at)
{
    named_put(&slots[ip_hash(ip, hash_slice(name, 1)) % NAMED_SLOTS], ip, name, at);
}

bool named_has(const struct named *slots, const struct ip *ip, struct slice name, struct wall at,
               int64_t age_ms)
{
    const struct named *slot = &slots[ip_hash(ip, hash_slice(name, 1)) % NAMED_SLOTS];

    return name.n > 0 && slice_eq((struct slice){ slot->name, slot->name_n }, name) &&
           ip_eq(&slot->ip, ip) && llabs(at.ms - slot->at.ms) <= age_ms;
}

struct slice named_get(const struct named *slots, const struct ip *ip, struct wall at,
                       int64_t age_ms)
{
    const struct named *slot = &slots[ip_hash(ip, 0) % NAMED_SLOTS];

    if (slot->name_n == 0 || !ip_eq(&slot->ip, ip) || llabs(at.ms - slot->at.ms) > age_ms)
        return (struct slice){ NULL, 0 };
    return (struct slice){ slot->name, slot->name_n };
}

typedef void handler(struct ledger *l, const struct ledger_input *in);

/* Which lines bear on the ledger. */
static handler *const handlers[RECORD_EVENTS] = {
    [RECORD_LOGIN] = ledger_login,
    [RECORD_LOGIN_FAILURE] = ledger_login_failure,
    [RECORD_FIREWALL] = ledger_firewall,
    [RECORD_REPEATED] = ledger_repeated,
    [RECORD_CLIENT] = ledger_client,
    [RECORD_PICKUP] = ledger_pickup,
    [RECORD_MESSAGE_ID] = ledger_message_id,
    [RECORD_QUEUE_ACTIVE] = ledger_queue_active,
    [RECORD_DELIVERY] = ledger_delivery,
    [RECORD_REJECT] = ledger_refusal,
    [RECORD_REJECT_WARNING] = ledger_refusal,
    [RECORD_ACTION] = ledger_refusal,
    [RECORD_MILTER] = ledger_refusal,
    [RECORD_REMOVED] = ledger_gone,
    [RECORD_CANCELED] = ledger_gone,
    [RECORD_POSTSUPER] = ledger_gone,
};

_Static_assert(RECORD_EVENTS <= 64, "a bit for each in ledger_unread");

uint64_t ledger_unread(void)
{
    uint64_t unread = 0;

    for (int i = 0; i < RECORD_EVENTS; i++)
        if (handlers[i] == NULL)
            unread |= (uint64_t)1 << i;
    return unread;
}

void ledger_line(struct ledger *l, const struct logline *line, const struct record *r,
                 int32_t utc_offset_s)
{
    struct ledger_input in = { line, r, utc_offset_s, host_number(l, line->host) };

    if (r->event != RECORD_LOGIN_FAILURE && r->event != RECORD_FIREWALL &&
        r->event != RECORD_REPEATED)
        l->can_repeat = false;
    if (handlers[r->event] != NULL)
        handlers[r->event](l, &in);
}

struct totals *ledger_totals(struct ledger *l)
{
    return &l->totals;
}

const struct failures *ledger_failures(const struct ledger *l)
{
    return &l->failures;
}

uint64_t ledger_forgotten(const struct ledger *l)
{
    return l->forgotten + l->messages.forgotten + l->failures.forgotten;
}

size_t ledger_hosts(const struct ledger *l)
{
    return l->hosts_n;
}

void ledger_each_queued(const struct ledger *l, const struct subject *subject, ledger_queued *each,
                        void *ctx)
{
    for (uint32_t i = l->messages.oldest; i != MESSAGE_NONE; i = l->messages.all[i].newer) {
        const struct message *m = &l->messages.all[i];
        const struct subject *whose;

        if ((m->flags & (MESSAGE_COUNTED | MESSAGE_HELD)) == 0 || m->subject == MESSAGE_NONE)
            continue;
        whose = &l->owners[m->subject];
        if (whose->kind == subject->kind && slice_eq(whose->name, subject->name))
            each(ctx, l->hosts_n > 1 ? l->hosts[m->host] : (struct slice){ NULL, 0 },
                 message_queue_id(m), m->queued);
    }
}
