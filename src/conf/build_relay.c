/* build_relay.c - relay { }: the second way out, and when it is taken. */
#include "base/wall.h"
#include "conf/build.h"

#include "base/ban.h"

enum { ADDRESSES_MAX = 100 };

static const struct conf_setting *single(const struct builder *b, const cfg_t *section,
                                         const char *name)
{
    cfg_opt_t *key = conf_tree_key(section, name);

    return build_values(b, key, true) > 0 ? conf_tree_value(key, 0) : NULL;
}

static void take_host(struct builder *b, const struct conf_setting *s)
{
    struct slice host;
    uint16_t port;

    if (s == NULL)
        return;
    if (conf_relay_host_parse(conf_setting_text(s), &host, &port))
        b->conf->daemon.relay.host = build_copy(b, s);
    else
        build_complain(b, "host", s,
                       "is no host with a port; write it as Postfix does, such as "
                       "\"[smtp.example.test]:587\"");
}

/* Postfix reads it, too, in a line of master.cf. */
static void take_path(struct builder *b, const char *key, const struct conf_setting *s,
                      const char **out)
{
    const char *path;

    if (s == NULL)
        return;
    path = s->n > 0 ? build_path(b, s) : "";
    if (strpbrk(path, " \t,\"'{}$") == NULL)
        *out = path;
    else
        build_complain(b, key, s, "has a character that master.cf cannot; write another path");
}

static void take_yes_no(struct builder *b, const char *key, const struct conf_setting *s, bool *out)
{
    if (s != NULL && !conf_yes_no_parse(conf_setting_text(s), out))
        build_complain(b, key, s, "is neither yes nor no; write one of them");
}

static void take_tls(struct builder *b, const struct conf_setting *s)
{
    static const struct slice words[] = { [CONF_RELAY_SECURE] = SLICE_INIT("secure"),
                                          [CONF_RELAY_ENCRYPT] = SLICE_INIT("encrypt"),
                                          [CONF_RELAY_PLAIN] = SLICE_INIT("none") };

    for (size_t i = 0; s != NULL && i < COUNT(words); i++) {
        if (slice_eq(conf_setting_text(s), words[i])) {
            b->conf->daemon.relay.tls = (enum conf_relay_tls)i;
            return;
        }
    }
    if (s != NULL)
        build_complain(b, "tls", s, "is no level; write secure, encrypt or none");
}

static void take_suspicious(struct builder *b, const struct conf_setting *s)
{
    bool hold = s != NULL && slice_eq(conf_setting_text(s), SLICE("hold"));

    if (hold || (s != NULL && slice_eq(conf_setting_text(s), SLICE("direct"))))
        b->conf->daemon.relay.suspicious = hold ? CONF_RELAY_HOLD : CONF_RELAY_DIRECT;
    else if (s != NULL)
        build_complain(b, "suspicious", s, "is no way; write direct or hold");
}

static void take_back_after(struct builder *b, const struct conf_setting *s)
{
    int64_t ms;

    if (s == NULL)
        return;
    if (conf_duration_parse(conf_setting_text(s), &ms) && ms >= HOUR_MS && ms <= 30 * DAY_MS)
        b->conf->daemon.relay.back_after_ms = ms;
    else
        build_complain(b, "back-after", s, "is no time from 1h to 30d; write a number and h or d");
}

static void take_addresses(struct builder *b, cfg_opt_t *key)
{
    unsigned n = conf_tree_is_set(key) ? build_values(b, key, false) : 0;
    struct ip *all = arena_take(&b->conf->arena, (n + 1) * sizeof *all);
    struct conf_relay *out = &b->conf->daemon.relay;

    out->addresses = all;
    for (unsigned i = 0; i < n; i++) {
        const struct conf_setting *s = conf_tree_value(key, i);

        if (out->addresses_n == ADDRESSES_MAX)
            build_complain(b, key->name, s, "is one too many; write at most 100");
        else if (ip_parse(conf_setting_text(s), &all[out->addresses_n]))
            out->addresses_n++;
        else
            build_complain(b, key->name, s, "is no address; write one such as \"192.0.2.10\"");
    }
}

void build_relay(struct builder *b)
{
    const cfg_t *section = build_section(b, "relay");
    struct conf_relay *out = &b->conf->daemon.relay;

    if (section == NULL)
        return;
    take_host(b, single(b, section, "host"));
    take_path(b, "credentials", single(b, section, "credentials"), &out->credentials);
    take_path(b, "ca-file", single(b, section, "ca-file"), &out->ca_file);
    take_tls(b, single(b, section, "tls"));
    take_yes_no(b, "only-clean", single(b, section, "only-clean"), &out->only_clean);
    take_suspicious(b, single(b, section, "suspicious"));
    take_yes_no(b, "automatic", single(b, section, "automatic"), &out->automatic);
    take_back_after(b, single(b, section, "back-after"));
    take_addresses(b, conf_tree_key(section, "addresses"));
    if (out->host[0] == '\0' && out->automatic)
        conf_complain(b->errors, b->conf->path, conf_tree_line(b->tree, section, 1), "relay",
                      "automatic needs a host; write host = \"[smtp.example.test]:587\"");
}
