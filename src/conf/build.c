#include "conf/build.h"

#include "base/ban.h"

void build_complain(const struct builder *b, const char *key, const struct conf_setting *s,
                    const char *instead)
{
    struct slice shown = conf_shown(conf_setting_text(s));

    conf_complain(b->errors, b->conf->path, s->line, key, "\"%.*s\" %s", SLICE_ARG(shown), instead);
}

static void take_sensitivity(struct builder *b, const char *key, const struct conf_setting *s)
{
    static const struct {
        const char *name;
        double value;
    } words[] = { { "low", 0.7 }, { "normal", 1 }, { "high", 1.5 } };
    struct slice text = conf_setting_text(s);
    double value;

    for (size_t i = 0; i < COUNT(words); i++) {
        if (slice_eq(text, slice_of(words[i].name))) {
            b->conf->sensitivity = words[i].value;
            return;
        }
    }
    if (conf_decimal_parse(text, &value) && value >= 0.5 && value <= 2)
        b->conf->sensitivity = value;
    else
        build_complain(b, key, s,
                       "is no sensitivity; write low, normal, high or a number from 0.5 to 2.0");
}

bool build_country(const struct builder *b, const char *key, const struct conf_setting *s,
                   char code[3])
{
    struct slice text = conf_setting_text(s), shown = conf_shown(text);
    const char *meant = conf_country_meant(text);

    if (conf_country_parse(text, code))
        return true;
    if (meant != NULL)
        conf_complain(b->errors, b->conf->path, s->line, key,
                      "\"%.*s\" is no code of ISO 3166; write \"%s\" instead", SLICE_ARG(shown),
                      meant);
    else
        build_complain(b, key, s, "is no code of ISO 3166; write two letters such as \"DE\"");
    return false;
}

static void take_country(struct builder *b, const char *key, const struct conf_setting *s)
{
    char code[3];

    if (build_country(b, key, s, code))
        conf_countries_add(&b->conf->home, code);
}

/* One more item of a list that has room for all values of its key. */
static void list_add(struct conf_list *list, struct conf_value *all, struct conf_value value)
{
    all[list->n++] = value;
    list->all = all;
}

/* The path, relative to the folder of the settings. */
static struct slice full_path(const struct builder *b, struct slice text)
{
    CLEANUP(buf_done) struct buf path = buf_make(strlen(b->conf->path) + text.n + 1);
    struct slice folder = slice_of(b->conf->path), name;

    if (text.p[0] != '/' && slice_cut_last(&folder, '/', &name)) {
        buf_add(&path, folder);
        buf_add_char(&path, '/');
    }
    buf_add(&path, text);
    return arena_copy(&b->conf->arena, buf_slice(&path));
}

const char *build_copy(const struct builder *b, const struct conf_setting *s)
{
    return arena_copy(&b->conf->arena, conf_setting_text(s)).p;
}

const char *build_path(const struct builder *b, const struct conf_setting *s)
{
    return full_path(b, conf_setting_text(s)).p;
}

static void take_geo(struct builder *b, cfg_opt_t *key, unsigned n)
{
    struct conf_value *all = arena_take(&b->conf->arena, (n + 1) * sizeof *all);

    for (unsigned i = 0; i < n; i++) {
        const struct conf_setting *s = conf_tree_value(key, i);

        if (s->n == 0)
            build_complain(b, key->name, s, "is no file; write the path of a database");
        else
            list_add(&b->conf->geo, all,
                     (struct conf_value){ full_path(b, conf_setting_text(s)), s->line });
    }
}

static void take_ignored(struct builder *b, cfg_opt_t *key, unsigned n)
{
    struct conf_value *all = arena_take(&b->conf->arena, (n + 1) * sizeof *all);

    for (unsigned i = 0; i < n; i++) {
        const struct conf_setting *s = conf_tree_value(key, i);

        list_add(&b->conf->ignored_signals, all,
                 (struct conf_value){ arena_copy(&b->conf->arena, conf_setting_text(s)), s->line });
    }
}

bool build_network(const struct builder *b, const char *key, const struct conf_setting *s,
                   struct ip_prefix *out)
{
    struct slice text = conf_setting_text(s), shown = conf_shown(text), address = text, length;
    char net[IP_TEXT_MAX];
    struct ip_prefix prefix;
    struct ip ip;
    bool v4;

    if (!ip_prefix_parse(text, &prefix)) {
        build_complain(b, key, s,
                       "is no address; write one such as \"192.0.2.10\" or \"2001:db8:1::/64\"");
        return false;
    }
    v4 = ip_is_v4(&prefix.net);
    if (prefix.bits < (v4 ? 96 + 8 : 16)) {
        build_complain(b, key, s, "is too much of the internet; write the networks of these hosts");
        return false;
    }
    if (slice_cut_last(&address, '/', &length) && ip_parse(address, &ip) &&
        !ip_eq(&ip, &prefix.net)) {
        conf_complain(
            b->errors, b->conf->path, s->line, key,
            "\"%.*s\" is a host with the length of a network; write \"%.*s\" or \"%s/%u\"",
            SLICE_ARG(shown), SLICE_ARG(address), ip_text(&prefix.net, net),
            prefix.bits - (v4 ? 96 : 0));
        return false;
    }
    if (ip_none(&prefix.net)) {
        build_complain(b, key, s, "is no address of a host; remove it");
        return false;
    }
    *out = prefix;
    return true;
}

static void take_shared(struct builder *b, const char *key, const struct conf_setting *s)
{
    struct ip_prefix prefix;

    if (build_network(b, key, s, &prefix))
        networks_add(&b->conf->index->shared, &prefix);
}

