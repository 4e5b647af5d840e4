/* build_ways.c - the ways of alerts { }: recipient, webhook and command. */
#include "conf/build_alerts.h"

#include "base/ban.h"

static const char *const kind_names[CONF_WAY_KINDS] = { "mail", "webhook", "command" };
static const char *const severity_names[ALERT_SEVERITIES] = { "", "info", "warning", "critical" };
static const char *const format_names[CONF_FORMATS] = { "generic",     "slack", "mattermost",
                                                        "rocketchat",  "teams", "discord",
                                                        "google-chat", "matrix" };

const char *conf_way_kind_name(enum conf_way_kind kind)
{
    return kind_names[kind];
}

const char *conf_severity_name(enum alert_severity severity)
{
    return severity_names[severity];
}

enum alert_severity conf_severity_find(struct slice name)
{
    for (unsigned i = ALERT_INFO; i < ALERT_SEVERITIES; i++)
        if (slice_eq(name, slice_of(severity_names[i])))
            return (enum alert_severity)i;
    return ALERT_DEFAULT;
}

/* "HH:MM" in front. */
static bool minute_parse(struct slice *rest, uint32_t *out)
{
    const char *p = rest->p;

    if (rest->n < 5 || p[2] != ':')
        return false;
    for (size_t i = 0; i < 5; i++)
        if (i != 2 && (p[i] < '0' || p[i] > '9'))
            return false;
    *out = (uint32_t)((p[0] - '0') * 600 + (p[1] - '0') * 60 + (p[3] - '0') * 10 + (p[4] - '0'));
    *rest = slice_from(*rest, 5);
    return p[3] < '6' && *out <= 24 * 60;
}

bool conf_quiet_parse(struct slice text, uint32_t *from, uint32_t *to)
{
    uint32_t first, last;

    if (!minute_parse(&text, &first) || !slice_skip(&text, SLICE("-")) ||
        !minute_parse(&text, &last) || text.n > 0)
        return false;
    *from = first % (24 * 60);
    *to = last % (24 * 60);
    return true;
}

static void take_domains(struct builder *b, const cfg_t *section, struct conf_way *way)
{
    cfg_opt_t *key = conf_tree_key(section, "domains");
    unsigned n = build_values(b, key, false);
    const char **all = arena_take(&b->conf->arena, (n + 1) * sizeof *all);
    char room[ADDRESS_MAX];

    for (unsigned i = 0; i < n; i++) {
        const struct conf_setting *s = conf_tree_value(key, i);
        struct slice domain = conf_setting_text(s);

        (void)slice_skip(&domain, SLICE("@"));
        if (domain.n == 0 || !conf_is_text(domain) || memchr(domain.p, '@', domain.n) != NULL)
            build_complain(b, key->name, s, "is no domain; write one such as \"example.test\"");
        else
            all[way->domains_n++] = arena_copy(&b->conf->arena, address_fold(domain, room)).p;
    }
    way->domains = all;
}

/* What all ways have. */
static void take_common(struct builder *b, const cfg_t *section, struct conf_way *way)
{
    const struct conf_setting *severity = alerts_value(b, section, "severity");
    const struct conf_setting *quiet = alerts_value(b, section, "quiet-hours");
    const struct conf_setting *language = alerts_value(b, section, "language");

    if (severity != NULL) {
        enum alert_severity least = conf_severity_find(conf_setting_text(severity));

        if (least == ALERT_DEFAULT)
            build_complain(b, "severity", severity,
                           "is no severity; write info, warning or critical");
        else
            way->least = least;
    }
    if (quiet != NULL &&
        !conf_quiet_parse(conf_setting_text(quiet), &way->quiet_from, &way->quiet_to))
        build_complain(b, "quiet-hours", quiet, "is no time of the day; write \"22:00-06:00\"");
    if (language != NULL && alerts_is_language(conf_setting_text(language)))
        way->language = build_copy(b, language);
    else if (language != NULL)
        build_complain(b, "language", language,
                       "is no language; write two letters such as en, de or fr");
    take_domains(b, section, way);
}

static bool take_recipient(struct builder *b, const cfg_t *section, struct conf_way *way)
{
    const struct conf_alerts *alerts = &b->conf->daemon.alerts;

    (void)section;
    if (!alerts_is_mail(slice_of(way->name)))
        conf_complain(b->errors, b->conf->path, way->line, "recipient",
                      "\"%.*s\" is no address; write recipient \"postmaster@example.test\" { ... }",
                      SLICE_ARG(conf_shown(slice_of(way->name))));
    else if (alerts->mail_server[0] == '\0')
        conf_complain(b->errors, b->conf->path, way->line, "recipient",
                      "mail needs a server that takes it; write mail-server as well");
    else
        return true;
    return false;
}

