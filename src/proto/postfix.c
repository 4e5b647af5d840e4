/* postfix.c - recognises a Postfix log text by its first words. */
#include "proto/postfix.h"

#include "proto/postfix_text.h"
#include "proto/understand.h"

#include "base/ban.h"

#define ACTS(words, event, verb, action) POSTFIX_SETS(words, event, verb, FIELD_ACTION, action)

/* After a queue id or NOQUEUE; the commonest first. */
static const struct postfix_phrase of_message[] = {
    POSTFIX_SAYS("to=<", RECORD_DELIVERY, postfix_delivery),
    POSTFIX_SAYS("removed", RECORD_REMOVED, postfix_removed),
    POSTFIX_SAYS("from=<", RECORD_QUEUE_ACTIVE, postfix_from),
    POSTFIX_SAYS("message-id=", RECORD_MESSAGE_ID, postfix_message_id),
    POSTFIX_SAYS("client=", RECORD_CLIENT, postfix_client),
    ACTS("reject: ", RECORD_REJECT, postfix_access, "reject"),
    POSTFIX_SAYS("uid=", RECORD_PICKUP, postfix_pickup),
    ACTS("milter-reject: ", RECORD_MILTER, postfix_access, "reject"),
    ACTS("milter-hold: ", RECORD_MILTER, postfix_access, "hold"),
    ACTS("milter-discard: ", RECORD_MILTER, postfix_access, "discard"),
    POSTFIX_SAYS("milter-", RECORD_MILTER, postfix_milter_check),
    ACTS("proxy-accept: ", RECORD_PROXY, postfix_access, "accept"),
    ACTS("proxy-reject: ", RECORD_PROXY, postfix_access, "reject"),
    ACTS("reject_warning: ", RECORD_REJECT_WARNING, postfix_access, "reject_warning"),
    ACTS("hold: ", RECORD_ACTION, postfix_access, "hold"),
    ACTS("discard: ", RECORD_ACTION, postfix_access, "discard"),
    ACTS("redirect: ", RECORD_ACTION, postfix_access, "redirect"),
    ACTS("filter: ", RECORD_ACTION, postfix_access, "filter"),
    ACTS("bcc: ", RECORD_ACTION, postfix_access, "bcc"),
    ACTS("delay: ", RECORD_ACTION, postfix_access, "delay"),
    ACTS("info: ", RECORD_ACTION, postfix_access, "info"),
    ACTS("pass: ", RECORD_ACTION, postfix_access, "pass"),
    ACTS("permit: ", RECORD_ACTION, postfix_access, "permit"),
    ACTS("prepend: ", RECORD_ACTION, postfix_access, "prepend"),
    ACTS("replace: ", RECORD_ACTION, postfix_access, "replace"),
    ACTS("strip: ", RECORD_ACTION, postfix_access, "strip"),
    ACTS("warn: ", RECORD_ACTION, postfix_access, "warn"),
    ACTS("warning: ", RECORD_WARNING, postfix_warning, "warning"),
    POSTFIX_SAYS("sender ", RECORD_BOUNCE_NOTICE, postfix_notice),
    POSTFIX_SAYS("postmaster ", RECORD_BOUNCE_NOTICE, postfix_notice),
    POSTFIX_SAYS("canceled", RECORD_CANCELED, NULL),
    ACTS("placed on hold", RECORD_POSTSUPER, NULL, "hold"),
    ACTS("released from hold", RECORD_POSTSUPER, NULL, "release"),
    ACTS("requeued", RECORD_POSTSUPER, NULL, "requeue"),
    ACTS("expired", RECORD_POSTSUPER, NULL, "expire"),
    POSTFIX_SAYS("host ", RECORD_OTHER, postfix_peer_said),
};

/* Without one; the commonest first. Texts of old releases that left NOQUEUE out stand in the table
 * above. */
static const struct postfix_phrase of_session[] = {
    POSTFIX_SAYS("connect from ", RECORD_CONNECT, postfix_connect),
    POSTFIX_SAYS("disconnect from ", RECORD_DISCONNECT, postfix_disconnect),
    POSTFIX_SETS("Anonymous TLS connection ", RECORD_TLS, postfix_tls, FIELD_TLS_LEVEL,
                 "Anonymous"),
    POSTFIX_SETS("Untrusted TLS connection ", RECORD_TLS, postfix_tls, FIELD_TLS_LEVEL,
                 "Untrusted"),
    POSTFIX_SETS("Trusted TLS connection ", RECORD_TLS, postfix_tls, FIELD_TLS_LEVEL, "Trusted"),
    POSTFIX_SETS("Verified TLS connection ", RECORD_TLS, postfix_tls, FIELD_TLS_LEVEL, "Verified"),
    POSTFIX_SAYS("TLS connection ", RECORD_TLS, postfix_tls),
    ACTS("warning: ", RECORD_WARNING, postfix_warning, "warning"),
    POSTFIX_SETS("lost connection after ", RECORD_LOST_CONNECTION, postfix_lost, FIELD_REASON,
                 "lost connection"),
    POSTFIX_SETS("timeout after ", RECORD_LOST_CONNECTION, postfix_lost, FIELD_REASON, "timeout"),
    POSTFIX_SETS("too many errors after ", RECORD_LOST_CONNECTION, postfix_lost, FIELD_REASON,
                 "too many errors"),
    POSTFIX_SETS("improper command pipelining after ", RECORD_OTHER, postfix_lost, FIELD_REASON,
                 "improper command pipelining"),
    ACTS("error: ", RECORD_WARNING, postfix_warning, "error"),
    ACTS("fatal: ", RECORD_WARNING, postfix_warning, "fatal"),
    ACTS("panic: ", RECORD_WARNING, postfix_warning, "panic"),
};

bool postfix_lookup(const struct postfix_phrase *phrases, size_t n, struct slice text,
                    struct record *out)
{
    const struct postfix_phrase *at = phrases, *end = phrases + n;

    for (; at < end; at++) {
        if (text.n == 0 || text.p[0] != at->words.p[0] || !slice_starts(text, at->words))
            continue;
        out->event = at->event;
        if (at->value.n > 0)
            record_set(out, at->field, at->value);
        if (at->verb == NULL || at->verb(slice_from(text, at->words.n), out))
            return true;
        out->event = RECORD_UNKNOWN;
        out->have = 0;
        return false;
    }
    return false;
}

static bool of_daemon(struct slice text, struct record *out)
{
    static const struct {
        struct slice daemon;
        postfix_verb *verb;
    } own[] = {
        { SLICE_INIT("postscreen"), postfix_postscreen },
        { SLICE_INIT("dnsblog"), postfix_dnsblog },
        { SLICE_INIT("tlsproxy"), postfix_tlsproxy },
    };

    for (size_t i = 0; i < COUNT(own); i++) {
        if (slice_eq(out->daemon, own[i].daemon) && own[i].verb(text, out))
            return true;
    }
    return postfix_other(text, out);
}

bool postfix_parse(struct slice text, struct record *out)
{
    struct slice rest = text;

    if (text_queue_id(&rest, &out->queue_id)) {
        if (postfix_lookup(of_message, COUNT(of_message), rest, out) ||
            postfix_lookup(of_session, COUNT(of_session), rest, out))
            return true;
    } else {
        if (postfix_lookup(of_session, COUNT(of_session), rest, out) ||
            postfix_lookup(of_message, COUNT(of_message), rest, out))
            return true;
    }
    return of_daemon(rest, out);
}
