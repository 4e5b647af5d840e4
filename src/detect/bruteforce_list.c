#include "base/escape.h"
#include "detect/bruteforce_tables.h"

#include "base/ban.h"

/* As if no clock had stepped back. */
static struct wall wall_of(const struct bruteforce *b, int64_t ms)
{
    return (struct wall){ ms - b->shift_ms };
}

static unsigned bits_of(enum count_kind kind, const struct ip *ip)
{
    switch (kind) {
    case COUNT_PAIR:
    case COUNT_ADDRESS:
        return ip_is_v4(ip) ? 128 : 64;
    case COUNT_NETWORK:
        return ip_is_v4(ip) ? 96 + 24 : 56;
    case COUNT_ACCOUNT:
    case COUNT_KINDS:
        break;
    }
    return 0;
}

static struct bruteforce_refused refused_of(const struct bruteforce *b, enum count_kind kind,
                                            const struct count *c)
{
    return (struct bruteforce_refused){
        .why = count_why(kind),
        .account = c->account,
        .of = { c->ip, bits_of(kind, &c->ip) },
        .failures = c->failures,
        .first = wall_of(b, c->first_ms),
        .last = wall_of(b, c->last_ms),
        .until = wall_of(b, c->until_ms),
    };
}

void bruteforce_refused(const struct bruteforce *b, struct wall at, bruteforce_each *each,
                        void *ctx)
{
    int64_t now_ms = kept_ms(b, at);

    for (enum count_kind kind = 0; kind < COUNT_KINDS; kind++) {
        for (size_t i = 0; i < (size_t)b->sets * SET; i++) {
            const struct count *c = &b->counts[kind][i];

            if (c->failures > 0 && now_ms < c->until_ms) {
                struct bruteforce_refused one = refused_of(b, kind, c);

                each(ctx, &one);
            }
        }
    }
}

bool bruteforce_explain(const struct bruteforce *b, const struct login_attempt *a, struct wall at,
                        struct bruteforce_refused *out)
{
    const struct count *c;
    enum count_kind kind;

    if (!bruteforce_find(b, a, at, &kind, &c))
        return false;
    *out = refused_of(b, kind, c);
    return true;
}

struct bruteforce_stats bruteforce_stats(const struct bruteforce *b, struct wall at)
{
    struct bruteforce_stats stats = { .room = b->sets * SET, .forgotten = b->forgotten };
    int64_t now_ms = kept_ms(b, at);

    for (enum count_kind kind = 0; kind < COUNT_KINDS; kind++) {
        for (size_t i = 0; i < stats.room; i++) {
            const struct count *c = &b->counts[kind][i];

            stats.entries[kind] += count_alive(b, kind, c, now_ms);
            stats.refused += c->failures > 0 && now_ms < c->until_ms;
        }
    }
    return stats;
}

static void duration(int64_t ms, struct buf *out)
{
    int64_t minutes = (ms + MINUTE_MS - 1) / MINUTE_MS;

    if (minutes <= 1)
        buf_add(out, SLICE("a minute"));
    else if (minutes <= 120)
        buf_printf(out, "%d minutes", (int)minutes);
    else
        buf_printf(out, "%d hours", (int)((minutes + 59) / 60));
}

static void place(const struct ip_prefix *of, struct buf *out)
{
    char text[IP_TEXT_MAX];

    buf_printf(out, " from %s", ip_text(&of->net, text));
    if (of->bits < 128)
        buf_printf(out, "/%u", ip_is_v4(&of->net) ? of->bits - 96 : of->bits);
}

void bruteforce_words(const struct bruteforce_refused *r, struct slice account, struct buf *out)
{
    buf_printf(out, "%u wrong password%s", r->failures, r->failures == 1 ? "" : "s");
    if (r->why == BRUTEFORCE_PAIR || r->why == BRUTEFORCE_ACCOUNT) {
        buf_add(out, SLICE(" for "));
        if (account.n > 0)
            escape_terminal(out, account);
        else
            buf_add(out, SLICE("an account"));
    }
    if (r->why == BRUTEFORCE_ACCOUNT)
        buf_add(out, SLICE(" from networks that it does not use"));
    else
        place(&r->of, out);
    buf_add(out, SLICE(" within "));
    duration(r->last.ms - r->first.ms, out);
}
