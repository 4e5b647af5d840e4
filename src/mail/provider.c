#include "mail/provider.h"

#include "mail/reply_words.h"

#include "base/ban.h"

const char *reply_cause_name(enum reply_cause cause)
{
    static const char *const names[CAUSES] = {
        [CAUSE_OTHER] = "other",     [CAUSE_ADDRESS] = "address", [CAUSE_DOMAIN] = "domain",
        [CAUSE_CONTENT] = "content", [CAUSE_RATE] = "rate",       [CAUSE_UNKNOWN] = "unknown",
        [CAUSE_FULL] = "full",       [CAUSE_GREYLISTED] = "grey", [CAUSE_POLICY] = "policy",
    };

    return names[cause < CAUSES ? cause : CAUSE_OTHER];
}

const char *reply_cause_words(enum reply_cause cause)
{
    static const char *const words[CAUSES] = {
        [CAUSE_OTHER] = "something else",
        [CAUSE_ADDRESS] = "the reputation of our address",
        [CAUSE_DOMAIN] = "the reputation of the sender's domain",
        [CAUSE_CONTENT] = "what the message says",
        [CAUSE_RATE] = "too much at a time",
        [CAUSE_UNKNOWN] = "no such recipient",
        [CAUSE_FULL] = "a full mailbox",
        [CAUSE_GREYLISTED] = "greylisting",
        [CAUSE_POLICY] = "authentication or policy",
    };

    return words[cause < CAUSES ? cause : CAUSE_OTHER];
}

/* The host is `name`, or below it. */
static bool host_matches(struct slice host, struct slice name)
{
    if (host.n < name.n || (host.n > name.n && host.p[host.n - name.n - 1] != '.'))
        return false;
    return slice_eq_nocase(slice_from(host, host.n - name.n), name);
}

static bool any_host(const char *const *names, struct slice host)
{
    for (; *names != NULL; names++)
        if (host_matches(host, slice_of(*names)))
            return true;
    return false;
}

static bool any_domain(const char *const *names, struct slice domain)
{
    for (; *names != NULL; names++)
        if (slice_eq_nocase(domain, slice_of(*names)))
            return true;
    return false;
}

const struct provider *provider_of(const struct provider_table *table, struct slice host,
                                   struct slice domain)
{
    for (uint32_t i = 0; i < table->n; i++) {
        const struct provider *p = &table->all[i];

        if (host.n > 0 ? any_host(p->hosts, host) : any_domain(p->domains, domain))
            return p;
    }
    return NULL;
}

struct slice provider_site(struct slice host)
{
    enum { COUNTRY = 2, SHORT = 3 };
    struct slice rest = host, top, second, third;

    if (!slice_cut_last(&rest, '.', &top) || top.n == 0 || reply_is_digit(top.p[0]))
        return (struct slice){ host.p, 0 };
    if (!slice_cut_last(&rest, '.', &second))
        return rest.n > 0 ? host : (struct slice){ host.p, 0 };
    if (second.n == 0)
        return (struct slice){ host.p, 0 };
    if (top.n != COUNTRY || second.n > SHORT || rest.n == 0)
        return slice_between(second.p, top.p + top.n);
    third = rest;
    (void)slice_cut_last(&rest, '.', &third);
    return third.n > 0 ? slice_between(third.p, top.p + top.n)
                       : slice_between(second.p, top.p + top.n);
}

struct slice provider_host_of(struct slice text)
{
    struct slice host, name;

    (void)slice_skip(&text, SLICE("delivery temporarily suspended: "));
    if (!slice_skip(&text, SLICE("host ")) || !slice_cut(&text, ' ', &host) ||
        !slice_cut(&host, '[', &name) || slice_eq(name, SLICE("unknown")))
        return (struct slice){ NULL, 0 };
    return name;
}

const char *provider_wants(const struct provider_refusal *r)
{
    if (r->rule != NULL && r->rule->wants[0] != '\0')
        return r->rule->wants;
    return r->who != NULL ? r->who->wants : "";
}

const char *provider_page(const struct provider_refusal *r)
{
    if (r->rule != NULL && r->rule->page[0] != '\0')
        return r->rule->page;
    return r->who != NULL ? r->who->page : "";
}
