/* build_daemon.c - the keys of the top level that `mailfuse run` alone has use for. */
#include "base/wall.h"
#include "conf/build.h"

#include "base/ban.h"

enum { LOGS_MAX = 256, LISTEN_MAX = 64 };

struct conf_daemon conf_daemon_defaults(void)
{
    static const struct conf_listen policy = { .text = "inet:127.0.0.1:10040",
                                               .ip.b = { [10] = 0xff, 0xff, 127, 0, 0, 1 },
                                               .port = 10040 };
    static const struct conf_listen auth_policy = { .text = "inet:127.0.0.1:10042",
                                                    .ip.b = { [10] = 0xff, 0xff, 127, 0, 0, 1 },
                                                    .port = 10042 };
    static const char *const logs[] = { "/var/log/mail.log" };
    struct conf_daemon d = {
        .user = "mailfuse",
        .state_directory = "/var/lib/mailfuse",
        .control_socket = "/run/mailfuse/control",
        .control_group = "",
        .dnsbl = { .every_ms = HOUR_MS, .lists = "" },
        .providers = { .rules = "", .accepted = 50, .quiet_ms = DAY_MS },
        .feedback_user = CONF_FEEDBACK_USER,
        .policy = { &policy, 1 },
        .auth_policy = { &auth_policy, 1 },
        .auth_policy_key = "",
        .auth_policy_key_file = "",
        .logs = logs,
        .logs_n = COUNT(logs),
        .postfix_config_directory = "/etc/postfix",
        .postfix_command_directory = "/usr/sbin",
        .dovecot_config = "/etc/dovecot/dovecot.conf",
        .doveadm = "/usr/bin/doveadm",
        .postfix_lock_map = { "hash:/var/lib/mailfuse/locked-accounts", "hash",
                              "/var/lib/mailfuse/locked-accounts" },
        .dovecot_deny_file = "/var/lib/mailfuse/dovecot-deny",
        .bruteforce = { 3, 20 * MINUTE_MS, 60 * MINUTE_MS, 5 * SECOND_MS },
        .relay = { .host = "",
                   .credentials = "",
                   .tls = CONF_RELAY_SECURE,
                   .ca_file = "/etc/ssl/certs/ca-certificates.crt",
                   .back_after_ms = DAY_MS },
        .snapshot_seconds = 3,
        .queue_alert = 200,
        .spool_free = 5,
        .spool_reserve = 2,
    };

    d.alerts = alerts_defaults();
    replies_defaults(&d);
    return d;
}

static void take_mode(struct builder *b, const char *key, const struct conf_setting *s)
{
    bool enforce = slice_eq(conf_setting_text(s), SLICE("enforce"));

    if (enforce || slice_eq(conf_setting_text(s), SLICE("observe")))
        b->conf->daemon.mode = enforce ? CONF_ENFORCE : CONF_OBSERVE;
    else
        build_complain(b, key, s, "is no mode; write observe or enforce");
}

static void take_lock_logins(struct builder *b, const char *key, const struct conf_setting *s)
{
    bool submission = slice_eq(conf_setting_text(s), SLICE("submission"));

    if (submission || slice_eq(conf_setting_text(s), SLICE("all")))
        b->conf->daemon.lock_logins = submission ? CONF_LOCK_SUBMISSION : CONF_LOCK_ALL;
    else
        build_complain(b, key, s, "is no kind of logins; write all or submission");
}

static void take_journal(struct builder *b, const char *key, const struct conf_setting *s)
{
    if (!conf_yes_no_parse(conf_setting_text(s), &b->conf->daemon.journal))
        build_complain(b, key, s, "is neither yes nor no; write one of them");
}

static void take_snapshot(struct builder *b, const char *key, const struct conf_setting *s)
{
    uint64_t seconds;

    if (slice_to_u64(conf_setting_text(s), &seconds) && seconds >= 1 && seconds <= 5)
        b->conf->daemon.snapshot_seconds = (uint32_t)seconds;
    else
        build_complain(b, key, s, "is no number of seconds from 1 to 5; write one");
}

/* A number from 1 to `most`, or none. */
static void take_count(struct builder *b, const char *key, const struct conf_setting *s,
                       uint32_t most, uint32_t *out)
{
    uint64_t number;

    if (slice_eq(conf_setting_text(s), SLICE("none")))
        *out = 0;
    else if (slice_to_u64(conf_setting_text(s), &number) && number >= 1 && number <= most)
        *out = (uint32_t)number;
    else
        conf_complain(b->errors, b->conf->path, s->line, key,
                      "\"%.*s\" is no number from 1 to %u; write one, or none",
                      SLICE_ARG(conf_shown(conf_setting_text(s))), most);
}

