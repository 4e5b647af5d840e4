#include "detect/bruteforce_tables.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

enum {
    ENTRIES = 16384,
    ENTRIES_MIN = 1024,
    ENTRIES_MAX = 1 << 20,
    FAILURES = 3,
    FAILURES_MAX = 1000,
    TARPIT_S = 5,
    WIDE = 4, /* how many times more it takes where others could be hit */
};

enum bruteforce_why count_why(enum count_kind kind)
{
    static const enum bruteforce_why whys[COUNT_KINDS] = {
        [COUNT_PAIR] = BRUTEFORCE_PAIR,
        [COUNT_ADDRESS] = BRUTEFORCE_ADDRESS,
        [COUNT_NETWORK] = BRUTEFORCE_NETWORK,
        [COUNT_ACCOUNT] = BRUTEFORCE_ACCOUNT,
    };

    return whys[kind];
}

void bruteforce_clock_set(struct bruteforce *b, int64_t by_ms)
{
    b->shift_ms -= by_ms;
}

int64_t kept_ms(const struct bruteforce *b, struct wall at)
{
    int64_t ms = at.ms + b->shift_ms;

    return ms > b->newest_ms ? ms : b->newest_ms;
}

static struct count *set_of(const struct bruteforce *b, enum count_kind kind, uint64_t account,
                            const struct ip *ip)
{
    uint64_t hash = hash_u64(account ^ ip_hash(ip, b->options.seed));

    return &b->counts[kind][(hash & (b->sets - 1)) * SET];
}

unsigned count_limit(const struct bruteforce *b, enum count_kind kind)
{
    return b->options.failures * (kind == COUNT_ADDRESS ? 1 : WIDE);
}

/* How many of its failures are forgotten since leak_ms. */
static int64_t leaked(const struct bruteforce *b, enum count_kind kind, const struct count *c,
                      int64_t now_ms)
{
    int64_t ms = now_ms - c->leak_ms;

    return ms > 0 ? ms / (b->options.memory_ms / count_limit(b, kind)) : 0;
}

uint32_t count_level(const struct bruteforce *b, enum count_kind kind, const struct count *c,
                     int64_t now_ms)
{
    int64_t gone = leaked(b, kind, c, now_ms);

    return gone < c->level ? c->level - (uint32_t)gone : 0;
}

bool count_alive(const struct bruteforce *b, enum count_kind kind, const struct count *c,
                 int64_t now_ms)
{
    return c->failures > 0 && (now_ms < c->until_ms || count_level(b, kind, c, now_ms) > 0);
}

static bool is(const struct count *c, uint64_t account, const struct ip *ip)
{
    return c->failures > 0 && c->account == account && ip_eq(&c->ip, ip);
}

struct count *count_find(const struct bruteforce *b, enum count_kind kind, uint64_t account,
                         const struct ip *ip)
{
    struct count *set = set_of(b, kind, account, ip);

    for (int i = 0; i < SET; i++)
        if (is(&set[i], account, ip))
            return &set[i];
    return NULL;
}

/* Does `one` leave rather than `other`? What counts no more first, then what is not refused, then
 * the one with fewer failures, then the older one. */
static bool count_leaves(const struct bruteforce *b, enum count_kind kind, const struct count *one,
                         const struct count *other, int64_t now_ms)
{
    bool alive[] = { count_alive(b, kind, one, now_ms), count_alive(b, kind, other, now_ms) };
    bool refused[] = { now_ms < one->until_ms, now_ms < other->until_ms };

    if (alive[0] != alive[1])
        return alive[1];
    if (refused[0] != refused[1])
        return refused[1];
    if (one->level != other->level)
        return one->level < other->level;
    return one->last_ms < other->last_ms;
}

static struct count *who_leaves(struct bruteforce *b, enum count_kind kind, struct count *set,
                                int64_t now_ms)
{
    struct count *least = set;

    for (int i = 1; i < SET; i++)
        if (count_leaves(b, kind, &set[i], least, now_ms))
            least = &set[i];
    if (count_alive(b, kind, least, now_ms) && b->forgotten < UINT64_MAX)
        b->forgotten++;
    return least;
}

