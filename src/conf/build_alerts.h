/* build_alerts.h - private to conf: what build_alerts.c and build_ways.c share. */
#ifndef CONF_BUILD_ALERTS_H
#define CONF_BUILD_ALERTS_H

#include "conf/build.h"

/* The one value of a key of that section, or NULL. */
const struct conf_setting *alerts_value(struct builder *b, const cfg_t *section, const char *name);

/* Each leaves `out` as it was when the key is not there, or wrong. */
void alerts_take_path(struct builder *b, const cfg_t *section, const char *name, const char **out);
void alerts_take_yes_no(struct builder *b, const cfg_t *section, const char *name, bool *out);

/* "de". */
bool alerts_is_language(struct slice text);

/* "alice@example.test", such as may stand in a header of mail. */
bool alerts_is_mail(struct slice text);

/* recipient, webhook and command. */
void build_ways(struct builder *b, const cfg_t *alerts, struct conf_alerts *out);

#endif