static void take_queue_alert(struct builder *b, const char *key, const struct conf_setting *s)
{
    take_count(b, key, s, 100000000, &b->conf->daemon.queue_alert);
}

static void take_spool_free(struct builder *b, const char *key, const struct conf_setting *s)
{
    take_count(b, key, s, 50, &b->conf->daemon.spool_free);
}

static void take_spool_reserve(struct builder *b, const char *key, const struct conf_setting *s)
{
    take_count(b, key, s, 50, &b->conf->daemon.spool_reserve);
}

static void take_key(struct builder *b, const char *key, const struct conf_setting *s)
{
    const char *wrong = conf_key_wrong(conf_setting_text(s));

    b->conf->daemon.auth_policy_key_line = s->line;
    if (wrong == NULL)
        b->conf->daemon.auth_policy_key = build_copy(b, s);
    else /* which is a secret: not shown */
        conf_complain(b->errors, b->conf->path, s->line, key, "%s", wrong);
}

static void take_key_file(struct builder *b, const char *key, const struct conf_setting *s)
{
    if (s->n == 0) {
        build_complain(b, key, s, "is no file; write the path of one, or leave the key out");
    } else if (b->conf->daemon.auth_policy_key[0] != '\0') {
        conf_complain(b->errors, b->conf->path, s->line, key,
                      "auth-policy-key is set, too; leave one of them out");
    } else {
        b->conf->daemon.auth_policy_key_file = build_path(b, s);
        b->conf->daemon.auth_policy_key_line = s->line;
    }
}

static void take_map(struct builder *b, const char *key, const struct conf_setting *s)
{
    static const char *const types[] = { "hash", "btree", "lmdb", "cdb" };
    struct slice path = conf_setting_text(s), type = { NULL, 0 };
    struct conf_map map = { "", "", "" };

    (void)slice_cut(&path, ':', &type);
    for (size_t i = 0; i < COUNT(types); i++)
        if (slice_eq(type, slice_of(types[i])))
            map = (struct conf_map){ build_copy(b, s), types[i],
                                     arena_copy(&b->conf->arena, path).p };
    if (s->n > 0 && (map.type[0] == '\0' || map.path[0] != '/'))
        build_complain(b, key, s,
                       "is no map that postmap(1) makes; write \"hash:/path\" (or btree, lmdb, "
                       "cdb), or \"\" for none");
    else if (strpbrk(map.path, " \t,\"'{}$") != NULL)
        build_complain(b, key, s, "has a character that main.cf cannot; write another path");
    else
        b->conf->daemon.postfix_lock_map = map;
}

static void take_logs(struct builder *b, cfg_opt_t *key, unsigned n)
{
    const char **all = arena_take(&b->conf->arena, (n + 1) * sizeof *all);

    if (n > LOGS_MAX) {
        conf_complain(b->errors, b->conf->path, conf_tree_value(key, 0)->line, key->name,
                      "has %u files; write at most %d", n, LOGS_MAX);
        n = 0;
    }
    b->conf->daemon.logs = all;
    b->conf->daemon.logs_n = 0;
    for (unsigned i = 0; i < n; i++) {
        const struct conf_setting *s = conf_tree_value(key, i);

        if (s->n == 0)
            build_complain(b, key->name, s, "is no file; write the path of a log");
        else
            all[b->conf->daemon.logs_n++] = build_path(b, s);
    }
}

/* Keys whose value is kept as it is, but for paths, which are made complete. */
static const struct {
    const char *name;
    enum { IS_PATH, IS_SOCKET, IS_USER } is;
    bool none; /* may be "" */
    size_t at; /* in struct conf_daemon */
} texts[] = {
    { "user", IS_USER, false, offsetof(struct conf_daemon, user) },
    { "state-directory", IS_PATH, false, offsetof(struct conf_daemon, state_directory) },
    { "control-socket", IS_SOCKET, false, offsetof(struct conf_daemon, control_socket) },
    { "control-group", IS_USER, true, offsetof(struct conf_daemon, control_group) },
    { "feedback-user", IS_USER, true, offsetof(struct conf_daemon, feedback_user) },
    { "postfix-config-directory", IS_PATH, false,
      offsetof(struct conf_daemon, postfix_config_directory) },
    { "postfix-command-directory", IS_PATH, false,
      offsetof(struct conf_daemon, postfix_command_directory) },
    { "dovecot-config", IS_PATH, true, offsetof(struct conf_daemon, dovecot_config) },
    { "doveadm", IS_PATH, false, offsetof(struct conf_daemon, doveadm) },
    { "dovecot-deny-file", IS_PATH, true, offsetof(struct conf_daemon, dovecot_deny_file) },
};

