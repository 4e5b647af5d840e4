/* exceptions.c - the file of exceptions: ACCOUNT FROM..UNTIL WHAT REASON, one a line. */
#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "conf/index.h"
#include "conf/value.h"

#include "conf/table_words.h"

#include "base/ban.h"

#define EXCEPTION_EXAMPLE                                                                          \
    "\"alice@example.test 2026-12-01..2026-12-24 never-hold Christmas letter\""

enum { TIMES_MAX = 1000 };

/* A run over the lines. */
struct lines {
    struct conf *conf;
    const char *path;
    struct conf_errors *errors;
    uint32_t line;
    struct conf_exception *all;
    uint32_t n, room;
    bool sound;
};

static void complain(struct lines *l, const char *key, struct slice word, const char *what)
{
    conf_complain(l->errors, l->path, l->line, key, "\"%.*s\" %s", SLICE_ARG(conf_shown(word)),
                  what);
    l->sound = false;
}

static bool take_who(struct lines *l, struct slice *rest, struct conf_exception *e)
{
    struct slice word = table_cut(rest), folded;
    char out[ADDRESS_MAX];
    enum conf_who kind;
    const char *wrong = conf_who_fold(word, &kind, out, &folded);
    bool known = wrong != NULL || kind != CONF_WHO_GROUP || !l->conf->index->whole ||
                 index_has(l->conf->index, folded, MARK_GROUP);

    if (wrong != NULL)
        complain(l, "ACCOUNT", word,
                 "is none; write an account, \"@\" and a domain, or \"%\" and a group");
    else if (!known)
        complain(l, "ACCOUNT", word, "is no group of the settings; write one that is");
    if (wrong != NULL || !known)
        return false;
    e->who = arena_copy(&l->conf->arena, folded);
    return true;
}

static bool take_dates(struct lines *l, struct slice *rest, struct conf_exception *e)
{
    struct slice word = table_cut(rest), until = word, from;

    if (!slice_cut_at(&until, SLICE(".."), &from)) {
        complain(l, "DATES", word, "are no dates; write FROM..UNTIL, as in " EXCEPTION_EXAMPLE);
        return false;
    }
    if (!conf_date_parse(from, &e->from_day) || !conf_date_parse(until, &e->until_day)) {
        complain(l, "DATES", word,
                 "has a day that no calendar has; write both like 2026-12-01..2026-12-24");
        return false;
    }
    if (e->until_day < e->from_day) {
        complain(l, "DATES", word, "ends before it begins; write the earlier day first");
        return false;
    }
    return true;
}

/* "x 3", "x3" */
static bool take_times(struct lines *l, struct slice *rest, struct conf_exception *e)
{
    struct slice word = table_cut(rest), number = word;

    if (slice_eq(word, SLICE("x")))
        number = table_cut(rest);
    else if (!slice_skip(&number, SLICE("x")))
        number = SLICE("");
    if (conf_decimal_parse(number, &e->times) && e->times > 1 && e->times <= TIMES_MAX)
        return true;
    complain(l, "limit", number.n > 0 ? number : word,
             "does not raise a limit; write \"limit x 3\", with a number above 1 up to 1000");
    return false;
}

static bool take_country(struct lines *l, struct slice *rest, struct conf_exception *e)
{
    struct slice word = table_cut(rest);

    if (conf_country_parse(word, e->country))
        return true;
    complain(l, "country", word, "is no code of ISO 3166; write two letters, as in \"country IT\"");
    return false;
}

static bool take_network(struct lines *l, struct slice *rest, struct conf_exception *e)
{
    struct slice word = table_cut(rest);

    if (ip_prefix_parse(word, &e->network) && !ip_none(&e->network.net))
        return true;
    complain(l, "network", word,
             "is no address; write one, as in \"network 192.0.2.0/24\" or \"network 192.0.2.1\"");
    return false;
}

static bool take_as(struct lines *l, struct slice *rest, struct conf_exception *e)
{
    struct slice word = table_cut(rest);

    if (conf_as_parse(word, &e->as))
        return true;
    complain(l, "as", word, "is no number of a network; write one, as in \"as 64496\"");
    return false;
}

static bool take_what(struct lines *l, struct slice *rest, struct conf_exception *e)
{
    static const char *const names[] = {
        [CONF_NEVER_HOLD] = "never-hold", [CONF_NEVER_LOCK] = "never-lock",
        [CONF_LIMIT_TIMES] = "limit",     [CONF_COUNTRY] = "country",
        [CONF_NETWORK] = "network",       [CONF_AS] = "as",
    };
    static bool (*const take[COUNT(names)])(struct lines *, struct slice *,
                                            struct conf_exception *) = {
        [CONF_LIMIT_TIMES] = take_times,
        [CONF_COUNTRY] = take_country,
        [CONF_NETWORK] = take_network,
        [CONF_AS] = take_as,
    };
    struct slice word = table_cut(rest);

    for (size_t i = 0; i < COUNT(names); i++) {
        if (slice_eq(word, slice_of(names[i]))) {
            e->allow = (enum conf_allow)i;
            return take[i] == NULL || take[i](l, rest, e);
        }
    }
    complain(l, "WHAT", word,
             "is nothing to be allowed; write never-hold, never-lock, \"limit x 3\", "
             "\"country IT\", \"network 192.0.2.0/24\" or \"as 64496\"");
    return false;
}

static void take_line(struct lines *l, struct slice text)
{
    struct conf_exception e = { .times = 1, .line = l->line };
    struct slice rest = slice_trim(text);

    if (rest.n == 0 || rest.p[0] == '#')
        return;
    if (!conf_is_text(rest)) {
        conf_complain(l->errors, l->path, l->line, "",
                      "a byte that is no UTF-8 text; save the file as UTF-8");
        l->sound = false;
        return;
    }
    if (!take_who(l, &rest, &e) || !take_dates(l, &rest, &e) || !take_what(l, &rest, &e))
        return;
    if (rest.n == 0) {
        complain(l, "REASON", e.who, "has no reason; write one after it, as in " EXCEPTION_EXAMPLE);
        return;
    }
    e.reason = arena_copy(&l->conf->arena, rest);
    if (l->n == l->room) {
        l->room = l->room > 0 ? l->room * 2 : 16;
        l->all = memory_resize(l->all, l->room, sizeof *l->all);
    }
    l->all[l->n++] = e;
}

bool conf_parse_exceptions(struct conf *conf, const char *path, struct slice text,
                           struct conf_errors *errors)
{
    struct lines l = { .conf = conf, .path = path, .errors = errors, .sound = true };
    struct slice line;

    (void)slice_skip(&text, SLICE("\xef\xbb\xbf")); /* a byte order mark is harmless */
    while (l.line++, slice_cut(&text, '\n', &line))
        take_line(&l, line);
    take_line(&l, text);
    if (l.sound && l.n > 0) {
        struct conf_exception *all = arena_take(&conf->arena, l.n * sizeof *all);

        assert(conf->exceptions_n == 0);
        memcpy(all, l.all, l.n * sizeof *all);
        conf->exceptions = all;
        conf->exceptions_n = l.n;
        for (uint32_t i = 0; i < l.n; i++)
            index_mark(conf->index, all[i].who, MARK_EXCEPTION, i);
    }
    free(l.all);
    return l.sound;
}
