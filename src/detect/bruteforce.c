#include "detect/bruteforce.h"

#include "base/hash.h"
#include "detect/bruteforce_tables.h"

#include "base/ban.h"

enum {
    VERY_WIDE = 16,      /* how many times more it takes where others are known to be */
    BACK_MS = MINUTE_MS, /* events may be so late; what is more is the clock */
};

/* A login counts as one from here for so long. */
static const uint32_t worked_s = 7 * 24 * 3600;

/* What the keys of marks are made of. */
enum mark_kind { FAILED_PASSWORD, FAILED_PAIR, LOGGED_IN, OWNER, SHARED };

/* An attempt with what is known of where it comes from. */
struct seen {
    const struct login_attempt *a;
    struct ip address, network; /* IPv4: /32, /24; IPv6: /64, /56 */
    int64_t now_ms;
    bool at_home;                /* this account logged in from this address, or it is known */
    bool near_home;              /* or from this network */
    bool shared, network_shared; /* two accounts logged in from there */
};

static const struct ip nowhere;

static uint64_t mark_key(const struct bruteforce *b, enum mark_kind kind, uint64_t who,
                         const struct ip *ip)
{
    uint64_t key = hash_u64(who + hash_u64(ip_hash(ip, b->options.seed) + (uint64_t)kind));

    return key != 0 ? key : 1;
}

static uint32_t seconds(int64_t ms)
{
    return ms > 0 ? (uint32_t)(ms / SECOND_MS) : 0;
}

static bool worked(const struct bruteforce *b, uint64_t key, int64_t now_ms)
{
    const struct mark *m = mark_find(b, b->worked, key);

    return m != NULL && seconds(now_ms) - m->at_s < worked_s;
}

/* The same when something is noted: a clock that steps back is noticed. */
static int64_t advance(struct bruteforce *b, struct wall at)
{
    if (b->newest_ms - BACK_MS > at.ms + b->shift_ms)
        b->shift_ms = b->newest_ms - at.ms;
    b->newest_ms = kept_ms(b, at);
    return b->newest_ms;
}

static struct seen look(const struct bruteforce *b, const struct login_attempt *a, int64_t now_ms)
{
    bool v4 = ip_is_v4(&a->ip);
    struct seen s = { .a = a, .now_ms = now_ms };

    s.address = ip_masked(&a->ip, v4 ? 128 : 64);
    s.network = ip_masked(&a->ip, v4 ? 96 + 24 : 56);
    if (a->account != 0) {
        s.at_home = a->known || worked(b, mark_key(b, LOGGED_IN, a->account, &s.address), now_ms);
        s.near_home =
            s.at_home || worked(b, mark_key(b, LOGGED_IN, a->account, &s.network), now_ms);
    }
    s.shared = a->shared || worked(b, mark_key(b, SHARED, 0, &s.address), now_ms);
    s.network_shared = s.shared || worked(b, mark_key(b, SHARED, 1, &s.network), now_ms);
    return s;
}

/* How many failures it takes until this attempt's pair, address, network or account is refused. 0:
 * it never is. */
static unsigned limit_of(const struct bruteforce *b, const struct seen *s, enum count_kind kind)
{
    unsigned usual = count_limit(b, kind);

    switch (kind) {
    case COUNT_PAIR:
        return usual;
    case COUNT_ADDRESS:
        return s->at_home || s->shared ? 0 : usual;
    case COUNT_NETWORK:
        if (s->near_home || s->a->shared)
            return 0;
        return s->network_shared ? b->options.failures * VERY_WIDE : usual;
    case COUNT_ACCOUNT:
        return s->near_home ? 0 : usual;
    case COUNT_KINDS:
        break;
    }
    return 0;
}

static struct count *count_of(const struct bruteforce *b, const struct seen *s,
                              enum count_kind kind)
{
    switch (kind) {
    case COUNT_PAIR:
        return s->a->account != 0 ? count_find(b, kind, s->a->account, &s->address) : NULL;
    case COUNT_ADDRESS:
        return count_find(b, kind, 0, &s->address);
    case COUNT_NETWORK:
        return count_find(b, kind, 0, &s->network);
    case COUNT_ACCOUNT:
        return s->a->account != 0 ? count_find(b, kind, s->a->account, &nowhere) : NULL;
    case COUNT_KINDS:
        break;
    }
    return NULL;
}

