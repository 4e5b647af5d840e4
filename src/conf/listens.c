/* listens.c - the places where the daemon listens: policy-listen and its like. */
#include "conf/build.h"

#include "base/ban.h"

enum { LISTENS_MAX = 64 };

static void take(struct builder *b, const char *key, const struct conf_setting *s,
                 struct conf_listen *all, uint32_t *n)
{
    struct conf_listen listen = { .text = NULL };
    const char *wrong = conf_listen_parse(slice_of(build_copy(b, s)), &listen);

    listen.line = s->line;
    if (wrong != NULL)
        build_complain(b, key, s, wrong);
    else
        all[(*n)++] = listen;
}

static struct conf_listens take_all(struct builder *b, cfg_opt_t *key)
{
    unsigned n = build_values(b, key, false);
    struct conf_listen *all = arena_take(&b->conf->arena, (n + 1) * sizeof *all);
    struct conf_listens listens = { all, 0 };

    if (n > LISTENS_MAX) {
        conf_complain(b->errors, b->conf->path, conf_tree_value(key, 0)->line, key->name,
                      "has %u places; write at most %d", n, LISTENS_MAX);
        n = 0;
    }
    for (unsigned i = 0; i < n; i++)
        take(b, key->name, conf_tree_value(key, i), all, &listens.n);
    return listens;
}

static bool same_place(const struct conf_listen *a, const struct conf_listen *b)
{
    if (a->path != NULL || b->path != NULL)
        return a->path != NULL && b->path != NULL && strcmp(a->path, b->path) == 0;
    return a->port == b->port && ip_eq(&a->ip, &b->ip);
}

enum { DOORS = 4 };

static const char *const names[DOORS] = { "policy-listen", "socketmap-listen", "auth-policy-listen",
                                          "metrics-listen" };

/* Of two that want one place: complain of the one that is set. */
static void complain(struct builder *b, const struct conf_listen *one, const char *name,
                     const struct conf_listen *other, const char *other_name)
{
    bool mine = one->line >= other->line;

    conf_complain(b->errors, b->conf->path, mine ? one->line : other->line,
                  mine ? name : other_name, "\"%.*s\" is taken by %s; write another place",
                  SLICE_ARG(conf_shown(slice_of(one->text))), mine ? other_name : name);
}

static void check(struct builder *b, const struct conf_listens *const doors[DOORS])
{
    for (size_t d = 0; d < DOORS; d++)
        for (uint32_t i = 0; i < doors[d]->n; i++)
            for (size_t e = d; e < DOORS; e++)
                for (uint32_t k = e == d ? i + 1 : 0; k < doors[e]->n; k++)
                    if (same_place(&doors[d]->all[i], &doors[e]->all[k]))
                        complain(b, &doors[d]->all[i], names[d], &doors[e]->all[k], names[e]);
}

void build_listens(struct builder *b)
{
    struct conf_daemon *daemon = &b->conf->daemon;
    struct conf_listens *doors[DOORS] = { &daemon->policy, &daemon->socketmap, &daemon->auth_policy,
                                          &daemon->metrics };

    for (size_t d = 0; d < DOORS; d++) {
        cfg_opt_t *key = conf_tree_key(b->tree->root, names[d]);

        if (conf_tree_is_set(key))
            *doors[d] = take_all(b, key);
    }
    check(b, (const struct conf_listens *const *)doors);
}
