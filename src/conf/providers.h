/* providers.h - the tables of providers: whose mail servers there are, what their refusals mean,
 * what they want before they take mail again. One table comes with the program
 * (packaging/providers.rules); a second one, of the administrator, adds providers and replaces
 * those of the same name.
 *
 * A table is text, a line each: a word and what belongs to it; "provider NAME" begins a provider,
 * "rule CAUSE" a rule of it; '#' begins a comment where a line begins. mailfuse-providers(5) has
 * all words. */
#ifndef CONF_PROVIDERS_H
#define CONF_PROVIDERS_H

#include "base/arena.h"
#include "conf/errors.h"
#include "mail/provider.h"

#define CONF_PROVIDERS_PATH "/etc/mailfuse/providers.rules"

enum {
    CONF_PROVIDERS_MAX = 200, /* of all tables */
    CONF_PROVIDER_NAME = 32,  /* bytes of a name */
    CONF_RULES_MAX = 64,      /* of a provider */
    CONF_WORDS_MAX = 32,      /* hosts, domains of a provider; codes, phrases of a rule */
};

struct conf_providers { /* `{ 0 }` is empty */
    struct provider *all;
    uint32_t n, room;
    struct arena arena; /* owns all texts */
};

void conf_providers_done(struct conf_providers *table);

/* For provider.h; as long as `table` does not change. */
static inline struct provider_table conf_providers_table(const struct conf_providers *table)
{
    return (struct provider_table){ table->all, table->n };
}

/* Add the providers of a table in memory.
 * path  names the text in errors: "path:line: word: what is wrong; what to write instead"
 * False, with at least one error and `table` as it was, when something is wrong. */
NODISCARD bool conf_providers_parse(struct conf_providers *table, const char *path,
                                    struct slice text, struct conf_errors *errors);

/* Add the table that comes with the program. It has no errors. */
void conf_providers_builtin(struct conf_providers *table);

/* Both: the program's table, and the file of that path; "" stands for CONF_PROVIDERS_PATH, which
 * need not be there. False, with at least one error, when it is wrong; the program's table is
 * there. */
NODISCARD bool conf_providers_load(struct conf_providers *table, const char *path,
                                   struct conf_errors *errors);

/* The provider of that name, or NULL. */
const struct provider *conf_providers_find(const struct conf_providers *table, struct slice name);

#endif
