#include "conf/table_words.h"

#include <stdio.h>

#include "base/buf.h"
#include "conf/who.h"

#include "base/ban.h"

enum { TEXT_MAX = 400 };

struct slice table_cut(struct slice *rest)
{
    size_t n = 0;
    struct slice word;

    *rest = slice_trim(*rest);
    while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
        n++;
    word = slice_head(*rest, n);
    *rest = slice_trim(slice_from(*rest, n));
    return word;
}

void table_complain(const struct table_place *at, struct slice word, const char *what)
{
    char key[80];

    snprintf(key, sizeof key, "%.*s", SLICE_ARG(conf_shown(word)));
    conf_complain(at->errors, at->path, at->line, key, "%s", what);
}

const char *table_keep(const struct table_place *at, struct slice text)
{
    return arena_copy(at->arena, text).p;
}

const char *table_text(const struct table_place *at, struct slice word, struct slice rest)
{
    if (rest.n == 0 || rest.n > TEXT_MAX || !conf_is_text(rest)) {
        table_complain(at, word, "write a text of at most 400 bytes after it");
        return "";
    }
    return table_keep(at, rest);
}

void table_page(const struct table_place *at, struct slice word, struct slice rest,
                const char *what, const char **to)
{
    bool web = slice_starts(rest, SLICE("https://")) || slice_starts(rest, SLICE("http://"));

    if (!web || memchr(rest.p, ' ', rest.n) != NULL)
        table_complain(at, word, what);
    else
        *to = table_text(at, word, rest);
}

void table_wants(const struct table_place *at, struct slice word, struct slice rest, size_t most,
                 const char *what, const char **to)
{
    struct buf all = buf_make(most);

    buf_add(&all, slice_of(*to));
    if (all.n > 0)
        buf_add_char(&all, '\n');
    buf_add(&all, slice_of(table_text(at, word, rest)));
    if (all.full)
        table_complain(at, word, what);
    *to = table_keep(at, buf_slice(&all));
    buf_done(&all);
}

void table_unknown(const struct table_place *at, struct slice word, const char *const *names,
                   size_t n, const char *manual)
{
    const char *meant = conf_nearest(word, names, n);
    char say[120];

    if (meant != NULL)
        snprintf(say, sizeof say, "no such word; did you mean %s?", meant);
    else
        snprintf(say, sizeof say, "no such word; %s has all of them", manual);
    table_complain(at, word, say);
}