static void take_own(struct builder *b, const char *key, const struct conf_setting *s)
{
    struct ip_prefix prefix;

    if (build_network(b, key, s, &prefix))
        networks_add(&b->conf->index->own, &prefix);
}

bool build_who(const struct builder *b, uint32_t line, const char *key, struct slice text,
               enum conf_who *kind, struct slice *who)
{
    char out[ADDRESS_MAX];
    struct slice folded, shown = conf_shown(text);
    const char *wrong = conf_who_fold(text, kind, out, &folded);

    if (wrong != NULL) {
        conf_complain(b->errors, b->conf->path, line, key,
                      "\"%.*s\" %s; write an account, or \"@\" and a domain", SLICE_ARG(shown),
                      wrong);
        return false;
    }
    *who = arena_copy(&b->conf->arena, folded);
    return true;
}

static void take_trusted(struct builder *b, const char *key, const struct conf_setting *s)
{
    enum conf_who kind;
    struct slice who;

    if (!build_who(b, s->line, key, conf_setting_text(s), &kind, &who))
        return;
    if (kind == CONF_WHO_GROUP && b->conf->index->whole &&
        !index_has(b->conf->index, who, MARK_GROUP))
        build_complain(b, key, s, "is no group here; write group \"NAME\" { members = { ... } }");
    else
        index_mark(b->conf->index, who, MARK_TRUSTED, 0);
}

/* The path of a file that is read, too. */
static void take_file(struct builder *b, const char *key, const struct conf_setting *s,
                      struct conf_value *out)
{
    if (s->n == 0)
        build_complain(b, key, s, "is no file; write the path of one, or leave the key out");
    else
        *out = (struct conf_value){ full_path(b, conf_setting_text(s)), s->line };
}

static void take_exceptions(struct builder *b, const char *key, const struct conf_setting *s)
{
    take_file(b, key, s, &b->conf->exceptions_path);
}

static void take_senders(struct builder *b, const char *key, const struct conf_setting *s)
{
    take_file(b, key, s, &b->conf->senders_path);
}

unsigned build_values(const struct builder *b, cfg_opt_t *key, bool single)
{
    unsigned n = key != NULL ? key->nvalues : 0;
    bool one = true;

    for (unsigned i = 0; i < n; i++) {
        const struct conf_setting *s = conf_tree_value(key, i);

        if (s->before > 0)
            conf_complain(b->errors, b->conf->path, s->line, key->name,
                          "is set in line %u already; write it once, or += to add to a list",
                          s->before);
        else if (single && i > 0 && one)
            one = false;
    }
    if (!one)
        conf_complain(b->errors, b->conf->path, conf_tree_value(key, 1)->line, key->name,
                      "has %u values; write one", n);
    return one ? n : 0;
}

const cfg_t *build_section(const struct builder *b, const char *name)
{
    cfg_opt_t *all = conf_tree_key(b->tree->root, name);

    for (unsigned i = 1; i < all->nvalues; i++)
        conf_complain(b->errors, b->conf->path, conf_tree_line(b->tree, all->values[i]->section, 0),
                      name, "is there already, in line %u; write all of it in one %s { ... }",
                      conf_tree_line(b->tree, all->values[0]->section, 0), name);
    return all->nvalues > 0 ? all->values[0]->section : NULL;
}

/* The keys of the top level that have a value, with the line of the first. */
static void note_keys(const struct builder *b)
{
    unsigned n = 0;
    struct conf_value *all;

    while (b->tree->root->opts[n].name != NULL)
        n++;
    all = arena_take(&b->conf->arena, n * sizeof *all);
    for (unsigned i = 0; i < n; i++) {
        cfg_opt_t *key = &b->tree->root->opts[i];

        if (key->type == CFGT_PTR && cfg_opt_size(key) > 0)
            list_add(&b->conf->keys, all,
                     (struct conf_value){ arena_copy(&b->conf->arena, slice_of(key->name)),
                                          conf_tree_value(key, 0)->line });
    }
}

void conf_build(struct conf *conf, const struct conf_tree *tree, struct conf_errors *errors)
{
    static const struct {
        const char *name;
        bool single;
        void (*take)(struct builder *b, const char *key, const struct conf_setting *s);
        void (*take_all)(struct builder *b, cfg_opt_t *key, unsigned n);
    } keys[] = {
        { "sensitivity", true, take_sensitivity, NULL },
        { "home-countries", false, take_country, NULL },
        { "geo", false, NULL, take_geo },
        { "shared-clients", false, take_shared, NULL },
        { "own-addresses", false, take_own, NULL },
        { "trusted-bulk", false, take_trusted, NULL },
        { "ignored-signals", false, NULL, take_ignored },
        { "exceptions", true, take_exceptions, NULL },
        { "sender-logins", true, take_senders, NULL },
    };
    struct builder b = { conf, tree, errors };

    conf->index->whole = tree->text.whole;
    note_keys(&b);
    build_sections(&b);
    for (size_t k = 0; k < COUNT(keys); k++) {
        cfg_opt_t *key = conf_tree_key(tree->root, keys[k].name);
        unsigned n = build_values(&b, key, keys[k].single);

        if (keys[k].take_all != NULL)
            keys[k].take_all(&b, key, n);
        for (unsigned i = 0; keys[k].take != NULL && i < n; i++)
            keys[k].take(&b, keys[k].name, conf_tree_value(key, i));
    }
    build_daemon(&b);
}
