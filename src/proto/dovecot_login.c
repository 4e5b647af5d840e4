/* dovecot_login.c - the lines of imap-login, pop3-login, submission-login, managesieve-login:
 *
 *   Login: user=<alice@example.test>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.25, mpid=12, TLS,
 *       session=<abc>
 *   Disconnected: Connection closed (auth failed, 2 attempts in 4 secs): user=<alice>, ...
 *
 * A name may be made to look like fields ("x>, method=PLAIN, rip=198.51.100.1"). What follows the
 * real end of the name holds no text of a stranger: mechanism, addresses, a pid, the state of TLS,
 * a session id. So the name ends at the last ">, method=" or ">, rip=". What precedes "user=<" is
 * Dovecot's own in the lines that are read (the words of TLS errors are OpenSSL's), so the name
 * begins at the first ": user=<". Lines that begin otherwise ("ID sent: name=...") are not read.
 * Source: client_get_log_str() and client_get_extra_disconnect_reason() of login-common, settings
 * login_log_format and login_log_format_elements. */
#include "proto/dovecot.h"

#include "base/ban.h"

/* How the text begins, and what it tells. */
static const struct phrase {
    struct slice words;
    enum record_event event;
} phrases[] = {
    { SLICE_INIT("Login: user="), RECORD_LOGIN },
    { SLICE_INIT("Logged in: user="), RECORD_LOGIN }, /* 2.4 */
    { SLICE_INIT("Disconnected"), RECORD_DISCONNECT },
    { SLICE_INIT("Aborted login"), RECORD_DISCONNECT },
    { SLICE_INIT("Login aborted: "), RECORD_DISCONNECT }, /* 2.4 */
    { SLICE_INIT("Client has quit the connection"), RECORD_DISCONNECT },
    { SLICE_INIT("Remote closed connection"), RECORD_DISCONNECT },
    { SLICE_INIT("Connection closed"), RECORD_DISCONNECT },
    { SLICE_INIT("Inactivity"), RECORD_DISCONNECT },
    { SLICE_INIT("Too many invalid"), RECORD_DISCONNECT },
    { SLICE_INIT("Internal login failure"), RECORD_DISCONNECT },
    { SLICE_INIT("Maximum number of connections"), RECORD_DISCONNECT },
    { SLICE_INIT("started proxying to "), RECORD_LOGIN },
    { SLICE_INIT("Started proxying to "), RECORD_LOGIN }, /* 2.3.14 */
    { SLICE_INIT("Login failed to "), RECORD_OTHER },     /* "(proxy dest auth failed)" follows */
    { SLICE_INIT("disconnecting "), RECORD_OTHER },
    { SLICE_INIT("ID sent: "), RECORD_OTHER },
};

/* Reasons that mean a refused login. Others say that there was no attempt, or no end of one. */
static const struct slice failures[] = {
    SLICE_INIT("auth failed, "),          /* N attempts */
    SLICE_INIT("authorization failed, "), /* N attempts */
    SLICE_INIT("proxy dest auth failed)"), SLICE_INIT("user disabled)"),
    SLICE_INIT("password expired)"),       SLICE_INIT("login disabled)"),
};

/* The fields, and what precedes them: up to the first ": " with a field after it (before 2.2 there
 * is no user=<> when no name was given). */
static bool find_fields(struct slice body, struct slice *head, struct slice *fields)
{
    struct slice rest = body, before;

    while (slice_cut(&rest, ':', &before)) {
        if (slice_starts(rest, SLICE(" user=<")) || slice_starts(rest, SLICE(" method=")) ||
            slice_starts(rest, SLICE(" rip="))) {
            *head = slice_between(body.p, rest.p - 1);
            *fields = slice_from(rest, 1);
            return true;
        }
    }
    return false;
}

/* The other fields that may follow the name, where method and rip are not written. */
static bool is_field(struct slice s)
{
    static const struct slice starts[] = { SLICE_INIT("lip="), SLICE_INIT("mpid="),
                                           SLICE_INIT("session=<"), SLICE_INIT("TLS"),
                                           SLICE_INIT("secured") };

    for (size_t i = 0; i < COUNT(starts); i++) {
        if (slice_starts(s, starts[i]))
            return true;
    }
    return false;
}

/* "alice>, method=...": the name, and the fields after it. Without method and rip, the name ends at
 * the last ">, " with another field after it, or at the end of the line. False when the line was
 * cut in it. */
