/* lookup.c - what the settings say of one account. */
#include <math.h>

#include "conf/index.h"

#include "base/ban.h"

/* Of two settings of one key, that of the lower rank counts. Within a level the order of the file
 * decides, or of domains the longer one. */
enum {
    RANK_ACCOUNT = 1U << 24,
    RANK_GROUP = 2U << 24,
    RANK_DOMAIN = 3U << 24,
    RANK_TOP = 4U << 24
};

struct answer {
    const struct conf *conf;
    struct wall at;
    int32_t utc_offset_s;
    struct conf_policy policy;
    uint32_t value[PARTS], rank[PARTS];
    uint32_t submission_rank;
};

static void take_part(struct answer *a, const struct limits_part *part, uint32_t rank)
{
    for (unsigned i = 0; i < PARTS; i++) {
        if ((part->set >> i & 1) != 0 && rank < a->rank[i]) {
            a->value[i] = part->value[i];
            a->rank[i] = rank;
        }
    }
}

static void take_submission(struct answer *a, uint32_t number, uint32_t rank)
{
    if (rank < a->submission_rank) {
        a->policy.submission = number;
        a->submission_rank = rank;
    }
}

static void take_exception(struct answer *a, const struct conf_exception *e)
{
    struct conf_policy *p = &a->policy;

    if (conf_exception_season(e, a->at, a->utc_offset_s) != CONF_IN_FORCE)
        return;
    if (e->allow == CONF_NEVER_HOLD)
        p->never_hold = true;
    if (e->allow == CONF_NEVER_HOLD || e->allow == CONF_NEVER_LOCK)
        p->never_lock = true;
    if (e->allow == CONF_LIMIT_TIMES)
        p->times = fmax(p->times, e->times);
    if (e->allow == CONF_COUNTRY)
        conf_countries_add(&p->countries, e->country);
    if ((e->allow == CONF_NETWORK || e->allow == CONF_AS) && p->places_n < CONF_POLICY_PLACES)
        p->places[p->places_n++] = e;
    for (uint32_t i = 0; i < p->exceptions_n; i++)
        if (p->exceptions[i] == e)
            return;
    if (p->exceptions_n < CONF_POLICY_EXCEPTIONS)
        p->exceptions[p->exceptions_n++] = e;
}

/* All that is said of a name, which stands at that rank. */
static void take_marks(struct answer *a, struct slice who, uint32_t rank)
{
    const struct conf_index *x = a->conf->index;
    struct table_probe probe = index_find(x, who);
    const struct mark *m;

    while (index_next(x, &probe, who, &m)) {
        switch (m->kind) {
        case MARK_LIMITS:
            take_part(a, &x->parts[m->number], rank);
            break;
        case MARK_GROUP:
            break;
        case MARK_MEMBER: /* groups have no groups in them: this goes no deeper */
            take_marks(a, x->groups[m->number], RANK_GROUP + m->number);
            break;
        case MARK_TRUSTED:
            a->policy.trusted_bulk = true;
            break;
        case MARK_EXCEPTION:
            take_exception(a, &a->conf->exceptions[m->number]);
            break;
        case MARK_SUBMISSION:
            take_submission(a, m->number, rank);
            break;
        }
    }
}

/* The domain of the account, and those above it. */
static void take_domains(struct answer *a, struct slice account)
{
    struct slice domain = address_domain(account), label;

    for (uint32_t depth = 0; domain.n > 0; depth++) {
        /* The name of a domain begins with '@', and so does what was cut from the address. */
        char name[ADDRESS_MAX];

        name[0] = '@';
        memcpy(name + 1, domain.p, domain.n);
        take_marks(a, (struct slice){ name, domain.n + 1 }, RANK_DOMAIN + depth);
        if (!slice_cut(&domain, '.', &label))
            return;
    }
}

static void finish_limits(struct answer *a)
{
    struct conf_limits *l = &a->policy.limits;

    for (unsigned i = 0; i < CONF_RATES; i++) {
        double limit = floor((double)a->value[i] * a->policy.times);

        l->rate[i] = a->value[i] == CONF_NO_LIMIT || limit >= (double)CONF_NO_LIMIT
                         ? CONF_NO_LIMIT
                         : (uint32_t)limit;
    }
    l->free_recipients_per_hour = a->value[PART_FREE_RECIPIENTS];
    l->at_limit = (enum conf_at_limit)a->value[PART_AT_LIMIT];
}

struct conf_policy conf_account(const struct conf *conf, struct slice account, struct wall at,
                                int32_t utc_offset_s)
{
    struct answer a = { .conf = conf, .at = at, .utc_offset_s = utc_offset_s };
    char folded[ADDRESS_MAX];

    a.policy.times = 1;
    a.policy.submission = conf->index->submission_top;
    a.submission_rank = RANK_TOP;
    for (unsigned i = 0; i < PARTS; i++) {
        a.value[i] = i < CONF_RATES ? CONF_NO_LIMIT : 0;
        a.rank[i] = UINT32_MAX;
    }
    take_part(&a, &conf->index->parts[0], RANK_TOP);
    account = conf_who_account(account, folded);
    if (account.n > 0 && account.p[0] != '%' && account.p[0] != '@') {
        take_marks(&a, account, RANK_ACCOUNT);
        take_domains(&a, account);
    }
    finish_limits(&a);
    return a.policy;
}

struct slice conf_fold_account(struct slice login, char out[ADDRESS_MAX])
{
    return conf_who_account(login, out);
}

bool conf_own_address(const struct conf *conf, const struct ip *ip)
{
    return !ip_none(ip) && networks_have(&conf->index->own, ip);
}

size_t conf_own_single(const struct conf *conf, struct ip *out, size_t room)
{
    const struct networks *own = &conf->index->own;
    enum { SINGLE = 128 };
    size_t n = 0;

    for (uint32_t i = 0; i < own->n && n < room; i++)
        if (own->all[i].bits == SINGLE)
            out[n++] = own->all[i].net;
    return n;
}

bool conf_has_own_addresses(const struct conf *conf)
{
    return conf->index->own.n > 0;
}

bool conf_shared_client(const struct conf *conf, const struct ip *ip)
{
    return !ip_none(ip) && networks_have(&conf->index->shared, ip);
}

bool conf_home_country(const struct conf *conf, const char *code)
{
    return conf_countries_has(&conf->home, code);
}

enum conf_season conf_exception_season(const struct conf_exception *e, struct wall at,
                                       int32_t utc_offset_s)
{
    int64_t ms = at.ms + (int64_t)utc_offset_s * SECOND_MS;
    int64_t day = ms / DAY_MS - (ms % DAY_MS < 0);

    if (day < e->from_day)
        return CONF_FUTURE;
    return day <= e->until_day ? CONF_IN_FORCE : CONF_EXPIRED;
}

bool conf_has_rules(const struct conf *conf)
{
    const struct conf_index *x = conf->index;

    for (uint32_t i = 0; i < x->parts_n; i++)
        if ((x->parts[i].set & 1U << PART_AT_LIMIT) != 0 &&
            (x->parts[i].value[PART_AT_LIMIT] == CONF_DEFER_AT_LIMIT ||
             x->parts[i].value[PART_AT_LIMIT] == CONF_REJECT_AT_LIMIT))
            return true;
    return x->submissions_n > 1 || x->senders.n > 0;
}
