/* private.h - the inside of the ledger, shared by the files that make it up. */
#ifndef LEDGER_PRIVATE_H
#define LEDGER_PRIVATE_H

#include "base/arena.h"
#include "ledger/ledger.h"
#include "ledger/message.h"
#include "ledger/relays.h"
#include "mail/address.h"
#include "mail/reply_memo.h"

enum { HOSTS_MAX = 4096, NAMED_SLOTS = 1024, FILTERS_MAX = 8 };

/* Dovecot's word on who failed to log in from an address, for Postfix's line that does not say.
 * Also: who logged in at a before-queue proxy. */
struct named {
    struct ip ip;
    struct wall at;
    uint8_t name_n;
    char name[126];
};

struct piped;

struct ledger {
    struct ledger_options options;
    struct arena strings;   /* names of owners and hosts */
    struct subject *owners; /* who sent something */
    uint32_t owners_n, owners_room;
    struct table owners_by_name;
    struct slice hosts[HOSTS_MAX];
    struct table hosts_by_name;
    uint16_t hosts_n, last_host;
    struct messages messages;
    struct relays relays;
    struct failures failures;
    struct totals totals;
    struct named failed[NAMED_SLOTS];  /* who Dovecot says failed from there */
    struct named proxied[NAMED_SLOTS]; /* who logged in at a proxy from there */
    uint32_t *awaited; /* messages that ledger_accept told of, and the log has not */
    uint32_t awaited_n;
    struct piped *piped;           /* messages that pipe(8) delivered lately; NULL: none yet */
    uint64_t filters[FILTERS_MAX]; /* services of pipe(8) that give mail back, as hashes */
    uint32_t filters_n;
    struct reply_memo replies;
    uint64_t forgotten;

    /* the last line, for "last message repeated N times" */
    struct event repeatable; /* type EVENT_LOGIN_FAILURE or EVENT_FIREWALL */
    bool can_repeat;
    uint16_t repeatable_host;
    char repeatable_name[ADDRESS_MAX];
};

/* One line on its way through the ledger. */
struct ledger_input {
    const struct logline *line;
    const struct record *record;
    int32_t utc_offset_s;
    uint16_t host;
};

/* An event at the time of the line, of nobody yet. */
struct event event_at(const struct ledger_input *in, enum event_type type);

/* Hand on an event of somebody who need not be an owner. */
void ledger_emit(const struct ledger *l, const struct event *event);

/* Whose message it is: an owner's number, or MESSAGE_NONE. */
static inline void ledger_give(const struct ledger *l, struct message *m, uint32_t owner)
{
    m->subject = owner;
    m->hint = owner != MESSAGE_NONE ? l->owners[owner].hint : 0;
}

/* An event of the owner of a message will come, if it has one. */
static inline void ledger_foretell(const struct ledger *l, const struct message *m,
                                   uint64_t recipient)
{
    if (m->subject == MESSAGE_NONE)
        return;
    __builtin_prefetch(&l->owners[m->subject]);
    if (l->options.announce != NULL)
        l->options.announce(l->options.sink_ctx, m->hint, recipient);
}

/* Hand on an event of an owner. */
void ledger_emit_of(struct ledger *l, uint32_t owner, struct event *event);

/* The number of that subject; a new one if there is room, else MESSAGE_NONE. */
uint32_t ledger_owner(struct ledger *l, enum subject_kind kind, struct slice name);

/* ledger_owner will be asked for that subject: fetch from memory what it looks at first. */
static inline void ledger_expect_owner(const struct ledger *l, enum subject_kind kind,
                                       struct slice name)
{
    table_prefetch(&l->owners_by_name, subject_make(kind, name).hash);
}

/* Note and look up who used an address last; `slots` are NAMED_SLOTS. Lookup within `age_ms` of
 * `at`. named_add and named_has are about everybody who did. */
void named_set(struct named *slots, const struct ip *ip, struct slice name, struct wall at);
struct slice named_get(const struct named *slots, const struct ip *ip, struct wall at,
                       int64_t age_ms);
void named_add(struct named *slots, const struct ip *ip, struct slice name, struct wall at);
bool named_has(const struct named *slots, const struct ip *ip, struct slice name, struct wall at,
               int64_t age_ms);

/* The software of a message became known, which was counted before. */
void ledger_program(struct ledger *l, const struct ledger_input *in, struct message *m);

/* A login over SMTP: what it says of the account, its domain, its client. */
void ledger_smtp_login(struct ledger *l, struct message *m, struct event *login);

/* filters.c: content filters take a message and give it back under another queue id: a child. True
 * when that is so here. */
bool ledger_named_child(struct ledger *l, const struct ledger_input *in, struct message *m);
bool ledger_unnamed_child(struct ledger *l, const struct ledger_input *in, struct message *m,
                          uint64_t message_id);

/* What becomes of a delivery is told under another queue id. `recipient` is its key. */
bool ledger_handed_on(struct ledger *l, const struct ledger_input *in, struct message *parent,
                      uint64_t recipient);
bool ledger_piped(struct ledger *l, const struct ledger_input *in, struct message *m,
                  uint64_t recipient);

/* The bit of a recipient in `addressed` of a message. */
static inline uint64_t ledger_addressed(uint64_t recipient)
{
    return (uint64_t)1 << (recipient >> 58);
}

/* The lines of a message's life. */
void ledger_client(struct ledger *l, const struct ledger_input *in);
void ledger_pickup(struct ledger *l, const struct ledger_input *in);
void ledger_message_id(struct ledger *l, const struct ledger_input *in);
void ledger_queue_active(struct ledger *l, const struct ledger_input *in);
void ledger_delivery(struct ledger *l, const struct ledger_input *in);
void ledger_refusal(struct ledger *l, const struct ledger_input *in);
void ledger_gone(struct ledger *l, const struct ledger_input *in);

/* The lines about logins and hosts. */
void ledger_login(struct ledger *l, const struct ledger_input *in);
void ledger_login_failure(struct ledger *l, const struct ledger_input *in);
void ledger_firewall(struct ledger *l, const struct ledger_input *in);
void ledger_repeated(struct ledger *l, const struct ledger_input *in);

#endif
