/* build_alerts.c - alerts { }: the server for mail, owners, digests. Ways are in build_ways.c. */
#include "conf/build_alerts.h"

#include "base/wall.h"

#include "base/ban.h"

enum { LANGUAGES_MAX = 1000 };

struct conf_alerts alerts_defaults(void)
{
    return (struct conf_alerts){ .mail_server = "",
                                 .mail_from = "",
                                 .mail_user = "",
                                 .mail_password_file = "",
                                 .mail_ca_file = "",
                                 .mail_tls = CONF_TLS_TRY,
                                 .owner_addresses = "",
                                 .language = "en",
                                 .templates = "",
                                 .log = "",
                                 .digest_after = 10,
                                 .digest_window_ms = 10 * MINUTE_MS,
                                 .digest_every_ms = HOUR_MS };
}

const struct conf_setting *alerts_value(struct builder *b, const cfg_t *section, const char *name)
{
    cfg_opt_t *key = conf_tree_key(section, name);

    return build_values(b, key, true) > 0 ? conf_tree_value(key, 0) : NULL;
}

void alerts_take_path(struct builder *b, const cfg_t *section, const char *name, const char **out)
{
    const struct conf_setting *s = alerts_value(b, section, name);

    if (s != NULL && s->n > 0)
        *out = build_path(b, s);
    else if (s != NULL)
        build_complain(b, name, s, "is no file; write the path of one, or leave the key out");
}

void alerts_take_yes_no(struct builder *b, const cfg_t *section, const char *name, bool *out)
{
    const struct conf_setting *s = alerts_value(b, section, name);

    if (s != NULL && !conf_yes_no_parse(conf_setting_text(s), out))
        build_complain(b, name, s, "is neither yes nor no; write one of them");
}

bool alerts_is_language(struct slice text)
{
    return text.n == 2 && text.p[0] >= 'a' && text.p[0] <= 'z' && text.p[1] >= 'a' &&
           text.p[1] <= 'z';
}

/* One address, as RFC 5321 writes it between < and >, without quotes and comments. */
bool alerts_is_mail(struct slice text)
{
    struct slice local = address_local(text), domain = address_domain(text);

    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || (unsigned char)text.p[i] > '~' ||
            strchr("<>()[]\\,;:\"\x7f", text.p[i]) != NULL)
            return false;
    return local.n > 0 && local.n <= 64 && domain.n > 0 && text.n < 255;
}

static bool port_parse(struct slice text, uint16_t *port)
{
    uint64_t number;

    if (!slice_to_u64(text, &number) || number == 0 || number > UINT16_MAX)
        return false;
    *port = (uint16_t)number;
    return true;
}

static bool host_good(struct slice host)
{
    for (size_t i = 0; i < host.n; i++)
        if ((unsigned char)host.p[i] <= ' ' || strchr("/@?#\\\"<>\x7f", host.p[i]) != NULL)
            return false;
    return host.n > 0 && host.n < 255;
}

const char *conf_server_parse(struct slice text, struct slice *host, uint16_t *port)
{
    static const char *const form =
        "is no mail server; write \"smtp://HOST:PORT\" or \"smtps://HOST\"";
    struct slice rest = text, head, tail;
    uint16_t number = 25;

    if (slice_skip(&rest, SLICE("smtps://")))
        number = 465;
    else if (!slice_skip(&rest, SLICE("smtp://")))
        return form;
    if (slice_cut(&rest, '/', &head)) /* behind it the name to say in EHLO */
        rest = head;
    if (rest.n > 0 && rest.p[0] == '[') {
        rest = slice_from(rest, 1);
        if (!slice_cut(&rest, ']', &head) || (rest.n > 0 && rest.p[0] != ':'))
            return form;
        if (rest.n > 0 && !port_parse(slice_from(rest, 1), &number))
            return form;
    } else {
        head = rest;
        if (slice_cut_last(&head, ':', &tail) && !port_parse(tail, &number))
            return form;
    }
    if (!host_good(head))
        return form;
    *host = head;
    *port = number;
    return NULL;
}

/* The queue of this machine is what may be blocked, and what alerts are about. */
static bool is_own_queue(const struct builder *b, struct slice host, uint16_t port)
{
    struct ip ip;

    if (port != 25 && port != 465 && port != 587)
        return false;
    if (slice_eq_nocase(host, SLICE("localhost")))
        return true;
    return ip_parse(host, &ip) && (ip_is_loopback(&ip) || conf_own_address(b->conf, &ip));
}

static void take_server(struct builder *b, const cfg_t *section, struct conf_alerts *out)
{
    const struct conf_setting *s = alerts_value(b, section, "mail-server");
    bool own_queue = false;
    struct slice host = { NULL, 0 };
    uint16_t port = 0;
    const char *wrong;

    alerts_take_yes_no(b, section, "own-queue", &own_queue);
    if (s == NULL)
        return;
    wrong = conf_server_parse(conf_setting_text(s), &host, &port);
    if (wrong == NULL && !own_queue && is_own_queue(b, host, port))
        wrong = "is the mail server of this machine, whose queue may be what is blocked; write "
                "another server, or own-queue = yes as well";
    if (wrong != NULL)
        build_complain(b, "mail-server", s, wrong);
    else
        out->mail_server = build_copy(b, s);
}