static bool url_good(struct slice url)
{
    struct slice rest = url;

    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || (unsigned char)url.p[i] >= 0x7f)
            return false;
    return (slice_skip(&rest, SLICE("https://")) || slice_skip(&rest, SLICE("http://"))) &&
           rest.n > 0 && rest.p[0] != '/';
}

static void take_format(struct builder *b, const cfg_t *section, struct conf_way *way)
{
    const struct conf_setting *s = alerts_value(b, section, "format");
    unsigned i = 0;

    if (s == NULL)
        return;
    while (i < COUNT(format_names) && !slice_eq(conf_setting_text(s), slice_of(format_names[i])))
        i++;
    if (i < COUNT(format_names))
        way->format = (enum conf_format)i;
    else
        build_complain(
            b, "format", s,
            "is no format; write generic, slack, mattermost, rocketchat, teams, discord, "
            "google-chat or matrix");
}

static bool take_webhook(struct builder *b, const cfg_t *section, struct conf_way *way)
{
    const struct conf_setting *url = alerts_value(b, section, "url");
    bool verify = true;

    take_format(b, section, way);
    alerts_take_path(b, section, "secret-file", &way->secret_file);
    alerts_take_path(b, section, "authorization-file", &way->authorization_file);
    alerts_take_path(b, section, "ca-file", &way->ca_file);
    alerts_take_yes_no(b, section, "verify", &verify);
    way->unverified = !verify;
    if (url == NULL) {
        conf_complain(b->errors, b->conf->path, way->line, "webhook",
                      "has no url; write url = \"https://...\"");
        return false;
    }
    if (!url_good(conf_setting_text(url))) { /* it is often a secret: not shown */
        conf_complain(b->errors, b->conf->path, url->line, "url",
                      "is no address of a web page; write \"https://HOST/PATH\"");
        return false;
    }
    way->url = build_copy(b, url);
    return true;
}

static bool take_command(struct builder *b, const cfg_t *section, struct conf_way *way)
{
    const struct conf_setting *path = alerts_value(b, section, "path");
    cfg_opt_t *key = conf_tree_key(section, "arguments");
    unsigned n = build_values(b, key, false);

    for (unsigned i = 0; i < n; i++) {
        if (i < CONF_WAY_ARGUMENTS)
            way->arguments[way->arguments_n++] = build_copy(b, conf_tree_value(key, i));
        else
            build_complain(b, key->name, conf_tree_value(key, i),
                           "is one too many; write at most 15");
    }
    if (path != NULL && path->n > 0 && path->text[0] == '/') {
        way->path = build_copy(b, path);
        return true;
    }
    if (path == NULL)
        conf_complain(b->errors, b->conf->path, way->line, "command",
                      "has no path; write path = \"/usr/local/bin/...\"");
    else
        build_complain(b, "path", path, "is no program; write its path from / on");
    return false;
}

static void take_way(struct builder *b, const cfg_t *section, enum conf_way_kind kind,
                     struct conf_way *all, uint32_t *n)
{
    static bool (*const takes[CONF_WAY_KINDS])(
        struct builder * b, const cfg_t *section,
        struct conf_way *way) = { take_recipient, take_webhook, take_command };
    struct arena *arena = &b->conf->arena;
    CLEANUP(buf_done) struct buf id = buf_make(4096);
    struct conf_way way = { .kind = kind,
                            .least = ALERT_WARNING,
                            .language = b->conf->daemon.alerts.language,
                            .url = "",
                            .secret_file = "",
                            .authorization_file = "",
                            .ca_file = "",
                            .path = "",
                            .line = conf_tree_line(b->tree, section, 1) };

    way.name = arena_copy(arena, slice_of(section->title)).p;
    buf_printf(&id, "%s %s", kind_names[kind], way.name);
    way.id = arena_copy(arena, buf_slice(&id)).p;
    take_common(b, section, &way);
    if (!conf_is_text(slice_of(way.name)) || strlen(way.name) > 254 || way.name[0] == '\0')
        conf_complain(b->errors, b->conf->path, way.line, section->name,
                      "has no name that can be shown; write a short one");
    else if (takes[kind](b, section, &way) && *n < CONF_WAYS_MAX)
        all[(*n)++] = way;
}

void build_ways(struct builder *b, const cfg_t *alerts, struct conf_alerts *out)
{
    static const char *const names[CONF_WAY_KINDS] = { "recipient", "webhook", "command" };
    struct conf_way *all = arena_take(&b->conf->arena, CONF_WAYS_MAX * sizeof *all);

    out->ways = all;
    for (unsigned kind = 0; kind < CONF_WAY_KINDS; kind++) {
        cfg_opt_t *sections = conf_tree_key(alerts, names[kind]);

        for (unsigned i = 0; i < sections->nvalues; i++)
            take_way(b, sections->values[i]->section, (enum conf_way_kind)kind, all, &out->ways_n);
    }
}
