/* dovecot_auth.c - the lines of auth and auth-worker: which attempt failed, and why.
 *
 *   passwd-file(alice@example.test,192.0.2.1,<session>): Password mismatch
 *   conn unix:auth-worker (pid=7,uid=97): auth-worker<5>: sql(alice,192.0.2.1): unknown user
 *   policy(alice,192.0.2.1): Authentication failure due to policy server refusal
 *   sql: Password mismatch      (2.4; name, address and mechanism are in front: "auth(alice,
 *                               192.0.2.1,sasl:plain)<session>: ")
 *
 * Source: get_log_identifier() and auth_request_log_login_failure() of auth-request.c. */
#include "proto/dovecot.h"

#include "base/ban.h"

/* How a reason begins. The name, in its parentheses, is passed before. */
static const struct reason {
    struct slice words;
    enum record_event event;
} reasons[] = {
    { SLICE_INIT("Password mismatch"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("password mismatch"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("unknown user"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("Unknown user"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("invalid credentials"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("Invalid credentials"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("pam_authenticate() failed"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("pam_acct_mgmt() failed"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("Username character disallowed"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("Empty username"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("No password returned"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("Password expired"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("User is disabled"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("allow_nets check failed"), RECORD_LOGIN_FAILURE },
    { SLICE_INIT("Authentication failure due to policy server refusal"), RECORD_AUTH_POLICY },
    { SLICE_INIT("Request timed out waiting for client"), RECORD_OTHER },
    { SLICE_INIT("Request aborted by client"), RECORD_OTHER },
};

/* What might be an address: hexadecimal digits, dots and colons. */
static bool is_address(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c != '.' && c != ':' && (unsigned char)(c - '0') > 9 &&
            (unsigned char)((c | 0x20) - 'a') > 5)
            return false;
    }
    return memchr(s.p, '.', s.n) != NULL || memchr(s.p, ':', s.n) != NULL;
}

/* "alice@example.test,192.0.2.1,sasl:plain,<session>". Read from its end, where a stranger's text
 * does not reach: the name may hold commas. "?" stands for no name. */
static void set_identity(struct slice who, struct record *out)
{
    struct slice last, rest = who;

    while (slice_cut_last(&rest, ',', &last)) {
        if (slice_starts(last, SLICE("<")) && slice_ends(last, SLICE(">")))
            dovecot_set(out, FIELD_SESSION, slice_head(slice_from(last, 1), last.n - 2));
        else if (slice_skip(&last, SLICE("sasl:")))
            dovecot_set(out, FIELD_SASL_METHOD, last);
        else if (last.n > 0 && is_address(last)) {
            record_set(out, FIELD_CLIENT_ADDRESS, last);
            who = rest;
            break;
        } else if (last.n > 0 && !slice_eq(last, SLICE("master")))
            break;
        who = rest;
    }
    if (!slice_eq(who, SLICE("?")))
        dovecot_set(out, FIELD_SASL_USERNAME, who);
}

/* Pass what stands in front of the name. False when the line was cut in it. */
static bool skip_request(struct slice *rest)
{
    struct slice before;

    if (slice_starts(*rest, SLICE("conn unix:")) && /* (pid=7,uid=97): auth-worker<5>: */
        (!slice_cut_at(rest, SLICE("): "), &before) || !slice_cut_at(rest, SLICE(">: "), &before)))
        return false;
    if (slice_starts(*rest, SLICE("request [")) && !slice_cut_at(rest, SLICE("]: "), &before))
        return false; /* 2.4 */
    (void)dovecot_level(rest);
    return true;
}

/* Pass "passwd-file(alice,192.0.2.1): ", whose parentheses go to `*who`, or "sql: ". */
static bool skip_driver(struct slice *rest, struct slice *who)
{
    struct slice s;
    size_t n = 0;

    while (n < rest->n && ((unsigned char)(rest->p[n] - 'a') < 26 || rest->p[n] == '-' ||
                           (unsigned char)(rest->p[n] - '0') < 10))
        n++;
    s = slice_from(*rest, n);
    if (slice_skip(&s, SLICE("(")) && !slice_starts(s, SLICE(")"))) {
        *rest = s;
        return slice_cut_at(rest, SLICE("): "), who);
    }
    if (slice_skip(&s, SLICE(": ")))
        *rest = s;
    return true;
}

bool dovecot_auth(const struct dovecot_line *line, struct record *out)
{
    struct slice rest = line->body, who = line->argument, reason;

    if (memchr(who.n > 0 ? who.p : "", ',', who.n) == NULL)
        who = (struct slice){ NULL, 0 }; /* "(default)", or a pid */
    if (!skip_request(&rest) || !skip_driver(&rest, &who))
        return false;
    for (size_t i = 0; i < COUNT(reasons) && out->event == RECORD_UNKNOWN; i++) {
        if (slice_starts(rest, reasons[i].words))
            out->event = reasons[i].event;
    }
    if (slice_ends(rest, SLICE(" - trying the next passdb")))
        out->event = RECORD_OTHER; /* that one will say */
    if (out->event == RECORD_UNKNOWN || out->event == RECORD_OTHER)
        return out->event == RECORD_OTHER;
    set_identity(who, out);
    if (!slice_cut_at(&rest, SLICE(" ("), &reason))
        reason = rest;
    record_set(out, FIELD_REASON, reason);
    record_set(out, FIELD_STAGE, SLICE("auth"));
    return true;
}
