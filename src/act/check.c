#include "act/check.h"

#include <arpa/inet.h>

#include "base/escape.h"
#include "mail/ip.h"
#include "proto/queuefile.h"

#include "base/ban.h"

enum { LOG_SUFFIX_MAX = 32, UTF8_GROWS = 3 };

const char *check_ids(struct slice ids)
{
    struct slice id;

    if (ids.n == 0)
        return "no queue id";
    while (slice_cut(&ids, '\n', &id))
        if (!queuefile_id_valid(id))
            return "something is no queue id";
    return ids.n == 0 ? NULL : "the last queue id is cut off";
}

static bool is_plain(char c)
{
    return (unsigned char)c > ' ' && c != 0x7f;
}

const char *check_user(struct slice user)
{
    if (user.n == 0)
        return "the name of the account is empty";
    if (user.n > CHECK_ACCOUNT_MAX)
        return "the name of the account is too long";
    if (user.p[0] == '-')
        return "the name of the account begins with '-'";
    for (size_t i = 0; i < user.n; i++)
        if (!is_plain(user.p[i]))
            return "the name of the account has a space or a control character";
    return NULL;
}

/* What net_parse_range() of Dovecot might accept. */
static bool looks_like_network(struct slice user)
{
    char text[CHECK_ACCOUNT_MAX + 1];
    struct in6_addr six;
    struct in_addr four;

    memcpy(text, user.p, user.n);
    text[user.n] = '\0';
    return memchr(user.p, '/', user.n) != NULL || user.p[0] == '[' || inet_aton(text, &four) != 0 ||
           inet_pton(AF_INET6, text, &six) == 1;
}

const char *check_kick(struct slice user)
{
    const char *wrong = check_user(user);

    if (wrong != NULL)
        return wrong;
    if (memchr(user.p, '*', user.n) != NULL || memchr(user.p, '?', user.n) != NULL)
        return "doveadm would take the name of the account for a pattern";
    if (looks_like_network(user))
        return "doveadm would take the name of the account for a network";
    return NULL;
}

static bool is_utf8(struct slice s)
{
    CLEANUP(buf_done) struct buf copy = buf_make(UTF8_GROWS * CHECK_ACCOUNT_MAX);

    escape_utf8(&copy, s);
    return slice_eq(buf_slice(&copy), s);
}

const char *check_lock_account(struct slice account)
{
    const char *wrong = check_user(account);

    if (wrong != NULL)
        return wrong;
    if (account.p[0] == '#' || account.p[account.n - 1] == '\\')
        return "the name of the account begins with '#' or ends with '\\'";
    if (memchr(account.p, ':', account.n) != NULL || memchr(account.p, '"', account.n) != NULL)
        return "the name of the account has a ':' or a '\"'";
    if (!is_utf8(account))
        return "the name of the account is no UTF-8";
    return NULL;
}

const char *check_lock_client(struct slice address)
{
    char text[IP_TEXT_MAX];
    struct ip ip;

    if (!ip_parse(address, &ip) || !slice_eq(slice_of(ip_text(&ip, text)), address))
        return "it is no address of a host, as Postfix writes it";
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "550": the reply codes 4NN and 5NN. */
static bool is_refusal_code(struct slice word)
{
    return word.n == 3 && (word.p[0] == '4' || word.p[0] == '5') && is_digit(word.p[1]) &&
           is_digit(word.p[2]);
}

const char *check_lock_reply(struct slice reply)
{
    static const struct slice actions[] = { SLICE_INIT("REJECT"), SLICE_INIT("DEFER"),
                                            SLICE_INIT("HOLD") };
    struct slice word, rest = reply;
    bool known;

    if (reply.n > CHECK_REPLY_MAX)
        return "the reply is too long";
    for (size_t i = 0; i < reply.n; i++)
        if (reply.p[i] < ' ' || reply.p[i] > '~')
            return "the reply has a character that is not printable ASCII";
    if (!slice_cut(&rest, ' ', &word))
        word = reply;
    known = is_refusal_code(word);
    for (size_t i = 0; i < COUNT(actions); i++)
        known = known || slice_eq(word, actions[i]);
    return known ? NULL : "the reply is not REJECT, DEFER, HOLD, 4NN or 5NN";
}

/* ".1", "-20261122", ".2026-11-22", "-20261122-030000"; not ".gz", which is no text. */
static bool is_rotated(struct slice suffix)
{
    if (suffix.n < 2 || suffix.n > LOG_SUFFIX_MAX || (suffix.p[0] != '.' && suffix.p[0] != '-') ||
        !is_digit(suffix.p[1]))
        return false;
    for (size_t i = 1; i < suffix.n; i++)
        if (!is_digit(suffix.p[i]) && suffix.p[i] != '-' && suffix.p[i] != '.')
            return false;
    return true;
}

const char *check_log(struct slice path, const char *const logs[])
{
    for (size_t i = 0; logs != NULL && logs[i] != NULL; i++) {
        struct slice rest = path;

        if (slice_skip(&rest, slice_of(logs[i])) && (rest.n == 0 || is_rotated(rest)))
            return NULL;
    }
    return "this is none of the configured logs";
}
