#include "conf/value.h"

#include "base/wall.h"

#include "base/ban.h"

enum { HOST_MAX = 253 }; /* RFC 1035, section 2.3.4, in text */

bool conf_duration_parse(struct slice text, int64_t *ms)
{
    static const struct {
        char sign;
        int64_t ms;
    } units[] = { { 's', SECOND_MS }, { 'm', MINUTE_MS }, { 'h', HOUR_MS }, { 'd', DAY_MS } };
    static const int64_t most_ms = 3650 * DAY_MS;
    uint64_t number;

    if (text.n < 2 || !slice_to_u64(slice_head(text, text.n - 1), &number))
        return false;
    for (size_t i = 0; i < COUNT(units); i++) {
        if (units[i].sign == text.p[text.n - 1] && number <= (uint64_t)(most_ms / units[i].ms)) {
            *ms = (int64_t)number * units[i].ms;
            return true;
        }
    }
    return false;
}

bool conf_yes_no_parse(struct slice text, bool *out)
{
    bool yes = slice_eq(text, SLICE("yes"));

    if (!yes && !slice_eq(text, SLICE("no")))
        return false;
    *out = yes;
    return true;
}

static const char *inet_parse(struct slice rest, struct conf_listen *out)
{
    struct conf_listen listen = { .text = out->text };
    struct slice address = rest, port;
    uint64_t number;
    bool brackets;

    if (!slice_cut_last(&address, ':', &port))
        return "has no port; write \"inet:127.0.0.1:10040\"";
    brackets = address.n > 2 && address.p[0] == '[' && address.p[address.n - 1] == ']';
    if (brackets)
        address = slice_head(slice_from(address, 1), address.n - 2);
    if (!ip_parse(address, &listen.ip) || brackets == ip_is_v4(&listen.ip))
        return "has no address; write one as in \"inet:127.0.0.1:10040\" or \"inet:[::1]:10040\"";
    if (!slice_to_u64(port, &number) || number == 0 || number > UINT16_MAX)
        return "has no port; write one from 1 to 65535, as in \"inet:127.0.0.1:10040\"";
    listen.port = (uint16_t)number;
    *out = listen;
    return NULL;
}

const char *conf_listen_parse(struct slice text, struct conf_listen *out)
{
    struct conf_listen listen = { .text = text.p };
    const char *wrong = NULL;

    if (slice_skip(&text, SLICE("inet:"))) {
        wrong = inet_parse(text, &listen);
    } else if (!slice_skip(&text, SLICE("unix:"))) {
        wrong = "is no place to listen; write \"unix:/path\" or \"inet:ADDRESS:PORT\"";
    } else if (text.n == 0 || text.p[0] != '/') {
        wrong = "has no path; write it from the root on, as in \"unix:/run/mailfuse/policy\"";
    } else if (text.n > CONF_UNIX_PATH_MAX) {
        wrong = "is longer than the path of a socket may be; write one of at most 107 bytes";
    } else {
        listen.path = text.p;
    }
    if (wrong == NULL)
        *out = listen;
    return wrong;
}

const char *conf_reply_wrong(struct slice text)
{
    if (text.n == 0)
        return "is empty; write what a mail client shall show";
    if (text.n > CONF_REPLY_MAX)
        return "is too long for a reply; write at most 400 bytes";
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] > '~')
            return "has a sign that mail clients may not understand; write ASCII in one line";
    for (size_t i = 0; i < text.n; i++) {
        char next = i + 1 < text.n ? text.p[i + 1] : '\0';

        if (text.p[i] == '%' && next != 'i' && next != 'a' && next != '%')
            return "has a % of no meaning; write %i (incident), %a (account) or %%";
        i += text.p[i] == '%';
    }
    return NULL;
}

const char *conf_key_wrong(struct slice text)
{
    if (text.n < 8 || text.n > 200)
        return "the key has to have 8 to 200 signs; write another one";
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~' || text.p[i] == '"' || text.p[i] == '\\')
            return "the key has a sign that HTTP or Dovecot may not take; write letters and digits";
    return NULL;
}

bool conf_is_user(struct slice text)
{
    if (text.n == 0 || text.n > 32 || text.p[0] == '-')
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '.'))
            return false;
    }
    return true;
}

bool conf_as_parse(struct slice text, uint32_t *out)
{
    uint64_t number;

    if (text.n > 2 && slice_eq_nocase(slice_head(text, 2), SLICE("AS")))
        text = slice_from(text, 2);
    if (!slice_to_u64(text, &number) || number == 0 || number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

bool conf_relay_host_parse(struct slice text, struct slice *host, uint16_t *port)
{
    struct slice rest = text, name;
    uint64_t number;

    if (!slice_skip(&rest, SLICE("[")) || !slice_cut(&rest, ']', &name) ||
        !slice_skip(&rest, SLICE(":")) || !slice_to_u64(rest, &number) || number < 1 ||
        number > UINT16_MAX || name.n == 0 || name.n > HOST_MAX || name.p[0] == '-')
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '-' && c != '.' && c != ':')
            return false;
    }
    *host = name;
    *port = (uint16_t)number;
    return true;
}