/* 1, 2, 4, ... seconds: with the first failure where few are enough for a refusal, else from the
 * half of them on. */
static unsigned tarpit(unsigned failures, unsigned limit, unsigned most)
{
    unsigned from = limit < 6 ? 1 : limit / 2;
    unsigned step = failures >= from ? failures - from : 0;
    unsigned wait = step < 16 ? 1U << step : 1U << 16;

    if (failures < from)
        return 0;
    return wait < most ? wait : most;
}

/* The first that refuses it, or NULL; then with the longest wait that the others ask for. */
static const struct count *find(const struct bruteforce *b, const struct seen *s,
                                enum count_kind *kind, unsigned *wait_s)
{
    *wait_s = 0;
    for (*kind = 0; *kind < COUNT_KINDS; ++*kind) {
        const struct count *c = count_of(b, s, *kind);
        unsigned limit = limit_of(b, s, *kind), one;

        if (c == NULL || limit == 0)
            continue;
        if (s->now_ms < c->until_ms)
            return c;
        one = tarpit(count_level(b, *kind, c, s->now_ms), limit, b->options.tarpit_max_s);
        *wait_s = one > *wait_s ? one : *wait_s;
    }
    return NULL;
}

bool bruteforce_find(const struct bruteforce *b, const struct login_attempt *a, struct wall at,
                     enum count_kind *kind, const struct count **out)
{
    struct seen s;
    unsigned wait_s;

    if (ip_none(&a->ip))
        return false;
    s = look(b, a, kept_ms(b, at));
    *out = find(b, &s, kind, &wait_s);
    return *out != NULL;
}

enum bruteforce_why bruteforce_allow(const struct bruteforce *b, const struct login_attempt *a,
                                     struct wall at, unsigned *tarpit_s)
{
    enum count_kind kind;
    struct seen s;

    *tarpit_s = 0;
    if (ip_none(&a->ip))
        return BRUTEFORCE_NOT;
    s = look(b, a, kept_ms(b, at));
    if (find(b, &s, &kind, tarpit_s) == NULL)
        return BRUTEFORCE_NOT;
    *tarpit_s = 0;
    return count_why(kind);
}

/* Is it more than was seen to fail before? */
static bool is_new(struct bruteforce *b, const struct seen *s)
{
    const struct login_attempt *a = s->a;
    uint64_t key = a->has_pwhash
                       ? mark_key(b, FAILED_PASSWORD, a->account ^ hash_u64(a->pwhash), &nowhere)
                       : mark_key(b, FAILED_PAIR, a->account, &s->address);
    struct mark *m = mark_take(b, b->failed, key, true);
    bool old = m->at_s != 0 && seconds(s->now_ms - b->options.memory_ms) <= m->at_s;

    if (!old)
        m->n = 0;
    else if (m->n < UINT32_MAX)
        m->n++;
    m->at_s = seconds(s->now_ms);
    /* Without a hash the first, second, fourth, ... counts: n + 1 of them were seen. */
    return !old || (!a->has_pwhash && ((uint64_t)m->n & ((uint64_t)m->n + 1)) == 0);
}

/* Note one failure; true when it refuses what was not refused before. */
static bool hit(const struct bruteforce *b, const struct seen *s, struct count *c, unsigned limit)
{
    bool before = s->now_ms < c->until_ms;

    if (c->failures == 0)
        c->first_ms = s->now_ms;
    if (c->failures < UINT32_MAX)
        c->failures++;
    if (c->level < UINT32_MAX)
        c->level++;
    c->last_ms = s->now_ms;
    if (limit == 0 || c->level < limit)
        return false;
    c->until_ms = s->now_ms + b->options.refuse_ms;
    return !before;
}

enum bruteforce_why bruteforce_failure(struct bruteforce *b, const struct login_attempt *a,
                                       struct wall at)
{
    enum bruteforce_why why = BRUTEFORCE_NOT;
    struct seen s;

