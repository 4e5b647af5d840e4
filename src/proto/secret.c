#include "proto/secret.h"

#include "base/attributes.h"

#include "base/ban.h"

/* What stands in front of a password, in lower case. */
static const struct slice marks[] = {
    SLICE_INIT("given password"),    /* Dovecot: auth_verbose_passwords */
    SLICE_INIT("resp="),             /* Dovecot: auth_debug_passwords, what the client sent */
    SLICE_INIT("pass="),             /* ... and what the password database answered */
    SLICE_INIT("password="),         /* ... */
    SLICE_INIT("pass `"),            /* Postfix -v: smtp_sasl_passwd_lookup */
    SLICE_INIT("init_response "),    /* Postfix -v: xsasl_dovecot */
    SLICE_INIT("initial response "), /* Postfix -v: xsasl_cyrus */
    SLICE_INIT("decoded response "), /* ... */
    SLICE_INIT("auth plain "),       /* Postfix -v: the SMTP dialogue, of both sides */
    SLICE_INIT("auth login "),       /* ... */
    SLICE_INIT("auth xoauth2 "),     /* ... */
    SLICE_INIT("auth oauthbearer "), /* ... */
};

/* What an SMTP client says that is no answer to a question for its password. */
static const struct slice verbs[] = {
    SLICE_INIT("ehlo"),     SLICE_INIT("helo"), SLICE_INIT("lhlo"),    SLICE_INIT("mail"),
    SLICE_INIT("rcpt"),     SLICE_INIT("data"), SLICE_INIT("bdat"),    SLICE_INIT("rset"),
    SLICE_INIT("noop"),     SLICE_INIT("quit"), SLICE_INIT("vrfy"),    SLICE_INIT("etrn"),
    SLICE_INIT("help"),     SLICE_INIT("auth"), SLICE_INIT("xclient"), SLICE_INIT("xforward"),
    SLICE_INIT("starttls"),
};

static char lower(char c)
{
    return (unsigned char)(c - 'A') < 26 ? (char)(c | 0x20) : c;
}

static bool starts_nocase(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && slice_eq_nocase(slice_head(s, prefix.n), prefix);
}

/* Where the first of the marks ends, or all of the text. */
static size_t behind_mark(struct slice text)
{
    for (size_t at = 0; at < text.n; at++) {
        char c = lower(text.p[at]);

        for (size_t i = 0; i < COUNT(marks); i++) {
            if (marks[i].p[0] == c && starts_nocase(slice_from(text, at), marks[i]))
                return at + marks[i].n;
        }
    }
    return text.n;
}

/* Postfix -v, "< name[address]: bXkgcGFzc3dvcmQ=": what a client said. */
static size_t behind_client(struct slice text)
{
    struct slice rest = text, head;

    if (!slice_skip(&rest, SLICE("< ")) && !slice_cut_at(&rest, SLICE("]: < "), &head))
        return text.n;
    if (!slice_cut_at(&rest, SLICE("]: "), &head) &&
        !slice_cut_at(&rest, SLICE(": "), &head)) /* the port may stand between them */
        return text.n;
    for (size_t i = 0; i < COUNT(verbs); i++) {
        if (starts_nocase(rest, verbs[i]) && (rest.n == verbs[i].n || rest.p[verbs[i].n] == ' '))
            return text.n;
    }
    return text.n - rest.n;
}

/* Dovecot: auth_debug_passwords, "sql(ann,192.0.2.1): PLAIN(guess) != 'right'": from the
 * parenthesis behind the scheme on. */
static size_t behind_scheme(struct slice text)
{
    struct slice rest = text, head;

    if (!slice_cut_at(&rest, SLICE(") != "), &head))
        return text.n;
    for (size_t at = 1; at < head.n; at++) {
        char before = head.p[at - 1];

        if (head.p[at] == '(' &&
            ((unsigned char)(before - 'A') < 26 || (unsigned char)(before - '0') <= 9))
            return at + 1;
    }
    return text.n;
}

size_t secret_shown(struct slice text)
{
    size_t shown = behind_mark(text), other = behind_client(text);

    shown = other < shown ? other : shown;
    other = behind_scheme(text);
    return other < shown ? other : shown;
}
