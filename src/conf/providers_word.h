/* providers_word.h - private to conf: a table of providers while it is read, and its words. */
#ifndef CONF_PROVIDERS_WORD_H
#define CONF_PROVIDERS_WORD_H

#include "conf/providers.h"
#include "conf/table_words.h"

struct providers_words {
    const char *all[CONF_WORDS_MAX];
    uint32_t n;
};

struct providers_reader {
    struct conf_providers *table;
    struct table_place at;
    bool here[CONF_PROVIDERS_MAX]; /* of this table */
    struct provider *provider;     /* that is being read; NULL: none yet */
    struct provider old;           /* that it takes the place of; its name is NULL: of none */
    uint32_t said;                 /* words about it so far */
    bool skip;                     /* what follows belongs to a provider that cannot be */
    struct providers_words hosts, domains;
    struct provider_rule rules[CONF_RULES_MAX], inherited[CONF_RULES_MAX];
    uint32_t rules_n, inherited_n;
    struct provider_rule *rule; /* that is being read; NULL: none */
    uint32_t rule_line;
    struct providers_words codes, phrases;
};

/* Take a line of the provider that is being read. Complains of what it does not understand. */
void providers_word(struct providers_reader *r, struct slice word, struct slice rest);

/* The rule, or the provider with its last rule, is whole, or something of it is missing. */
void providers_finish_rule(struct providers_reader *r);
void providers_finish(struct providers_reader *r);

#endif