    if (ip_none(&a->ip))
        return why;
    s = look(b, a, advance(b, at));
    if (!is_new(b, &s))
        return why;
    for (enum count_kind kind = 0; kind < COUNT_KINDS; kind++) {
        bool of_account = kind == COUNT_PAIR || kind == COUNT_ACCOUNT;
        const struct ip *ip = kind == COUNT_ACCOUNT   ? &nowhere
                              : kind == COUNT_NETWORK ? &s.network
                                                      : &s.address;

        /* The owner who mistypes at home is no stranger there. */
        if ((of_account && a->account == 0) || (kind == COUNT_ADDRESS && s.at_home) ||
            (kind > COUNT_ADDRESS && s.near_home))
            continue;
        if (hit(b, &s, count_take(b, kind, of_account ? a->account : 0, ip, s.now_ms),
                limit_of(b, &s, kind)))
            why = count_why(kind);
    }
    return why;
}

/* Who logs in from there: one, or more than one? */
static void home_note(struct bruteforce *b, const struct seen *s, uint64_t which,
                      const struct ip *ip)
{
    uint64_t account = s->a->account;
    uint32_t tag = (uint32_t)(account >> 32 ^ account), now = seconds(s->now_ms);
    struct mark *in = mark_take(b, b->worked, mark_key(b, LOGGED_IN, account, ip), false);
    struct mark *owner;

    in->at_s = now;
    owner = mark_take(b, b->worked, mark_key(b, OWNER, which, ip), false);
    if (owner->at_s != 0 && owner->n != tag && now - owner->at_s < worked_s)
        mark_take(b, b->worked, mark_key(b, SHARED, which, ip), false)->at_s = now;
    else
        *owner = (struct mark){ .key = owner->key, .at_s = now, .n = tag };
}

/* What was counted against others because of this account. */
static void take_back(const struct bruteforce *b, const struct seen *s, enum count_kind kind,
                      uint32_t n)
{
    struct count *c = count_of(b, s, kind);

    if (c == NULL)
        return;
    c->level -= c->level < n ? c->level : n;
    c->failures -= c->failures <= n ? c->failures - 1 : n; /* 0 would be an empty place */
}

void bruteforce_success(struct bruteforce *b, const struct login_attempt *a, struct wall at)
{
    struct count *pair;
    struct seen s;

    if (ip_none(&a->ip) || a->account == 0)
        return;
    s = look(b, a, advance(b, at));
    pair = count_of(b, &s, COUNT_PAIR);
    if (pair != NULL) {
        uint32_t n = pair->level;

        *pair = (struct count){ 0 };
        if (!s.at_home)
            take_back(b, &s, COUNT_ADDRESS, n);
        if (!s.near_home) {
            take_back(b, &s, COUNT_NETWORK, n);
            take_back(b, &s, COUNT_ACCOUNT, n);
        }
    }
    home_note(b, &s, 0, &s.address);
    home_note(b, &s, 1, &s.network);
}

static bool clear(const struct bruteforce *b, struct count *c, uint64_t account,
                  const struct ip *address)
{
    bool was =
        c != NULL && c->failures > 0 &&
        ((account != 0 && c->account == account) || (address != NULL && ip_eq(&c->ip, address)));
    bool refused = was && b->newest_ms < c->until_ms;

    if (was)
        *c = (struct count){ 0 };
    return refused;
}

bool bruteforce_forget(struct bruteforce *b, uint64_t account, const struct ip *ip)
{
    const struct login_attempt a = { .ip = ip != NULL ? *ip : nowhere };
    struct seen s = look(b, &a, b->newest_ms);
    const struct ip *address = ip_none(&a.ip) ? NULL : &s.address;
    const struct ip *network = ip_none(&a.ip) ? NULL : &s.network;
    bool any = false;

    for (size_t i = 0; i < (size_t)b->sets * SET; i++) {
        any |= clear(b, &b->counts[COUNT_PAIR][i], account, address);
        any |= clear(b, &b->counts[COUNT_ADDRESS][i], 0, address);
        any |= clear(b, &b->counts[COUNT_NETWORK][i], 0, network);
        any |= clear(b, &b->counts[COUNT_ACCOUNT][i], account, NULL);
    }
    return any;
}
