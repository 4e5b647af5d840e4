/* submission.c - submission { }: from where accounts may submit mail. */
#include "base/memory.h"
#include "conf/build.h"

#include "base/ban.h"

static void take_country(struct builder *b, const struct conf_setting *s,
                         struct submission_part *out)
{
    char code[3];

    if (slice_eq(conf_setting_text(s), SLICE("all")))
        out->anywhere = true;
    else if (build_country(b, "countries", s, code))
        conf_countries_add(&out->countries, code);
}

static void take_network(struct builder *b, const struct conf_setting *s,
                         struct submission_part *out)
{
    struct ip_prefix prefix;

    if (build_network(b, "networks", s, &prefix))
        networks_add(&out->networks, &prefix);
}

static void take_as(struct builder *b, const struct conf_setting *s, struct submission_part *out)
{
    uint32_t as;

    if (!conf_as_parse(conf_setting_text(s), &as)) {
        build_complain(b, "as", s, "is no number of a network; write one such as \"64496\"");
        return;
    }
    if (out->as_n == out->as_room) {
        out->as_room = out->as_room > 0 ? out->as_room * 2 : 8;
        out->as = memory_resize(out->as, out->as_room, sizeof *out->as);
    }
    out->as[out->as_n++] = as;
}

/* What needs a database says so here: without one, nobody could send. */
static void need_geo(struct builder *b, const char *key, const struct conf_setting *s)
{
    cfg_opt_t *geo = conf_tree_key(b->tree->root, "geo");

    if (geo->nvalues == 0 && b->conf->index->whole)
        conf_complain(b->errors, b->conf->path, s->line, key,
                      "needs a database, or nobody could send; write geo = {\"...\"}");
}

static void take_parts(struct builder *b, const cfg_t *section, struct submission_part *out)
{
    static const struct {
        const char *name;
        void (*take)(struct builder *b, const struct conf_setting *s, struct submission_part *out);
    } keys[] = { { "countries", take_country }, { "networks", take_network }, { "as", take_as } };

    for (size_t k = 0; k < COUNT(keys); k++) {
        cfg_opt_t *key = conf_tree_key(section, keys[k].name);
        unsigned n = build_values(b, key, false);

        for (unsigned i = 0; i < n; i++)
            keys[k].take(b, conf_tree_value(key, i), out);
        if (n > 0 && !out->anywhere && keys[k].take != take_network)
            need_geo(b, keys[k].name, conf_tree_value(key, 0));
    }
}

uint32_t build_submission(struct builder *b, const cfg_t *section, uint32_t depth)
{
    cfg_opt_t *all = conf_tree_key(section, "submission");
    uint32_t line = all->nvalues > 0 ? conf_tree_line(b->tree, all->values[0]->section, depth) : 0;
    const struct submission_part *part;
    uint32_t number;

    for (unsigned i = 1; i < all->nvalues; i++)
        conf_complain(b->errors, b->conf->path,
                      conf_tree_line(b->tree, all->values[i]->section, depth), "submission",
                      "is there already, in line %u; write all of it in one submission { ... }",
                      line);
    if (all->nvalues == 0)
        return 0;
    number = index_submission(b->conf->index);
    part = &b->conf->index->submissions[number];
    take_parts(b, all->values[0]->section, &b->conf->index->submissions[number]);
    if (!part->anywhere && part->countries.n == 0 && part->networks.n == 0 && part->as_n == 0 &&
        b->conf->index->whole)
        conf_complain(b->errors, b->conf->path, line, "submission",
                      "allows no place; write countries, networks or as, or countries = all");
    return number;
}

static bool part_has(const struct submission_part *part, const struct ip *ip, const char *country,
                     uint32_t as)
{
    if (part->anywhere || conf_countries_has(&part->countries, country) ||
        networks_have(&part->networks, ip))
        return true;
    for (uint32_t i = 0; as != 0 && i < part->as_n; i++)
        if (part->as[i] == as)
            return true;
    return false;
}

bool conf_submission_allowed(const struct conf *conf, const struct conf_policy *policy,
                             const struct ip *ip, const char *country, uint32_t as)
{
    if (policy->submission == 0 || ip_none(ip) || ip_is_private(ip) ||
        conf_shared_client(conf, ip) ||
        part_has(&conf->index->submissions[policy->submission], ip, country, as) ||
        conf_countries_has(&policy->countries, country))
        return true;
    for (uint32_t i = 0; i < policy->places_n; i++) {
        const struct conf_exception *e = policy->places[i];

        if (e->allow == CONF_NETWORK ? ip_in(ip, &e->network) : as != 0 && e->as == as)
            return true;
    }
    return false;
}
