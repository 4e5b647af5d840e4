/* build_dnsbl.c - dnsbl { }: which lists are asked, how often, and about what. */
#include "conf/build.h"

#include "base/ban.h"

enum { SUBJECTS_MAX = 1000 };

/* Growing, in the arena: there is room for all values. */
struct subjects {
    struct dnsbl_subject *all;
    uint32_t n;
};

static void take_every(struct builder *b, cfg_opt_t *key)
{
    const struct conf_setting *s;
    int64_t ms;

    if (build_values(b, key, true) == 0)
        return;
    s = conf_tree_value(key, 0);
    if (slice_eq(conf_setting_text(s), SLICE("never")))
        b->conf->daemon.dnsbl.every_ms = 0;
    else if (conf_duration_parse(conf_setting_text(s), &ms) && ms >= 5 * MINUTE_MS &&
             ms <= 7 * DAY_MS)
        b->conf->daemon.dnsbl.every_ms = ms;
    else
        build_complain(b, key->name, s, "is no time from 5m to 7d; write one, or never");
}

static void take_resolver(struct builder *b, const char *key, const struct conf_setting *s)
{
    struct conf_dnsbl *out = &b->conf->daemon.dnsbl;
    struct dnsbl_server server;

    if (!dnsbl_server_parse(conf_setting_text(s), &server))
        build_complain(b, key, s,
                       "is no name server; write its IP address, with @ and a port if that is not "
                       "53");
    else if (dnsbl_public_resolver(&server.ip) != NULL)
        build_complain(b, key, s,
                       "is a public resolver, which lists answer with errors, or as if nobody were "
                       "listed; write a resolver of your own, or leave the key out: mailfuse then "
                       "asks the lists itself");
    else if (out->resolvers_n == DNSBL_SERVERS_MAX)
        build_complain(b, key, s, "is one too many; write at most eight");
    else
        out->resolvers[out->resolvers_n++] = server;
}

static void take_subject(struct builder *b, struct subjects *to, const char *key, bool domain,
                         const struct conf_setting *s)
{
    char room[DNSBL_NAME_MAX];
    struct dnsbl_subject subject;
    const char *wrong = dnsbl_subject_parse(conf_setting_text(s), room, &subject);

    if (wrong != NULL || (subject.kind == DNSBL_DOMAIN) != domain) {
        build_complain(b, key, s,
                       domain ? "is no domain; write one such as \"example.test\""
                              : "is no address; write one such as \"192.0.2.10\"");
        return;
    }
    if (!domain && ip_is_private(&subject.ip)) {
        build_complain(b, key, s,
                       "is no public address, and lists have only those; write the one by which "
                       "others see it");
        return;
    }
    if (domain)
        subject.domain = arena_copy(&b->conf->arena, slice_of(room)).p;
    to->all[to->n++] = subject;
}

static void take_subjects(struct builder *b, cfg_opt_t *key, bool domain, struct subjects *to)
{
    unsigned n = conf_tree_is_set(key) ? build_values(b, key, false) : 0;

    for (unsigned i = 0; i < n; i++) {
        const struct conf_setting *s = conf_tree_value(key, i);

        if (to->n < SUBJECTS_MAX)
            take_subject(b, to, key->name, domain, s);
        else
            build_complain(b, key->name, s, "is one too many; write at most 1000");
    }
}

void build_dnsbl(struct builder *b)
{
    const cfg_t *section = build_section(b, "dnsbl");
    struct conf_dnsbl *out = &b->conf->daemon.dnsbl;
    struct subjects subjects = { .all = NULL };
    cfg_opt_t *key;

    if (section == NULL)
        return;
    take_every(b, conf_tree_key(section, "every"));
    key = conf_tree_key(section, "lists");
    if (build_values(b, key, true) > 0)
        out->lists = build_path(b, conf_tree_value(key, 0));
    key = conf_tree_key(section, "resolvers");
    for (unsigned i = 0, n = conf_tree_is_set(key) ? build_values(b, key, false) : 0; i < n; i++)
        take_resolver(b, key->name, conf_tree_value(key, i));
    subjects.all = arena_take(&b->conf->arena, SUBJECTS_MAX * sizeof *subjects.all);
    take_subjects(b, conf_tree_key(section, "addresses"), false, &subjects);
    take_subjects(b, conf_tree_key(section, "domains"), true, &subjects);
    out->subjects = subjects.all;
    out->subjects_n = subjects.n;
}
