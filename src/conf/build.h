/* build.h - private to conf: from a tree of texts to settings, each value looked at. */
#ifndef CONF_BUILD_H
#define CONF_BUILD_H

#include "conf/index.h"
#include "conf/tree.h"

/* A run over one tree. */
struct builder {
    struct conf *conf; /* being filled */
    const struct conf_tree *tree;
    struct conf_errors *errors;
};

/* Fill `conf`, which has its defaults and its path. What is wrong goes to `errors`. */
void conf_build(struct conf *conf, const struct conf_tree *tree, struct conf_errors *errors);

/* The sections: limits { }, group, domain and account. */
void build_sections(struct builder *b);

/* What is said of `who`, checked and folded into the arena; false after a complaint. */
bool build_who(const struct builder *b, uint32_t line, const char *key, struct slice text,
               enum conf_who *kind, struct slice *who);

/* Complain of keys that are set twice, and of single ones with several values or none. The number
 * of values to look at; 0 when the key is not there. */
unsigned build_values(const struct builder *b, cfg_opt_t *key, bool single);

#endif
