/* dovecot.c - the text of Dovecot log lines, versions 2.0 to 2.4, as written to syslog after
 * "dovecot: " or to Dovecot's own file.
 *
 * One failed login leaves two lines: one of auth or auth-worker for each attempt, with the reason
 * ("Password mismatch"), and, when the connection ends, one of imap-login (pop3-login, ...) with
 * the number of attempts. Both are RECORD_LOGIN_FAILURE. That of auth has FIELD_STAGE "auth"; that
 * of *-login has no stage and its number of attempts in `repeat`. Count one kind: those without
 * stage for IMAP and its like, those with it for SMTP AUTH through Postfix, where no *-login takes
 * part and Postfix itself may not know the name.
 *
 * user=<> and the names in parentheses are chosen by strangers. Dovecot admits only letters,
 * digits,
 * '.', '-', '_', '@' in a login name (auth_username_chars), prints at most 80 bytes of it and
 * replaces control characters, but an administrator may admit every character. How a forged name
 * is told from a field: dovecot_login.c.
 *
 * Passwords: auth writes them where it is told to (auth_verbose_passwords, a query with %w). Of
 * lines of auth nothing reaches the record but the name, the address, the session and the first
 * words of the reason, which end in front of any parenthesis. */
#include "proto/dovecot.h"
#include "proto/understand.h"

#include "base/ban.h"

enum service_kind {
    SERVICE_LOGIN,    /* takes logins in front of a mail service */
    SERVICE_AUTH,     /* checks passwords */
    SERVICE_MAIL,     /* the session of one account */
    SERVICE_DELIVERY, /* stores messages */
    SERVICE_INNER,    /* of no use here */
};

