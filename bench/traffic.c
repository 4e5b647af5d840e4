#include "traffic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum {
    NAME_ROOM = 40,
    SESSIONS_AT_ONCE = 512,
    BUSY_ONE_IN = 20,
    BUSY_SHARE = 53, /* per cent of all sessions: 108 a day against 5 of a quiet account */
    BUSY_DAY = 108,
    QUIET_DAY = 5,
    QUIET_CONTACTS = 20,
    BUSY_CONTACTS = 600,
    POPULAR = 50000, /* addresses that everybody writes to */
    CARRIERS = 300,  /* networks of telephones */
    PROVIDERS = 200,
    ZIPF_FROM = 1000, /* the most active account takes a 7000th of all sessions */
    UTC_OFFSET_S = 3600,
};

/* Spreads turns over the accounts: a prime above all of their numbers. */
static const uint64_t spread_prime = 4294967291;

/* What a session does next. */
enum step { STEP_END, STEP_LOGIN, STEP_SUBMISSION, STEP_DELIVERY, STEP_RETRY, STEP_SINGLE };

struct session {
    uint32_t account;
    enum step step;
    enum event_type single; /* of a session that has but one event */
    uint32_t left;          /* deliveries to come */
    uint32_t recipients;
    struct wall queued;
    struct ip client;
    uint32_t provider, software;
    uint64_t retried; /* correspondent */
};

struct traffic {
    uint32_t accounts, made_up_n;
    bool as_polbench;
    enum traffic_order order;
    uint64_t random, begun, invented, step_us, now_us;
    uint32_t *hints;
    char (*names)[NAME_ROOM];
    char made_up[TRAFFIC_BATCH][NAME_ROOM]; /* names of the last batch that nobody has */
    struct session sessions[SESSIONS_AT_ONCE];
};

static uint64_t next_random(struct traffic *t)
{
    t->random += 0x9e3779b97f4a7c15U;
    return hash_u64(t->random);
}

static uint32_t below(struct traffic *t, uint32_t n)
{
    return (uint32_t)((next_random(t) >> 32) * n >> 32);
}

static bool percent(struct traffic *t, uint32_t chance)
{
    return below(t, 100) < chance;
}

uint32_t traffic_busy(const struct traffic *t)
{
    return t->accounts / BUSY_ONE_IN;
}

uint64_t traffic_sessions(const struct traffic *t)
{
    return t->begun;
}

struct traffic *traffic_new(uint32_t accounts, struct wall start, uint64_t seed)
{
    struct traffic *t = memory_new(1, sizeof *t);

    t->accounts = accounts;
    t->random = seed;
    t->now_us = (uint64_t)start.ms * 1000;
    t->hints = memory_new(accounts, sizeof *t->hints);
    t->names = memory_new(accounts, sizeof *t->names);
    for (uint32_t i = 0; i < accounts; i++) { /* touched here, so that it counts for nobody later */
        t->hints[i] = 0;
        (void)snprintf(t->names[i], NAME_ROOM, "user%u@d%u.example", i, i / 50);
    }
    traffic_begin(t, TRAFFIC_FIRST);
    return t;
}

void traffic_as_polbench(struct traffic *t)
{
    t->as_polbench = true;
    for (uint32_t i = 0; i < t->accounts; i++)
        (void)snprintf(t->names[i], NAME_ROOM, "user%07u@dom%u.example", i, i % 1000);
}

void traffic_free(struct traffic *t)
{
    if (t == NULL)
        return;
    free(t->hints);
    free(t->names);
    free(t);
}

void traffic_begin(struct traffic *t, enum traffic_order order)
{
    uint64_t busy = traffic_busy(t), day = busy * BUSY_DAY;

    if (order == TRAFFIC_FIRST)
        day = t->accounts;
    else if (order != TRAFFIC_BUSY)
        day += (t->accounts - busy) * QUIET_DAY;
    t->order = order;
    t->begun = 0;
    t->step_us = (uint64_t)DAY_MS * 1000 / (day > 0 ? day : 1);
    for (int i = 0; i < SESSIONS_AT_ONCE; i++)
        t->sessions[i].step = STEP_END;
}

void traffic_hint(struct traffic *t, uint32_t account, uint32_t hint)
{
    t->hints[account] = hint;
}

