/* build.h - private to conf: from a tree of texts to settings, each value looked at. */
#ifndef CONF_BUILD_H
#define CONF_BUILD_H

#include "conf/index.h"
#include "conf/tree.h"
#include "conf/value.h"

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

/* A code of ISO 3166, or a network, in `s`; false after a complaint. */
bool build_country(const struct builder *b, const char *key, const struct conf_setting *s,
                   char code[3]);
bool build_network(const struct builder *b, const char *key, const struct conf_setting *s,
                   struct ip_prefix *out);

/* KEY: "VALUE" and what to write instead, as the rest of a sentence. */
void build_complain(const struct builder *b, const char *key, const struct conf_setting *s,
                    const char *instead);

/* The value in the arena, with a NUL after it; as a path relative to the folder of the settings. */
const char *build_copy(const struct builder *b, const struct conf_setting *s);
const char *build_path(const struct builder *b, const struct conf_setting *s);

/* Complain of keys that are set twice, and of single ones with several values or none. The number
 * of values to look at; 0 when the key is not there. */
unsigned build_values(const struct builder *b, cfg_opt_t *key, bool single);

/* The one section of that name at the top level; NULL when there is none. Complains of more. */
const cfg_t *build_section(const struct builder *b, const char *name);

/* The keys of daemon.h; the places to listen and the replies among them. */
void build_daemon(struct builder *b);
void build_alerts(struct builder *b);
struct conf_alerts alerts_defaults(void);
void build_dnsbl(struct builder *b);
void build_providers(struct builder *b);
void build_relay(struct builder *b);
void build_listens(struct builder *b);
void build_replies(struct builder *b);
void replies_defaults(struct conf_daemon *daemon);

/* The submission { } of a section that is so many sections deep: its number, or 0 without one. */
uint32_t build_submission(struct builder *b, const cfg_t *section, uint32_t depth);

#endif
