#include "setup/relay_probe.h"

#include <errno.h>
#include <glob.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "act/relay_map.h"
#include "base/escape.h"
#include "conf/value.h"
#include "setup/relay_dialog.h"
#include "setup/relay_login.h"
#include "setup/relay_tls.h"
#include "setup/steps.h"

#include "base/ban.h"

enum { CONNECT_S = 10, NAME_ROOM = 256, PATH_ROOM = 300, SHOWN_MAX = 200, SMTPS = 465 };

/* One attempt. */
struct probe {
    const struct relay_probe *asked;
    const struct conf_relay *relay;
    char host[NAME_ROOM], port[8], helo[NAME_ROOM], from[PATH_ROOM], to[PATH_ROOM];
    bool smtps;
    struct relay_login login;
    struct dialog dialog;
    struct relay_tls tls;
    struct buf *words;
};

/* "WHAT: " and what the relay said, on one line. */
static bool failed(struct probe *p, const char *what)
{
    struct slice said =
        slice_trim(slice_head((struct slice){ p->dialog.text, p->dialog.n }, SHOWN_MAX));
    struct buf line = buf_make(SHOWN_MAX + 1);

    for (size_t i = 0; i < said.n; i++)
        if (said.p[i] != '\r')
            buf_add_char(&line, said.p[i] == '\n' ? ' ' : said.p[i]);
    buf_printf(p->words, "%s%s", what, line.n > 0 ? ": " : ", and no reply came");
    escape_terminal(p->words, slice_trim(buf_slice(&line)));
    buf_done(&line);
    return false;
}

static bool says(struct probe *p, const char *why)
{
    buf_printf(p->words, "%s", why);
    return false;
}

/* ---- this machine */

/* What postconf prints, in one line; empty when it cannot be asked. */
static void ask_postconf(const struct conf_daemon *d, const char *option, const char *name,
                         char *out, size_t room)
{
    CLEANUP(buf_done) struct buf text = buf_make(65536);
    char error[STEP_ERROR_MAX];
    struct slice rest, line = { NULL, 0 };

    if (postfix_program(d, "postconf", option, name, &text, error)) {
        rest = buf_slice(&text);
        if (!slice_cut(&rest, '\n', &line))
            line = rest;
    }
    snprintf(out, room, "%.*s", SLICE_ARG(line));
}

/* Postfix knows of the relay. */
static bool is_wired(struct probe *p)
{
    const struct conf_daemon *d = p->asked->daemon;
    char maps[1024], service[1024];

    ask_postconf(d, "-h", "sender_dependent_default_transport_maps", maps, sizeof maps);
    ask_postconf(d, "-M", RELAY_SERVICE "/unix", service, sizeof service);
    return (strstr(maps, "$mailfuse_relay_maps") != NULL || strstr(maps, RELAY_MAP_SUFFIX)) &&
                   service[0] != '\0'
               ? true
               : says(p, "Postfix does not know of the relay yet: mailfuse setup relay --apply, "
                         "then postfix reload");
}

/* Postfix logs in by plugins of Cyrus SASL, which Debian has in a package of their own. */
static bool has_sasl(struct probe *p)
{
    static const char *const places[] = { "/usr/lib/*/sasl2/libplain.so*",
                                          "/usr/lib/sasl2/libplain.so*",
                                          "/usr/lib64/sasl2/libplain.so*" };
    glob_t found;

    for (size_t i = 0; i < COUNT(places); i++) {
        bool there = glob(places[i], 0, NULL, &found) == 0;

        globfree(&found);
        if (there)
            return true;
    }
    return says(p, "Postfix cannot log in: the package libsasl2-modules is missing");
}

static bool get_ready(struct probe *p)
{
    const struct conf_daemon *d = p->asked->daemon;
    struct slice host;
    char origin[NAME_ROOM];
    uint16_t port;

    if (!conf_relay_host_parse(slice_of(p->relay->host), &host, &port))
        return says(p, "there is no relay { host } in the settings, see mailfuse.conf(5)");
    snprintf(p->host, sizeof p->host, "%.*s", SLICE_ARG(host));
    snprintf(p->port, sizeof p->port, "%u", (unsigned)port);
    p->smtps = port == SMTPS;
    ask_postconf(d, "-hx", "myhostname", p->helo, sizeof p->helo);
    ask_postconf(d, "-hx", "myorigin", origin, sizeof origin);
    if (p->helo[0] == '\0')
        snprintf(p->helo, sizeof p->helo, "localhost");
    snprintf(p->from, sizeof p->from, "postmaster@%s", origin[0] != '\0' ? origin : p->helo);
    if (p->asked->from != NULL)
        snprintf(p->from, sizeof p->from, "%s", p->asked->from);
    snprintf(p->to, sizeof p->to, "%s", p->asked->to != NULL ? p->asked->to : p->from);
    if (strpbrk(p->from, "\r\n<> ") != NULL || strpbrk(p->to, "\r\n<> ") != NULL)
        return says(p, "an address has a character that it cannot");
    if (p->relay->credentials[0] == '\0')
        return is_wired(p);
    return is_wired(p) && has_sasl(p) &&
           relay_login_read(&p->login, p->relay->credentials, p->relay->host, p->words);
}

/* ---- the relay */

static int connect_to(const struct addrinfo *a)
{
    const struct timeval limit = { .tv_sec = CONNECT_S };
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), number;

    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return fd;
    number = errno == EINPROGRESS ? ETIMEDOUT : errno;
    (void)close(fd);
    return -number;
}