struct count *count_take(struct bruteforce *b, enum count_kind kind, uint64_t account,
                         const struct ip *ip, int64_t now_ms)
{
    struct count *c = count_find(b, kind, account, ip);
    int64_t gone;

    if (c == NULL || !count_alive(b, kind, c, now_ms)) {
        if (c == NULL)
            c = who_leaves(b, kind, set_of(b, kind, account, ip), now_ms);
        *c = (struct count){ .account = account, .ip = *ip, .leak_ms = now_ms };
        return c;
    }
    gone = leaked(b, kind, c, now_ms);
    c->level = count_level(b, kind, c, now_ms);
    c->leak_ms =
        c->level > 0 ? c->leak_ms + gone * (b->options.memory_ms / count_limit(b, kind)) : now_ms;
    return c;
}

static struct mark *marks_of(const struct bruteforce *b, struct mark *marks, uint64_t key)
{
    return &marks[(hash_u64(key) & (4 * (uint64_t)b->sets - 1)) * SET];
}

struct mark *mark_find(const struct bruteforce *b, struct mark *marks, uint64_t key)
{
    struct mark *set = marks_of(b, marks, key);

    for (int i = 0; i < SET; i++)
        if (set[i].key == key)
            return &set[i];
    return NULL;
}

struct mark *mark_take(const struct bruteforce *b, struct mark *marks, uint64_t key, bool by_n)
{
    struct mark *set = marks_of(b, marks, key), *m = mark_find(b, marks, key);

    if (m != NULL)
        return m;
    m = set;
    for (int i = 1; i < SET; i++)
        if (by_n && set[i].n != m->n ? set[i].n < m->n : set[i].at_s < m->at_s)
            m = &set[i];
    *m = (struct mark){ .key = key };
    return m;
}

void tables_clear(struct bruteforce *b)
{
    size_t entries = (size_t)b->sets * SET;

    for (int kind = 0; kind < COUNT_KINDS; kind++)
        memset(b->counts[kind], 0, entries * sizeof(struct count));
    memset(b->failed, 0, 4 * entries * sizeof(struct mark));
    memset(b->worked, 0, 4 * entries * sizeof(struct mark));
}

static uint32_t sets_for(unsigned entries)
{
    uint32_t n = ENTRIES_MIN;

    entries = entries > 0 ? entries : ENTRIES;
    while (n < entries && n < ENTRIES_MAX)
        n *= 2;
    return n / SET;
}

void bruteforce_configure(struct bruteforce *b, const struct bruteforce_options *options)
{
    uint64_t seed = b->options.seed;
    struct bruteforce_options *o = &b->options;

    *o = *options;
    o->seed = seed;
    o->entries = b->sets * SET;
    o->failures = o->failures > 0 ? o->failures : FAILURES;
    o->failures = o->failures < FAILURES_MAX ? o->failures : FAILURES_MAX;
    o->refuse_ms = o->refuse_ms > 0 ? o->refuse_ms : 20 * (int64_t)MINUTE_MS;
    o->memory_ms = o->memory_ms > 0 ? o->memory_ms : 60 * (int64_t)MINUTE_MS;
    o->memory_ms = o->memory_ms > MINUTE_MS ? o->memory_ms : MINUTE_MS;
    o->tarpit_max_s = o->tarpit_max_s > 0 ? o->tarpit_max_s : TARPIT_S;
    if (o->no_tarpit)
        o->tarpit_max_s = 0;
}

struct bruteforce *bruteforce_new(const struct bruteforce_options *options)
{
    struct bruteforce *b = memory_new(1, sizeof *b);
    size_t entries;

    b->sets = sets_for(options->entries);
    b->options.seed = options->seed;
    bruteforce_configure(b, options);
    entries = (size_t)b->sets * SET;
    for (int kind = 0; kind < COUNT_KINDS; kind++)
        b->counts[kind] = memory_new(entries, sizeof(struct count));
    b->failed = memory_new(4 * entries, sizeof(struct mark));
    b->worked = memory_new(4 * entries, sizeof(struct mark));
    return b;
}

void bruteforce_free(struct bruteforce *b)
{
    if (b == NULL)
        return;
    for (int kind = 0; kind < COUNT_KINDS; kind++)
        free(b->counts[kind]);
    free(b->failed);
    free(b->worked);
    free(b);
}