static struct event event_now(const struct traffic *t, enum event_type type)
{
    return (struct event){ .type = type,
                           .utc_offset_s = UTC_OFFSET_S,
                           .count = 1,
                           .at = { (int64_t)(t->now_us / 1000) } };
}

struct event traffic_event(const struct traffic *t, uint32_t account, enum event_type type)
{
    struct event e = event_now(t, type);

    e.subject = subject_make(SUBJECT_ACCOUNT, slice_of(t->names[account]));
    e.subject.hint = t->hints[account];
    return e;
}

void traffic_wait(struct traffic *t, int64_t ms)
{
    t->now_us += (uint64_t)ms * 1000;
}

static uint32_t pick_account(struct traffic *t)
{
    double zipf_from = t->accounts / (double)ZIPF_FROM, chance;
    uint32_t busy = traffic_busy(t);

    switch (t->order) {
    case TRAFFIC_FIRST:
        return (uint32_t)(t->begun * spread_prime % t->accounts);
    case TRAFFIC_BUSY:
        return below(t, busy);
    case TRAFFIC_ZIPF:
        chance = below(t, UINT32_MAX) / (double)UINT32_MAX;
        return (uint32_t)(zipf_from * (pow(1 + t->accounts / zipf_from, chance) - 1));
    case TRAFFIC_UNIFORM:
        break;
    }
    return percent(t, BUSY_SHARE) ? below(t, busy) : busy + below(t, t->accounts - busy);
}

static struct ip address_of(uint64_t network, uint32_t host)
{
    uint64_t h = hash_u64(network);
    uint8_t first = (uint8_t)(64 + h % 128), last = (uint8_t)host;

    return (struct ip){
        { [10] = 0xff, [11] = 0xff, [12] = first, (uint8_t)(h >> 8), (uint8_t)(h >> 16), last }
    };
}

/* Where polbench has the user of that number: ip_address() there, of as many as there are users. */
static struct ip polbench_home(const struct traffic *t, uint32_t account)
{
    uint64_t n = (uint64_t)account * 2654435761U % t->accounts;
    uint16_t last = (uint16_t)((uint32_t)n * 40503U % 65535 + 1);
    struct ip home = {
        { [10] = 0xff, [11] = 0xff, [12] = 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n }
    };

    if (n % 10 == 0)
        home = (struct ip){ { 0x20, 0x01, 0x0d, 0xb8, (uint8_t)(n >> 24), (uint8_t)(n >> 16),
                              (uint8_t)(n >> 8), (uint8_t)n, [14] = (uint8_t)(last >> 8),
                              (uint8_t)last } };
    return home;
}

/* At home, at work, or on the telephone; one time in 500 anywhere. */
static void place(struct traffic *t, struct session *s)
{
    uint32_t where = below(t, 500);
    uint64_t network = (uint64_t)s->account * 2 + (where < 150);

    if (where == 499)
        network = next_random(t);
    else if (where >= 425)
        network = UINT32_MAX + (s->account % 7 + below(t, 3) * 31ULL) % CARRIERS;
    s->client = address_of(network, below(t, 250));
    if (t->as_polbench && network == (uint64_t)s->account * 2)
        s->client = polbench_home(t, s->account);
    s->provider = 1 + (uint32_t)(hash_u64(network + 1) % PROVIDERS);
    s->software = 1 + (s->account + (where >= 425)) % 40;
}

static void begin_session(struct traffic *t, struct session *s)
{
    uint32_t kind, busy = traffic_busy(t);

    *s = (struct session){ .account = pick_account(t), .step = STEP_SINGLE };
    t->begun++;
    t->now_us += t->step_us;
    place(t, s);
    kind = below(t, 100);
    if (s->account < busy ? kind < 69 : kind < 30) {
        s->step = STEP_LOGIN;
        s->recipients = s->left = percent(t, 80) ? 1 : 2 + below(t, 4);
    } else if (s->account < busy ? kind < 80 : kind < 65) {
        s->single = EVENT_LOGIN;
    } else if (kind < 98) {
        s->single = EVENT_RECEIVED;
    } else {
        s->single = EVENT_LOGIN_FAILURE;
    }
    if (t->order == TRAFFIC_FIRST && s->step == STEP_SINGLE)
        s->single = EVENT_LOGIN; /* everybody is seen once */
}

