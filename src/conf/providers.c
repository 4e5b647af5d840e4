#include "conf/providers.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "conf/providers_builtin.h"
#include "conf/providers_word.h"
#include "conf/table_file.h"

#include "base/ban.h"

void conf_providers_done(struct conf_providers *table)
{
    free(table->all);
    arena_done(&table->arena);
    *table = (struct conf_providers){ 0 };
}

const struct provider *conf_providers_find(const struct conf_providers *table, struct slice name)
{
    for (uint32_t i = 0; i < table->n; i++)
        if (slice_eq(slice_of(table->all[i].name), name))
            return &table->all[i];
    return NULL;
}

/* Lower case, so that it can be a label of a figure and a word of a command line. */
static bool is_name(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < 'a' || s.p[i] > 'z') && (s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '-')
            return false;
    return s.n > 0 && s.n < CONF_PROVIDER_NAME;
}

/* Room for the provider of that name: a new one, or the one of an earlier table. */
static struct provider *place(struct providers_reader *r, const struct provider *before)
{
    struct conf_providers *table = r->table;

    if (before != NULL)
        return &table->all[before - table->all];
    if (table->n == table->room) {
        table->room = table->room > 0 ? table->room * 2 : 64;
        table->all = memory_resize(table->all, table->room, sizeof *table->all);
    }
    return &table->all[table->n++];
}

static void begin(struct providers_reader *r, struct slice word, struct slice rest)
{
    const struct provider *before = conf_providers_find(r->table, rest);
    const char *name;

    r->skip = true;
    if (!is_name(rest)) {
        table_complain(&r->at, word,
                       "write a name of small letters, digits and -, as in provider "
                       "example");
        return;
    }
    if (before != NULL && r->here[before - r->table->all]) {
        table_complain(&r->at, rest, "it is there already; write all of it in one place");
        return;
    }
    if (before == NULL && r->table->n == CONF_PROVIDERS_MAX) {
        table_complain(&r->at, word, "there are 200 providers already; remove some");
        return;
    }
    r->skip = false;
    r->old = before != NULL ? *before : (struct provider){ 0 };
    name = before != NULL ? before->name : arena_copy(&r->table->arena, rest).p;
    r->provider = place(r, before);
    r->here[r->provider - r->table->all] = true;
    *r->provider =
        (struct provider){ .name = name, .title = "", .wants = "", .page = "", .line = r->at.line };
    r->rule = NULL;
    r->hosts.n = r->domains.n = r->rules_n = r->inherited_n = r->said = 0;
}

static void take_line(struct providers_reader *r, struct slice line)
{
    struct slice rest = slice_trim(line), word;

    r->at.line++;
    if (rest.n == 0 || rest.p[0] == '#')
        return;
    word = table_cut(&rest);
    if (slice_eq(word, SLICE("provider"))) {
        providers_finish(r);
        begin(r, word, rest);
    } else if (r->provider != NULL) {
        providers_word(r, word, rest);
    } else if (!r->skip) {
        table_complain(&r->at, word, "no provider has begun; write provider and a name first");
    }
}

/* What conf_providers_parse leaves when something is wrong. */
static struct conf_providers copy_of(const struct conf_providers *table)
{
    struct conf_providers copy = { .n = table->n, .room = table->n };

    if (copy.n > 0) {
        copy.all = memory_new(copy.n, sizeof *copy.all);
        memcpy(copy.all, table->all, copy.n * sizeof *copy.all);
    }
    return copy;
}

bool conf_providers_parse(struct conf_providers *table, const char *path, struct slice text,
                          struct conf_errors *errors)
{
    struct conf_providers before = copy_of(table);
    uint32_t wrong = errors->n + errors->more;
    struct providers_reader *r = memory_new(1, sizeof *r);
    struct slice line;

    *r = (struct providers_reader){ .table = table, .at = { &table->arena, errors, path, 0 } };
    (void)slice_skip(&text, SLICE("\xef\xbb\xbf")); /* a byte order mark is harmless */
    while (slice_cut(&text, '\n', &line))
        take_line(r, line);
    take_line(r, text);
    providers_finish(r);
    free(r);
    if (errors->n + errors->more == wrong) {
        free(before.all);
        return true;
    }
    free(table->all);
    table->all = before.all;
    table->n = before.n;
    table->room = before.room;
    return false;
}

void conf_providers_builtin(struct conf_providers *table)
{
    struct conf_errors errors = { 0 };
    struct slice text = { providers_builtin, providers_builtin_size };

    if (!conf_providers_parse(table, "packaging/providers.rules", text, &errors))
        abort(); /* a test reads it, too */
    conf_errors_done(&errors);
}

bool conf_providers_load(struct conf_providers *table, const char *path, struct conf_errors *errors)
{
    CLEANUP(buf_done) struct buf text = { 0 };

    conf_providers_builtin(table);
    if (path[0] == '\0' && access(CONF_PROVIDERS_PATH, F_OK) != 0)
        return true;
    path = path[0] != '\0' ? path : CONF_PROVIDERS_PATH;
    return conf_table_file(path, "table of providers", &text, errors) &&
           conf_providers_parse(table, path, buf_slice(&text), errors);
}