/* The first address that answers. */
static bool reach(struct probe *p)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *all = NULL;
    int found = getaddrinfo(p->host, p->port, &hints, &all), fd = -EHOSTUNREACH;

    if (found != 0) {
        buf_printf(p->words, "the name %s leads nowhere: %s", p->host, gai_strerror(found));
        return false;
    }
    for (const struct addrinfo *a = all; a != NULL && fd < 0; a = a->ai_next)
        fd = connect_to(a);
    freeaddrinfo(all);
    p->dialog.fd = fd;
    if (fd >= 0)
        return true;
    buf_printf(p->words, "no connection to %s, port %s: %s", p->host, p->port, strerror(-fd));
    return false;
}

static int helo(struct probe *p)
{
    char line[NAME_ROOM + 8];

    snprintf(line, sizeof line, "EHLO %s", p->helo);
    return dialog_ask(&p->dialog, line);
}

static bool greet(struct probe *p)
{
    if (dialog_read(&p->dialog) != 220)
        return failed(p, "the relay does not greet");
    return helo(p) == 250 || failed(p, "EHLO is refused");
}

/* From here on by openssl, which begins anew. */
static bool go_on_with_tls(struct probe *p)
{
    const struct relay_tls_wish wish = { .host = p->host,
                                         .port = p->port,
                                         .helo = p->helo,
                                         .ca_file = p->relay->ca_file,
                                         .starttls = !p->smtps,
                                         .verify = p->relay->tls == CONF_RELAY_SECURE };
    int code;

    (void)close(p->dialog.fd);
    p->dialog.rest_n = p->dialog.n = 0;
    p->dialog.fd = relay_tls_start(&p->tls, &wish);
    if (p->dialog.fd < 0)
        return says(p, "/usr/bin/openssl cannot be started: the package openssl is missing");
    code = p->smtps ? dialog_read(&p->dialog) : helo(p);
    if (code == (p->smtps ? 220 : 250))
        return !p->smtps || helo(p) == 250 || failed(p, "EHLO is refused");
    if (relay_tls_wrong(&p->tls, p->words))
        return false;
    return failed(p, "TLS does not work");
}

static bool begin(struct probe *p)
{
    if (!reach(p) || (!p->smtps && !greet(p)))
        return false;
    if (p->relay->tls == CONF_RELAY_PLAIN)
        return !p->smtps || greet(p);
    if (!p->smtps && !dialog_offers(&p->dialog, "STARTTLS", NULL))
        return says(p, "the relay offers no STARTTLS, and tls = secure or encrypt wants it");
    if (!p->smtps)
        (void)dialog_ask(&p->dialog, "QUIT");
    return go_on_with_tls(p);
}

static bool log_in(struct probe *p)
{
    int code;

    if (p->relay->credentials[0] == '\0')
        return true;
    if (!dialog_offers(&p->dialog, "AUTH", NULL))
        return says(p, "the relay offers no login; leave credentials out, or take its port for "
                       "submission");
    code = dialog_login(&p->dialog, p->login.user, p->login.password);
    if (code < 0)
        return says(p, "the relay offers neither PLAIN nor LOGIN");
    return code == 235 || failed(p, "the login is refused");
}

static bool envelope(struct probe *p)
{
    char line[PATH_ROOM + 16];

    snprintf(line, sizeof line, "MAIL FROM:<%s>", p->from);
    if (dialog_ask(&p->dialog, line) != 250)
        return failed(p, "mail from us is refused");
    snprintf(line, sizeof line, "RCPT TO:<%s>", p->to);
    if (dialog_ask(&p->dialog, line) / 10 != 25)
        return failed(p, "the recipient is refused");
    return true;
}

static bool message(struct probe *p)
{
    CLEANUP(buf_done) struct buf text = buf_make(4 * PATH_ROOM + 1000);
    time_t now = time(NULL);
    char date[64];
    struct tm tm;

    if (!p->asked->send)
        return true;
    if (localtime_r(&now, &tm) == NULL ||
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S %z", &tm) == 0)
        return false;
    if (dialog_ask(&p->dialog, "DATA") != 354)
        return failed(p, "a message is refused");
    buf_printf(&text,
               "From: <%s>\r\nTo: <%s>\r\nDate: %s\r\nMessage-ID: <relay-test.%lld.%d@%s>\r\n"
               "Subject: mailfuse: the emergency relay works\r\nAuto-Submitted: auto-generated\r\n"
               "\r\nThis message came by the emergency relay.\r\n.",
               p->from, p->to, date, (long long)now, (int)getpid(), p->helo);
    buf_add_char(&text, '\0');
    return dialog_ask(&p->dialog, text.p) == 250 || failed(p, "the message is refused");
}

bool relay_probe(const struct relay_probe *asked, struct buf *words)
{
    struct probe p = { .asked = asked,
                       .relay = &asked->daemon->relay,
                       .dialog = { .fd = -1 },
                       .tls = { .pid = -1, .errors = -1 },
                       .words = words };
    bool good = get_ready(&p) && begin(&p) && log_in(&p) && envelope(&p) && message(&p);

    if (good)
        buf_printf(words, "%s takes our mail: %s%s, from %s to %s%s", p.relay->host,
                   p.relay->tls == CONF_RELAY_SECURE    ? "the certificate is good"
                   : p.relay->tls == CONF_RELAY_ENCRYPT ? "encrypted, with whomever"
                                                        : "not encrypted",
                   p.relay->credentials[0] != '\0' ? ", the login works" : "", p.from, p.to,
                   asked->send ? ", a message is on its way" : "");
    if (p.dialog.fd >= 0) {
        if (good)
            (void)dialog_ask(&p.dialog, "QUIT");
        (void)close(p.dialog.fd);
    }
    relay_tls_end(&p.tls);
    relay_login_done(&p.login);
    return good;
}
