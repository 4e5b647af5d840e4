/* build_providers.c - providers { }: what refusals of others mean, and when a block is over. */
#include "conf/build.h"

#include "base/ban.h"

enum { ACCEPTED_MAX = 10000 };

static void take_accepted(struct builder *b, cfg_opt_t *key, const struct conf_setting *s)
{
    uint64_t n;

    if (slice_to_u64(conf_setting_text(s), &n) && n > 0 && n <= ACCEPTED_MAX)
        b->conf->daemon.providers.accepted = (uint32_t)n;
    else
        build_complain(b, key->name, s, "is no number of messages; write one from 1 to 10000");
}

static void take_quiet(struct builder *b, cfg_opt_t *key, const struct conf_setting *s)
{
    int64_t ms;

    if (conf_duration_parse(conf_setting_text(s), &ms) && ms >= MINUTE_MS && ms <= 30 * DAY_MS)
        b->conf->daemon.providers.quiet_ms = ms;
    else
        build_complain(b, key->name, s, "is no time from 1m to 30d; write one");
}

void build_providers(struct builder *b)
{
    const cfg_t *section = build_section(b, "providers");
    cfg_opt_t *key;

    if (section == NULL)
        return;
    key = conf_tree_key(section, "rules");
    if (build_values(b, key, true) > 0)
        b->conf->daemon.providers.rules = build_path(b, conf_tree_value(key, 0));
    key = conf_tree_key(section, "accepted");
    if (build_values(b, key, true) > 0)
        take_accepted(b, key, conf_tree_value(key, 0));
    key = conf_tree_key(section, "quiet");
    if (build_values(b, key, true) > 0)
        take_quiet(b, key, conf_tree_value(key, 0));
}