static void take_from(struct builder *b, const cfg_t *section, struct conf_alerts *out)
{
    const struct conf_setting *from = alerts_value(b, section, "mail-from");
    const struct conf_setting *user = alerts_value(b, section, "mail-user");
    const struct conf_setting *tls = alerts_value(b, section, "mail-tls");
    static const char *const ways[CONF_TLS_WAYS] = { "none", "try", "require" };
    unsigned i = 0;

    if (from != NULL && alerts_is_mail(conf_setting_text(from)))
        out->mail_from = build_copy(b, from);
    else if (from != NULL)
        build_complain(b, "mail-from", from,
                       "is no address; write one such as mailfuse@example.test");
    if (user != NULL)
        out->mail_user = build_copy(b, user);
    if (tls == NULL)
        return;
    while (i < COUNT(ways) && !slice_eq(conf_setting_text(tls), slice_of(ways[i])))
        i++;
    if (i < COUNT(ways))
        out->mail_tls = (enum conf_tls)i;
    else
        build_complain(b, "mail-tls", tls, "is no way; write none, try or require");
}

static void take_sources(struct builder *b, const cfg_t *section, struct conf_alerts *out)
{
    cfg_opt_t *key = conf_tree_key(section, "source-addresses");
    unsigned n = build_values(b, key, false);

    for (unsigned i = 0; i < n; i++) {
        const struct conf_setting *s = conf_tree_value(key, i);
        char text[IP_TEXT_MAX];
        struct ip ip;

        if (!ip_parse(conf_setting_text(s), &ip))
            build_complain(b, key->name, s, "is no address; write one such as \"192.0.2.10\"");
        else if (out->sources_n == CONF_SOURCES_MAX)
            build_complain(b, key->name, s, "is one too many; write at most eight");
        else
            out->sources[out->sources_n++] =
                arena_copy(&b->conf->arena, slice_of(ip_text(&ip, text))).p;
    }
}

static void take_languages(struct builder *b, const cfg_t *section, struct conf_alerts *out)
{
    const struct conf_setting *one = alerts_value(b, section, "language");
    cfg_opt_t *key = conf_tree_key(section, "domain-languages");
    unsigned n = build_values(b, key, false);
    struct conf_language *all = arena_take(&b->conf->arena, (n + 1) * sizeof *all);
    char room[ADDRESS_MAX];

    if (one != NULL && alerts_is_language(conf_setting_text(one)))
        out->language = build_copy(b, one);
    else if (one != NULL)
        build_complain(b, "language", one,
                       "is no language; write two letters such as en, de or fr");
    for (unsigned i = 0; i < n && i < LANGUAGES_MAX; i++) {
        const struct conf_setting *s = conf_tree_value(key, i);
        struct slice language = conf_setting_text(s), domain;

        if (!slice_cut(&language, '=', &domain) || domain.n == 0 || !alerts_is_language(language)) {
            build_complain(b, key->name, s,
                           "is no domain and its language; write some such as \"example.fr=fr\"");
            continue;
        }
        all[out->languages_n++] =
            (struct conf_language){ arena_copy(&b->conf->arena, address_fold(domain, room)).p,
                                    arena_copy(&b->conf->arena, language).p };
    }
    out->languages = all;
}

static void take_log(struct builder *b, const cfg_t *section, struct conf_alerts *out)
{
    const struct conf_setting *s = alerts_value(b, section, "log");
    struct slice text = s != NULL ? conf_setting_text(s) : SLICE("");
    struct slice path = text;
    bool good = slice_eq(text, SLICE("stderr"));

    if (slice_skip(&path, SLICE("journal:")) || slice_skip(&path, SLICE("syslog:")))
        good = path.n > 0 && path.p[0] == '/' && path.n <= CONF_UNIX_PATH_MAX;
    if (good)
        out->log = build_copy(b, s);
    else if (s != NULL)
        build_complain(b, "log", s,
                       "is no log; write stderr, \"journal:/run/systemd/journal/socket\" or "
                       "\"syslog:/dev/log\"");
}

static void take_time(struct builder *b, const cfg_t *section, const char *name, int64_t *out)
{
    const struct conf_setting *s = alerts_value(b, section, name);
    int64_t ms;

    if (s != NULL && conf_duration_parse(conf_setting_text(s), &ms) && ms >= SECOND_MS &&
        ms <= DAY_MS)
        *out = ms;
    else if (s != NULL)
        build_complain(b, name, s, "is no time from 1s to 1d; write a number and s, m, h or d");
}

static void take_digest(struct builder *b, const cfg_t *section, struct conf_alerts *out)
{
    const struct conf_setting *s = alerts_value(b, section, "digest-after");
    uint64_t number;

    if (s != NULL && slice_to_u64(conf_setting_text(s), &number) && number >= 1 && number <= 1000)
        out->digest_after = (uint32_t)number;
    else if (s != NULL)
        build_complain(b, "digest-after", s, "is no number from 1 to 1000; write one");
    take_time(b, section, "digest-window", &out->digest_window_ms);
    take_time(b, section, "digest-every", &out->digest_every_ms);
}

void build_alerts(struct builder *b)
{
    const cfg_t *section = build_section(b, "alerts");
    struct conf_alerts *out = &b->conf->daemon.alerts;

    if (section == NULL)
        return;
    take_server(b, section, out);
    take_from(b, section, out);
    alerts_take_path(b, section, "mail-password-file", &out->mail_password_file);
    alerts_take_path(b, section, "mail-ca-file", &out->mail_ca_file);
    alerts_take_yes_no(b, section, "tell-owner", &out->tell_owner);
    alerts_take_path(b, section, "owner-addresses", &out->owner_addresses);
    alerts_take_path(b, section, "templates", &out->templates);
    take_sources(b, section, out);
    take_languages(b, section, out);
    take_log(b, section, out);
    take_digest(b, section, out);
    build_ways(b, section, out);
}