/* Mostly somebody of the address book, those at its front most often. */
static uint64_t correspondent(struct traffic *t, uint32_t account)
{
    uint32_t chance = below(t, 100);
    uint32_t contacts = account < traffic_busy(t) ? BUSY_CONTACTS : QUIET_CONTACTS;
    uint32_t i = below(t, contacts);

    if (chance < 5)
        return next_random(t);
    if (chance < 20)
        return hash_u64(1 + below(t, POPULAR));
    return hash_u64(((uint64_t)account << 20) + POPULAR + (i < below(t, contacts) ? i : i / 4));
}

static void fill_delivery(struct traffic *t, struct session *s, struct event *e)
{
    uint32_t chance = below(t, 1000);

    e->queued = s->queued;
    e->local = s->step == STEP_DELIVERY && chance >= 800;
    e->retry = s->step == STEP_RETRY;
    e->correspondent = e->retry ? s->retried : correspondent(t, s->account);
    e->recipient = SLICE("somebody@elsewhere.example");
    e->text = SLICE("250 2.0.0 Ok: queued as 4F3C21A5B");
    s->left -= !e->retry;
    s->step = s->left > 0 ? STEP_DELIVERY : STEP_END;
    if (chance >= 35 || e->retry)
        return;
    if (chance < 20) {
        e->status = DELIVERY_DEFERRED;
        e->reply = chance < 15 ? REPLY_GREYLISTED : REPLY_UNREACHABLE;
        s->retried = e->correspondent;
        s->step = STEP_RETRY;
        return;
    }
    e->status = DELIVERY_BOUNCED;
    e->reply = chance < 29   ? REPLY_UNKNOWN_RECIPIENT
               : chance < 33 ? REPLY_MAILBOX_FULL
                             : REPLY_SPAM;
    e->domain = 1 + below(t, 5000);
}

/* The next event of that session. */
static struct event step_session(struct traffic *t, struct session *s)
{
    enum event_type type = s->step == STEP_LOGIN        ? EVENT_LOGIN
                           : s->step == STEP_SUBMISSION ? EVENT_SUBMISSION
                           : s->step == STEP_SINGLE     ? s->single
                                                        : EVENT_DELIVERY;
    struct event e = traffic_event(t, s->account, type);

    e.client = s->client;
    e.provider = s->provider;
    e.protocol = s->step == STEP_SINGLE ? SLICE("imap") : SLICE("smtp");
    if (type == EVENT_DELIVERY) {
        fill_delivery(t, s, &e);
        return e;
    }
    if (type == EVENT_RECEIVED)
        e.correspondent = correspondent(t, s->account);
    if (type == EVENT_SUBMISSION) {
        e.software = s->software;
        e.recipients = s->recipients;
        e.sender = e.subject.name;
        e.queue_id = SLICE("4ZkQ2b1Xyz");
        e.size = 20000;
        s->queued = e.at;
    }
    s->step = s->step == STEP_LOGIN        ? STEP_SUBMISSION
              : s->step == STEP_SUBMISSION ? STEP_DELIVERY
                                           : STEP_END;
    return e;
}

static struct event invented(struct traffic *t)
{
    struct event e = event_now(t, EVENT_LOGIN_FAILURE);
    char *name = t->made_up[t->made_up_n++];
    int n = snprintf(name, NAME_ROOM, "guess%llu@d.example", (unsigned long long)t->invented++);

    e.subject = subject_make(SUBJECT_ACCOUNT, (struct slice){ name, (size_t)n });
    e.client = address_of(below(t, 5000) + ((uint64_t)1 << 40), below(t, 250));
    e.protocol = SLICE("smtp");
    return e;
}

void traffic_invented(struct traffic *t, struct event *out)
{
    t->made_up_n = 0;
    for (int i = 0; i < TRAFFIC_BATCH; i++)
        out[i] = invented(t);
}

void traffic_next(struct traffic *t, struct event *out, uint32_t *who)
{
    t->made_up_n = 0;
    for (int i = 0; i < TRAFFIC_BATCH; i++) {
        struct session *s = &t->sessions[below(t, SESSIONS_AT_ONCE)];

        if (percent(t, 2)) {
            who[i] = UINT32_MAX;
            out[i] = invented(t);
            continue;
        }
        if (s->step == STEP_END)
            begin_session(t, s);
        who[i] = s->account;
        out[i] = step_session(t, s);
    }
}
