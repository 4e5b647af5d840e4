#include "mail/reply_words.h"

#include "base/ban.h"

/* Up to three digits at `*p`, which moves past them; false without one. */
static bool code_part(const char **p, const char *end, unsigned *value)
{
    const char *start = *p;

    *value = 0;
    for (; *p < end && *p - start < 3 && reply_is_digit(**p); ++*p)
        *value = *value * 10 + (unsigned)(**p - '0');
    return *p > start;
}

/* Of X.7.*: RFC 7372 and RFC 8616 (20 to 30), and Microsoft's own. */
static uint64_t security_means(unsigned detail)
{
    if ((detail >= 20 && detail <= 30 && detail != 28) || detail == 509 || detail == 515)
        return C_AUTH;
    if ((detail >= 501 && detail <= 503) || detail == 508 || detail == 511 ||
        (detail >= 606 && detail <= 649) || (detail >= 700 && detail <= 708))
        return W_LIST;
    return 0;
}

/* RFC 3463 section 3 with its registry at IANA, and how servers use it: a code that several use
 * without thought says nothing. */
static uint64_t code_means(unsigned subject, unsigned detail)
{
    static const uint64_t addressing[] = { C_ADDRESS, C_USER,   C_DOMAIN, C_USER, C_USER, 0,
                                           C_USER,    C_POLICY, C_POLICY, 0,      C_USER };
    static const uint64_t mailbox[] = { 0, C_GONE, C_FULL, C_SIZE };
    static const uint64_t system[] = { 0, C_FULL, 0, 0, C_SIZE };
    static const uint64_t network[] = { C_NET, C_NET | C_ADDRESS, C_NET, C_NET, C_DOMAIN, C_RATE };
    static const uint64_t protocol[] = { 0, 0, 0, C_RATE };
    uint64_t means = 0;

    switch (subject) {
    case 1:
        means = detail < COUNT(addressing) ? addressing[detail] : 0;
        break;
    case 2:
        means = detail < COUNT(mailbox) ? mailbox[detail] : 0;
        break;
    case 3:
        means = detail < COUNT(system) ? system[detail] : 0;
        break;
    case 4:
        means = detail < COUNT(network) ? network[detail] : detail == 310 ? C_DOMAIN : C_NET;
        break;
    case 5:
        means = detail < COUNT(protocol) ? protocol[detail] : 0;
        break;
    case 6:
        means = C_POLICY;
        break;
    case 7:
        means = C_SECURITY | security_means(detail);
        break;
    default:
        break;
    }
    return means != 0 ? means : C_NONE;
}

uint64_t reply_code(struct slice s)
{
    const char *p, *end;
    unsigned subject, detail;

    if (s.n < 5 || (s.p[0] != '4' && s.p[0] != '5') || s.p[1] != '.')
        return 0;
    p = s.p + 2;
    end = s.p + s.n;
    if (!code_part(&p, end, &subject) || p == end || *p++ != '.' || !code_part(&p, end, &detail))
        return 0;
    if (p < end && (reply_is_digit(*p) || (*p == '.' && p + 1 < end && reply_is_digit(p[1]))))
        return 0; /* an IP address */
    return code_means(subject, detail) | (s.p[0] == '4' ? C_TEMPORARY : 0);
}

#define COMMAND(name)                                                                              \
    {                                                                                              \
        " (in reply to " name " command)", sizeof(" (in reply to " name " command)") - 1           \
    }

/* Take " (in reply to RCPT TO command)" off the end. */
static struct slice command_cut(struct slice text, uint64_t *says)
{
    static const struct {
        struct slice text;
        uint64_t says;
    } commands[] = {
        { COMMAND("RCPT TO"), S_RCPT },  { COMMAND("end of DATA"), S_DATA },
        { COMMAND("DATA"), S_DATA },     { COMMAND("MAIL FROM"), S_MAIL },
        { COMMAND("EHLO"), S_GREETING }, { COMMAND("HELO"), S_GREETING },
        { COMMAND("LHLO"), S_GREETING },
    };

    if (text.n < 9 || memcmp(text.p + text.n - 9, " command)", 9) != 0)
        return text;
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (slice_ends(text, commands[i].text)) {
            *says |= commands[i].says;
            return slice_head(text, text.n - commands[i].text.n);
        }
    }
    return text;
}

struct slice reply_core(struct slice text, uint64_t *says)
{
    struct slice rest, host;

    text = command_cut(text, says);
    (void)slice_skip(&text, SLICE("delivery temporarily suspended: "));
    rest = text;
    if (slice_skip(&rest, SLICE("host ")) && slice_cut(&rest, ' ', &host)) {
        if (slice_skip(&rest, SLICE("said: ")))
            return rest;
        if (slice_skip(&rest, SLICE("refused to talk to me: "))) {
            *says |= S_GREETING;
            return rest;
        }
    }
    if (text.n < 3 || !reply_is_digit(text.p[0]) || !reply_is_digit(text.p[1]) ||
        !reply_is_digit(text.p[2]))
        *says |= S_LOCAL;
    return text;
}

bool reply_host_dot(const char *start, const char *dot, const char *end)
{
    if (dot == start || dot + 1 >= end || *dot != '.')
        return false;
    if (reply_is_upper(dot[1]))
        return reply_is_upper(dot[-1]);
    return reply_is_lower(dot[1]) && !reply_is_blank(dot[-1]);
}
