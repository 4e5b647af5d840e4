/* alerts.h - whom to tell, and how: alerts { }. Texts live as long as their `struct conf`, are
 * never NULL, and "" is "none". Times of day are minutes of the local day. */
#ifndef CONF_ALERTS_H
#define CONF_ALERTS_H

#include "mail/ip.h"

enum alert_severity {
    ALERT_DEFAULT, /* that of the kind of alert; in the settings: nothing was written */
    ALERT_INFO,
    ALERT_WARNING,
    ALERT_CRITICAL,
    ALERT_SEVERITIES
};

enum conf_way_kind { CONF_WAY_MAIL, CONF_WAY_WEBHOOK, CONF_WAY_COMMAND, CONF_WAY_KINDS };

/* Which service understands the JSON of a webhook. */
enum conf_format {
    CONF_FORMAT_GENERIC, /* everything, as docs/alerts.md has it */
    CONF_FORMAT_SLACK,
    CONF_FORMAT_MATTERMOST,
    CONF_FORMAT_ROCKETCHAT,
    CONF_FORMAT_TEAMS,
    CONF_FORMAT_DISCORD,
    CONF_FORMAT_GOOGLE_CHAT,
    CONF_FORMAT_MATRIX, /* generic hook of matrix-hookshot */
    CONF_FORMATS
};

enum conf_tls { CONF_TLS_NONE, CONF_TLS_TRY, CONF_TLS_REQUIRE, CONF_TLS_WAYS };

enum { CONF_WAYS_MAX = 100, CONF_WAY_ARGUMENTS = 15, CONF_SOURCES_MAX = 8, CONF_LANGUAGE_MAX = 8 };

/* A way to tell somebody. */
struct conf_way {
    enum conf_way_kind kind;
    enum alert_severity least;
    const char *name; /* "postmaster@example.test", "chat" */
    const char *id;   /* "mail postmaster@example.test", "webhook chat": one of them only */
    const char *const *domains;    /* folded; only of these */
    uint32_t domains_n;            /* 0: of all, and of what is of none */
    uint32_t quiet_from, quiet_to; /* the same: never */
    enum conf_format format;
    const char *language; /* "en" */
    const char *url;      /* webhook */
    const char *secret_file, *authorization_file, *ca_file;
    const char *path; /* command */
    const char *arguments[CONF_WAY_ARGUMENTS];
    uint32_t arguments_n;
    uint32_t line;
    bool unverified;
};

/* "example.fr=fr" */
struct conf_language {
    const char *domain, *language;
};

struct conf_alerts {
    const struct conf_way *ways;
    uint32_t ways_n;
    const char *mail_server, *mail_from, *mail_user, *mail_password_file, *mail_ca_file;
    enum conf_tls mail_tls;
    bool mail_unverified;
    const char *sources[CONF_SOURCES_MAX]; /* addresses that mail may come from, best first */
    uint32_t sources_n;                    /* 0: any */
    bool tell_owner;
    const char *owner_addresses; /* path; "": no owner is known */
    const struct conf_language *languages;
    uint32_t languages_n;
    const char *language;  /* of those for whom none is set */
    const char *templates; /* folder; "": those of the program */
    const char *log;       /* "": as it fits; "stderr", "journal:PATH", "syslog:PATH" */
    uint32_t digest_after; /* single letters of a group within digest_window_ms */
    int64_t digest_window_ms, digest_every_ms;
};

/* "mail", "webhook", "command". */
const char *conf_way_kind_name(enum conf_way_kind kind);

/* "info", "warning", "critical"; ALERT_DEFAULT when there is none of that name. */
const char *conf_severity_name(enum alert_severity severity);
enum alert_severity conf_severity_find(struct slice name);

/* "22:00-06:00". False, and no change, for anything else. */
bool conf_quiet_parse(struct slice text, uint32_t *from, uint32_t *to);

/* "smtp://HOST", "smtps://HOST:PORT". NULL, with the host (without brackets) and the port; or what
 * is wrong, as the rest of a sentence. */
const char *conf_server_parse(struct slice text, struct slice *host, uint16_t *port);

#endif
