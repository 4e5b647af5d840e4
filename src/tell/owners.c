#include "tell/owners.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/table.h"

#include "base/ban.h"

struct owners {
    struct owner *all;
    uint32_t n, room;
    struct table by_account;
    struct arena arena;
};

const struct owner *owners_find(const struct owners *o, struct slice account)
{
    struct table_probe p;
    uint32_t i;

    if (o == NULL)
        return NULL;
    p = table_find(&o->by_account, hash_slice(account, 0));
    for (; table_at(&o->by_account, &p, &i); table_step(&o->by_account, &p))
        if (slice_eq(o->all[i].account, account))
            return &o->all[i];
    return NULL;
}

/* The next word of a line; empty at its end. */
static struct slice word_of(struct slice *rest)
{
    struct slice word = slice_trim(*rest);
    size_t n = 0;

    while (n < word.n && word.p[n] != ' ' && word.p[n] != '\t')
        n++;
    *rest = slice_from(word, n);
    return slice_head(word, n);
}

/* Such as may stand in a header and an envelope. */
static bool is_address(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] > '~' ||
            strchr("<>()[]\\,;:\"\x7f", s.p[i]) != NULL)
            return false;
    return s.n < 255 && address_local(s).n > 0 && address_domain(s).n > 0;
}

static bool is_language(struct slice s)
{
    return s.n == 0 ||
           (s.n == 2 && s.p[0] >= 'a' && s.p[0] <= 'z' && s.p[1] >= 'a' && s.p[1] <= 'z');
}

static void add(struct owners *o, struct slice account, struct slice address, struct slice language,
                uint32_t line)
{
    char room[ADDRESS_MAX];

    if (o->n == o->room) {
        o->room = o->room > 0 ? 2 * o->room : 256;
        o->all = memory_resize(o->all, o->room, sizeof *o->all);
    }
    o->all[o->n] =
        (struct owner){ arena_copy(&o->arena, account_fold(account, room)),
                        arena_copy(&o->arena, address), arena_copy(&o->arena, language), line };
    table_add(&o->by_account, hash_slice(o->all[o->n].account, 0), o->n);
    o->n++;
}

static void take_line(struct owners *o, const char *path, uint32_t number, struct slice line,
                      struct conf_errors *errors)
{
    struct slice account = word_of(&line), address, language;
    char room[ADDRESS_MAX];
    const struct owner *before;

    if (account.n == 0 || account.p[0] == '#')
        return;
    address = word_of(&line);
    language = word_of(&line);
    before = owners_find(o, account_fold(account, room));
    if (!is_address(address))
        conf_complain(errors, path, number, "",
                      "\"%.*s\" is no address; write the account, a blank and an address at which "
                      "its owner reads mail elsewhere",
                      SLICE_ARG(conf_shown(address)));
    else if (!is_language(language) || slice_trim(line).n > 0)
        conf_complain(errors, path, number, "",
                      "\"%.*s\" is no language; write two letters such as de, or nothing",
                      SLICE_ARG(conf_shown(language)));
    else if (before != NULL)
        conf_complain(errors, path, number, "", "\"%.*s\" has a line already, line %u; keep one",
                      SLICE_ARG(conf_shown(account)), before->line);
    else
        add(o, account, address, language, number);
}

struct owners *owners_parse(const char *path, struct slice text, struct conf_errors *errors)
{
    struct owners *o = memory_new(1, sizeof *o);
    uint32_t before = errors->n + errors->more, number = 0;
    struct slice line;

    if (memchr(text.n > 0 ? text.p : "", '\0', text.n) != NULL)
        conf_complain(errors, path, 0, "", "this is no file of text");
    while (text.n > 0 && errors->n < CONF_ERRORS_MAX) {
        if (!slice_cut(&text, '\n', &line)) {
            line = text;
            text.n = 0;
        }
        take_line(o, path, ++number, line, errors);
    }
    if (errors->n + errors->more == before)
        return o;
    owners_free(o);
    return NULL;
}

void owners_free(struct owners *o)
{
    if (o == NULL)
        return;
    table_done(&o->by_account);
    arena_done(&o->arena);
    free(o->all);
    free(o);
}
