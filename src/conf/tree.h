/* tree.h - private to conf: a settings file as libconfuse understands it, with the line of each
 * value. Every value is text here; what it must look like is said in build.c. */
#ifndef CONF_TREE_H
#define CONF_TREE_H

#include <confuse.h>

#include "conf/conf.h"
#include "conf/text.h"

/* Sections, and where a key may stand: one bit each. */
enum conf_place {
    CONF_TOP = 1,
    CONF_GROUP = 2,
    CONF_DOMAIN = 4,
    CONF_ACCOUNT = 8,
    CONF_LIMITS = 16,
    CONF_SUBMISSION = 32,
    CONF_BRUTEFORCE = 64,
    CONF_REPLY = 128,
    CONF_DNSBL = 256,
    CONF_PROVIDERS = 512,
    CONF_RELAY = 1024,
    CONF_ALERTS = 4096,
    CONF_RECIPIENT = 8192,
    CONF_WEBHOOK = 16384,
    CONF_COMMAND = 32768,
};

/* One value of a key. */
struct conf_setting {
    uint32_t line;
    uint32_t before; /* the line where the same key had values already; 0: nowhere */
    size_t n;
    char text[]; /* with a NUL after it */
};

struct conf_tree {
    cfg_t *root;
    struct conf_text text;
};

/* Unknown keys and broken grammar go to `errors`, and what they spoil is left out. False when
 * nothing can be read at all. Either way `tree` is to be freed. */
NODISCARD bool conf_tree_read(struct conf_tree *tree, const char *path, struct slice text,
                              struct conf_errors *errors);
void conf_tree_done(struct conf_tree *tree);

/* The values of a key of that section; NULL when it does not have that key. */
cfg_opt_t *conf_tree_key(const cfg_t *section, const char *name);
/* The file sets it, if only to an empty list. */
bool conf_tree_is_set(const cfg_opt_t *key);
const struct conf_setting *conf_tree_value(cfg_opt_t *key, unsigned i);

/* The line where a section begins, which is so many sections deep; 0 at the top level. */
uint32_t conf_tree_line(const struct conf_tree *tree, const cfg_t *section, uint32_t depth);

static inline struct slice conf_setting_text(const struct conf_setting *s)
{
    return (struct slice){ s->text, s->n };
}

#endif