static bool take_username(struct slice *rest, struct slice *username)
{
    struct slice name = *rest, fields, other = { NULL, 0 };

    while (slice_cut_last(&name, '>', &fields)) {
        fields = slice_between(fields.p, rest->p + rest->n);
        if (!slice_skip(&fields, SLICE(", ")))
            continue;
        if (other.p == NULL && is_field(fields))
            other = fields;
        if (slice_starts(fields, SLICE("method=")) || slice_starts(fields, SLICE("rip="))) {
            *username = name;
            *rest = fields;
            return true;
        }
    }
    if (other.p == NULL && !slice_ends(*rest, SLICE(">")))
        return false;
    if (other.p == NULL)
        other = slice_from(*rest, rest->n);
    *username = slice_between(rest->p, other.p);
    slice_cut_last(username, '>', &fields);
    *rest = other;
    return true;
}

static void set_fields(struct slice rest, struct record *out)
{
    struct slice field;

    while (rest.n > 0) {
        if (!slice_cut(&rest, ',', &field)) {
            field = rest;
            rest = slice_from(rest, rest.n);
        }
        slice_skip(&rest, SLICE(" "));
        if (slice_skip(&field, SLICE("rip=")))
            dovecot_set(out, FIELD_CLIENT_ADDRESS, field);
        else if (slice_skip(&field, SLICE("lip=")))
            dovecot_set(out, FIELD_SERVER_ADDRESS, field);
        else if (slice_skip(&field, SLICE("method=")))
            dovecot_set(out, FIELD_SASL_METHOD, field);
        else if (slice_skip(&field, SLICE("session=<")) && slice_ends(field, SLICE(">")))
            dovecot_set(out, FIELD_SESSION, slice_head(field, field.n - 1));
    }
}

/* True for "... (auth failed, 3 attempts in 12 secs) (auth_failed)"; `*attempts` is 1 when the line
 * does not say. */
static bool is_failure(struct slice head, uint32_t *attempts)
{
    struct slice before, digits;
    uint64_t n = 1;

    while (slice_cut(&head, '(', &before)) {
        for (size_t i = 0; i < COUNT(failures); i++) {
            struct slice rest = head;

            if (!slice_skip(&rest, failures[i]))
                continue;
            if (!slice_cut(&rest, ' ', &digits) || !slice_to_u64(digits, &n) || n == 0)
                n = 1;
            *attempts = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
            return true;
        }
    }
    return false;
}

/* Pass "proxy(alice): ". The name has to be that of user=<>: so a name that holds ": user=<" does
 * not pass for one. */
static bool skip_proxy(struct slice *body, struct slice username)
{
    struct slice rest = *body;

    if (!slice_skip(&rest, SLICE("proxy(")))
        return true;
    if (!slice_skip(&rest, username) || !slice_skip(&rest, SLICE("): ")))
        return false;
    *body = rest;
    return true;
}

static bool set_event(struct slice body, struct slice head, struct record *out)
{
    uint32_t attempts;

    for (size_t i = 0; i < COUNT(phrases); i++) {
        if (slice_starts(body, phrases[i].words)) {
            out->event = phrases[i].event;
            break;
        }
    }
    if (out->event == RECORD_DISCONNECT && is_failure(head, &attempts)) {
        out->event = RECORD_LOGIN_FAILURE;
        if (__builtin_mul_overflow(out->repeat, attempts, &out->repeat))
            out->repeat = UINT32_MAX;
    }
    return out->event != RECORD_UNKNOWN;
}

bool dovecot_login(const struct dovecot_line *line, struct record *out)
{
    struct slice body = line->body, head, fields, username = SLICE("");

    if (!find_fields(body, &head, &fields)) {
        out->event = slice_starts(body, SLICE("proxy(")) ? RECORD_OTHER : RECORD_UNKNOWN;
        return out->event == RECORD_OTHER;
    }
    if (slice_skip(&fields, SLICE("user=<")) && !take_username(&fields, &username))
        return false;
    if (!skip_proxy(&body, username) || !set_event(body, head, out))
        return false;
    if (out->event == RECORD_OTHER)
        return true;
    dovecot_set(out, FIELD_SASL_USERNAME, username);
    set_fields(fields, out);
    if (out->event != RECORD_LOGIN)
        dovecot_set(out, FIELD_REASON, head);
    return true;
}