static const struct service {
    struct slice name;
    enum service_kind kind;
    struct slice protocol;
} services[] = {
    { SLICE_INIT("imap-login"), SERVICE_LOGIN, SLICE_INIT("imap") },
    { SLICE_INIT("imap"), SERVICE_MAIL, SLICE_INIT("imap") },
    { SLICE_INIT("lmtp"), SERVICE_DELIVERY, SLICE_INIT("lmtp") },
    { SLICE_INIT("auth"), SERVICE_AUTH, { NULL, 0 } },
    { SLICE_INIT("auth-worker"), SERVICE_AUTH, { NULL, 0 } },
    { SLICE_INIT("pop3-login"), SERVICE_LOGIN, SLICE_INIT("pop3") },
    { SLICE_INIT("pop3"), SERVICE_MAIL, SLICE_INIT("pop3") },
    { SLICE_INIT("submission-login"), SERVICE_LOGIN, SLICE_INIT("submission") },
    { SLICE_INIT("submission"), SERVICE_MAIL, SLICE_INIT("submission") },
    { SLICE_INIT("managesieve-login"), SERVICE_LOGIN, SLICE_INIT("sieve") },
    { SLICE_INIT("managesieve"), SERVICE_MAIL, SLICE_INIT("sieve") },
    { SLICE_INIT("imap-hibernate"), SERVICE_MAIL, SLICE_INIT("imap") },
    { SLICE_INIT("imap-urlauth-login"), SERVICE_LOGIN, SLICE_INIT("imap-urlauth") },
    { SLICE_INIT("imap-urlauth"), SERVICE_MAIL, SLICE_INIT("imap-urlauth") },
    { SLICE_INIT("lda"), SERVICE_DELIVERY, { NULL, 0 } },
    { SLICE_INIT("deliver"), SERVICE_DELIVERY, { NULL, 0 } },
    { SLICE_INIT("sieve"), SERVICE_DELIVERY, { NULL, 0 } },
    { SLICE_INIT("master"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("anvil"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("config"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("dict"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("dict-async"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("director"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("dns-client"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("doveadm"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("dsync-local"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("dsync-server"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("indexer"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("indexer-worker"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("ipc"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("log"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("old-stats"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("quota-status"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("replicator"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("aggregator"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("script"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("ssl-params"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("stats"), SERVICE_INNER, { NULL, 0 } },
    { SLICE_INIT("pam_unix"), SERVICE_INNER, { NULL, 0 } }, /* auth says the same */
};

static const struct service *service_of(struct slice daemon)
{
    for (size_t i = 0; i < COUNT(services); i++) {
        if (slice_eq(services[i].name, daemon))
            return &services[i];
    }
    return NULL;
}

struct slice dovecot_level(struct slice *rest)
{
    static const struct slice levels[] = {
        SLICE_INIT("Info: "),  SLICE_INIT("Warning: "), SLICE_INIT("Error: "),
        SLICE_INIT("Debug: "), SLICE_INIT("Fatal: "),   SLICE_INIT("Panic: "),
    };

    for (size_t i = 0; i < COUNT(levels); i++) {
        if (rest->n > 0 && rest->p[0] == levels[i].p[0] && slice_skip(rest, levels[i]))
            return slice_head(levels[i], levels[i].n - 2);
    }
    return slice_head(*rest, 0);
}

/* The end of "(argument": the first ')' after which the prefix goes on. */
static bool take_argument(struct slice *rest, struct slice *argument)
{
    for (size_t i = 1; i + 1 < rest->n; i++) {
        if (rest->p[i] == ')' && (rest->p[i + 1] == ':' || rest->p[i + 1] == '<')) {
            *argument = slice_between(rest->p + 1, rest->p + i);
            *rest = slice_from(*rest, i + 1);
            return true;
        }
    }
    return false;
}

static bool read_line(struct slice s, struct dovecot_line *out)
{
    size_t n = 0;
    struct slice bracket;
    uint64_t pid;

    *out = (struct dovecot_line){ 0 };
    slice_skip(&s, SLICE("dovecot: ")); /* 1.x, in front of "auth(default)" */
    while (n < s.n && s.p[n] != ':' && s.p[n] != '(' && s.p[n] != '<' && s.p[n] != ' ')
        n++;
    out->daemon = slice_head(s, n);
    s = slice_from(s, n);
    if (s.n > 0 && s.p[0] == '(' && !take_argument(&s, &out->argument))
        return false;
    while (slice_skip(&s, SLICE("<"))) {
        if (!slice_cut(&s, '>', &bracket))
            return false;
        if (!slice_to_u64(bracket, &pid))
            out->session = bracket;
    }
    if (!slice_skip(&s, SLICE(": ")))
        return false;
    out->level = dovecot_level(&s);
    out->body = s;
    return true;
}

/* The words only of services whose errors hold no password: auth prints queries, config settings.
 */
static void set_warning(const struct dovecot_line *line, const struct service *service,
                        struct record *out)
{
    out->event = RECORD_WARNING;
    record_set(out, FIELD_ACTION, line->level);
    if (service->kind != SERVICE_AUTH && service->kind != SERVICE_INNER)
        dovecot_set(out, FIELD_REASON, line->body);
}

/* "imap(alice@example.test)<12><session>: Disconnected: Logged out in=12 out=477": the sessions of
 * 2.4 may end "Disconnected: Connection closed ...", all begin with one of these words. */
static bool read_mail(const struct dovecot_line *line, struct record *out)
{
    static const struct slice ends[] = { SLICE_INIT("Disconnected"), SLICE_INIT("Logged out"),
                                         SLICE_INIT("Connection closed") };

    out->event = RECORD_OTHER;
    for (size_t i = 0; i < COUNT(ends); i++) {
        if (slice_starts(line->body, ends[i]))
            out->event = RECORD_LOGOUT;
    }
    if (out->event == RECORD_LOGOUT)
        dovecot_set(out, FIELD_SASL_USERNAME, line->argument);
    return true;
}

/* "lmtp(alice@example.test)<12><session>: msgid=<...>: saved mail to INBOX", 2.2: "lmtp(12,
 * alice@example.test): session: msgid=..."; "lmtp(12): Connect from local" is of no use. What
 * follows "msgid=" is written by the sender of the message. */
static bool read_delivery(const struct dovecot_line *line, struct record *out)
{
    struct slice account = line->argument, pid;
    uint64_t number;

    if (slice_cut(&account, ',', &pid))
        slice_skip(&account, SLICE(" "));
    out->event = account.n == 0 || slice_to_u64(account, &number) ? RECORD_OTHER : RECORD_MAILBOX;
    if (out->event == RECORD_MAILBOX)
        record_set(out, FIELD_RECIPIENT, account);
    return true;
}

static bool read_body(const struct dovecot_line *line, const struct service *service,
                      struct record *out)
{
    if (slice_eq(line->level, SLICE("Debug"))) {
        out->event = RECORD_OTHER;
        return true;
    }
    if (line->level.n > 0 && !slice_eq(line->level, SLICE("Info"))) {
        set_warning(line, service, out);
        return true;
    }
    switch (service->kind) {
    case SERVICE_LOGIN:
        return dovecot_login(line, out);
    case SERVICE_AUTH:
        return dovecot_auth(line, out);
    case SERVICE_MAIL:
        return read_mail(line, out);
    case SERVICE_DELIVERY:
        return read_delivery(line, out);
    case SERVICE_INNER:
        break;
    }
    out->event = RECORD_OTHER;
    return true;
}

bool dovecot_parse(struct slice text, struct record *out)
{
    struct dovecot_line line;
    const struct service *service;

    out->event = RECORD_UNKNOWN;
    if (!read_line(text, &line) || (service = service_of(line.daemon)) == NULL)
        return false;
    out->daemon = line.daemon;
    if (!read_body(&line, service, out))
        return false;
    dovecot_set(out, FIELD_PROTOCOL_NAME, service->protocol);
    if (!record_has(out, FIELD_SESSION))
        dovecot_set(out, FIELD_SESSION, line.session);
    return true;
}