static void take_text(struct builder *b, size_t which, const struct conf_setting *s)
{
    const char **out = (const char **)(void *)((char *)&b->conf->daemon + texts[which].at);
    const char *name = texts[which].name;

    if (s->n == 0 && texts[which].none)
        *out = "";
    else if (s->n == 0)
        build_complain(b, name, s, "is nothing; write a value, or leave the key out");
    else if (texts[which].is == IS_USER && !conf_is_user(conf_setting_text(s)))
        build_complain(b, name, s, "is no name; write that of a user or group of this system");
    else if (texts[which].is == IS_SOCKET && strlen(build_path(b, s)) > CONF_UNIX_PATH_MAX)
        build_complain(
            b, name, s,
            "is longer than the path of a socket may be; write one of at most 107 bytes");
    else
        *out = texts[which].is == IS_USER ? build_copy(b, s) : build_path(b, s);
}

static void take_time(struct builder *b, cfg_opt_t *key, const char *range, int64_t least,
                      int64_t most, int64_t *out)
{
    const struct conf_setting *s;
    int64_t ms;

    if (build_values(b, key, true) == 0)
        return;
    s = conf_tree_value(key, 0);
    if (conf_duration_parse(conf_setting_text(s), &ms) && ms >= least && ms <= most)
        *out = ms;
    else
        conf_complain(b->errors, b->conf->path, s->line, key->name,
                      "\"%.*s\" is no time from %s; write a number and s, m, h or d",
                      SLICE_ARG(conf_shown(conf_setting_text(s))), range);
}

static void take_bruteforce(struct builder *b)
{
    const cfg_t *section = build_section(b, "bruteforce");
    struct conf_bruteforce *out = &b->conf->daemon.bruteforce;
    cfg_opt_t *failures = section != NULL ? conf_tree_key(section, "failures") : NULL;
    uint64_t number;

    if (section == NULL)
        return;
    if (build_values(b, failures, true) > 0) {
        const struct conf_setting *s = conf_tree_value(failures, 0);

        if (slice_eq(conf_setting_text(s), SLICE("none")))
            out->failures = 0;
        else if (slice_to_u64(conf_setting_text(s), &number) && number >= 1 && number <= 1000)
            out->failures = (uint32_t)number;
        else
            build_complain(b, "failures", s, "is no number; write one from 1 to 1000, or none");
    }
    take_time(b, conf_tree_key(section, "refuse"), "1s to 30d", SECOND_MS, 30 * DAY_MS,
              &out->refuse_ms);
    take_time(b, conf_tree_key(section, "memory"), "1m to 30d", MINUTE_MS, 30 * DAY_MS,
              &out->memory_ms);
    take_time(b, conf_tree_key(section, "tarpit"), "0s to 1m", 0, MINUTE_MS, &out->tarpit_ms);
}

void build_daemon(struct builder *b)
{
    static const struct {
        const char *name;
        void (*take)(struct builder *b, const char *key, const struct conf_setting *s);
    } keys[] = {
        { "mode", take_mode },
        { "lock-logins", take_lock_logins },
        { "journal", take_journal },
        { "snapshot-seconds", take_snapshot },
        { "queue-alert", take_queue_alert },
        { "spool-free", take_spool_free },
        { "spool-reserve", take_spool_reserve },
        { "auth-policy-key", take_key },
        { "auth-policy-key-file", take_key_file },
        { "postfix-lock-map", take_map },
    };
    cfg_opt_t *logs = conf_tree_key(b->tree->root, "logs");

    for (size_t i = 0; i < COUNT(keys); i++) {
        cfg_opt_t *key = conf_tree_key(b->tree->root, keys[i].name);

        if (build_values(b, key, true) > 0)
            keys[i].take(b, keys[i].name, conf_tree_value(key, 0));
    }
    for (size_t i = 0; i < COUNT(texts); i++) {
        cfg_opt_t *key = conf_tree_key(b->tree->root, texts[i].name);

        if (build_values(b, key, true) > 0)
            take_text(b, i, conf_tree_value(key, 0));
    }
    if (conf_tree_is_set(logs))
        take_logs(b, logs, build_values(b, logs, false));
    build_dnsbl(b);
    build_providers(b);
    build_relay(b);
    build_alerts(b);
    build_listens(b);
    take_bruteforce(b);
    build_replies(b);
}
