/* postfix_warning.c - what went wrong; the failed logins are among it. */
#include "proto/postfix.h"
#include "proto/postfix_text.h"

#include "base/ban.h"

/* What follows "authentication failed": ": reason", ", sasl_username=u" (Postfix 3.9; the name is
 * the client's choice and runs to the end of the line). */
static void failure(struct slice rest, struct record *out)
{
    struct slice reason;

    if (slice_cut_at(&rest, SLICE(", sasl_username="), &reason)) {
        if (!slice_eq(rest, SLICE("(unavailable)")))
            record_set(out, FIELD_SASL_USERNAME, rest);
    } else {
        reason = rest;
    }
    (void)slice_skip(&reason, SLICE(":"));
    reason = slice_trim(reason);
    if (reason.n > 0)
        record_set(out, FIELD_REASON, reason);
}

/* "name[address]: SASL LOGIN authentication failed: ...", "... aborted" */
static bool login_failure(struct slice rest, struct record *out)
{
    struct slice client = text_word(&rest, ' '), method;
    uint64_t have = out->have;

    if (!slice_skip(&rest, SLICE(" SASL ")) || !slice_ends(client, SLICE(":")))
        return false;
    method = text_word(&rest, ' ');
    if (!slice_skip(&rest, SLICE(" authentication ")) || !text_client(&client, out))
        return false;
    if (slice_skip(&rest, SLICE("failed"))) {
        failure(rest, out);
    } else if (slice_skip(&rest, SLICE("aborted"))) {
        record_set(out, FIELD_REASON, SLICE("aborted"));
    } else {
        out->have = have;
        return false;
    }
    out->event = RECORD_LOGIN_FAILURE;
    out->have &= ~((uint64_t)1 << FIELD_ACTION);
    record_set(out, FIELD_SASL_METHOD, method);
    return true;
}

static const struct slice limits[] = {
    SLICE_INIT("Connection concurrency limit exceeded: "),
    SLICE_INIT("Connection rate limit exceeded: "),
    SLICE_INIT("Message delivery request rate limit exceeded: "),
    SLICE_INIT("Recipient address rate limit exceeded: "),
    SLICE_INIT("New TLS session rate limit exceeded: "),
    SLICE_INIT("AUTH command rate limit exceeded: "),
};

/* The client that a warning is about, where its place is certain. What the client sent, behind the
 * second of the phrases, may hold a password and is left out of the reason. */
static void warned_client(struct slice text, struct record *out)
{
    struct slice rest = text, name;

    for (size_t i = 0; i < COUNT(limits); i++) {
        if (slice_skip(&rest, limits[i])) {
            (void)text_digits(&rest);
            if (slice_skip(&rest, SLICE(" from ")))
                (void)text_client(&rest, out);
            return;
        }
    }
    if (slice_skip(&rest, SLICE("non-SMTP command from "))) {
        if (text_client(&rest, out))
            record_set(out, FIELD_REASON, slice_between(text.p, rest.p));
    } else if (slice_skip(&rest, SLICE("Illegal address syntax from "))) {
        (void)text_client(&rest, out);
    } else if (slice_skip(&rest, SLICE("hostname "))) {
        name = text_word(&rest, ' ');
        if (slice_skip(&rest, SLICE(" does not resolve to address ")) &&
            slice_cut_at(&rest, SLICE(": "), &name))
            record_set(out, FIELD_CLIENT_ADDRESS, name);
    }
}

bool postfix_warning(struct slice rest, struct record *out)
{
    struct slice first = rest;

    if (postfix_is_check(text_word(&first, ' ')) && out->queue_id.n > 0) {
        out->event = RECORD_ACTION;
        record_set(out, FIELD_ACTION, SLICE("warn"));
        return postfix_check(rest, out);
    }
    if (login_failure(rest, out))
        return true;
    record_set(out, FIELD_REASON, rest);
    warned_client(rest, out);
    return true;
}
