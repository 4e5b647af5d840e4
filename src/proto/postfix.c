/* postfix.c - recognises a Postfix log text by its first words. */
#include "proto/postfix.h"

#include "proto/postfix_text.h"
#include "proto/understand.h"

#include "base/ban.h"

#define ACTION(word) FIELD_ACTION, SLICE_INIT(word)
#define NOTHING                                                                                    \
    FIELD_TEXT,                                                                                    \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

/* After a queue id or NOQUEUE; the commonest first. */
static const struct postfix_phrase of_message[] = {
    { SLICE_INIT("to=<"), RECORD_DELIVERY, postfix_delivery, NOTHING },
    { SLICE_INIT("removed"), RECORD_REMOVED, postfix_removed, NOTHING },
    { SLICE_INIT("from=<"), RECORD_QUEUE_ACTIVE, postfix_from, NOTHING },
    { SLICE_INIT("message-id="), RECORD_MESSAGE_ID, postfix_message_id, NOTHING },
    { SLICE_INIT("client="), RECORD_CLIENT, postfix_client, NOTHING },
    { SLICE_INIT("reject: "), RECORD_REJECT, postfix_access, ACTION("reject") },
    { SLICE_INIT("uid="), RECORD_PICKUP, postfix_pickup, NOTHING },
    { SLICE_INIT("milter-reject: "), RECORD_MILTER, postfix_access, ACTION("reject") },
    { SLICE_INIT("milter-hold: "), RECORD_MILTER, postfix_access, ACTION("hold") },
    { SLICE_INIT("milter-discard: "), RECORD_MILTER, postfix_access, ACTION("discard") },
    { SLICE_INIT("proxy-accept: "), RECORD_PROXY, postfix_access, ACTION("accept") },
    { SLICE_INIT("proxy-reject: "), RECORD_PROXY, postfix_access, ACTION("reject") },
    { SLICE_INIT("reject_warning: "), RECORD_REJECT_WARNING, postfix_access,
      ACTION("reject_warning") },
    { SLICE_INIT("hold: "), RECORD_ACTION, postfix_access, ACTION("hold") },
    { SLICE_INIT("discard: "), RECORD_ACTION, postfix_access, ACTION("discard") },
    { SLICE_INIT("redirect: "), RECORD_ACTION, postfix_access, ACTION("redirect") },
    { SLICE_INIT("filter: "), RECORD_ACTION, postfix_access, ACTION("filter") },
    { SLICE_INIT("bcc: "), RECORD_ACTION, postfix_access, ACTION("bcc") },
    { SLICE_INIT("delay: "), RECORD_ACTION, postfix_access, ACTION("delay") },
    { SLICE_INIT("info: "), RECORD_ACTION, postfix_access, ACTION("info") },
    { SLICE_INIT("permit: "), RECORD_ACTION, postfix_access, ACTION("permit") },
    { SLICE_INIT("prepend: "), RECORD_ACTION, postfix_access, ACTION("prepend") },
    { SLICE_INIT("replace: "), RECORD_ACTION, postfix_access, ACTION("replace") },
    { SLICE_INIT("strip: "), RECORD_ACTION, postfix_access, ACTION("strip") },
    { SLICE_INIT("warn: "), RECORD_ACTION, postfix_access, ACTION("warn") },
    { SLICE_INIT("warning: "), RECORD_WARNING, postfix_warning, ACTION("warning") },
    { SLICE_INIT("sender "), RECORD_BOUNCE_NOTICE, postfix_notice, NOTHING },
    { SLICE_INIT("postmaster "), RECORD_BOUNCE_NOTICE, postfix_notice, NOTHING },
    { SLICE_INIT("canceled"), RECORD_CANCELED, NULL, NOTHING },
    { SLICE_INIT("placed on hold"), RECORD_POSTSUPER, NULL, ACTION("hold") },
    { SLICE_INIT("released from hold"), RECORD_POSTSUPER, NULL, ACTION("release") },
    { SLICE_INIT("requeued"), RECORD_POSTSUPER, NULL, ACTION("requeue") },
    { SLICE_INIT("expired"), RECORD_POSTSUPER, NULL, ACTION("expire") },
    { SLICE_INIT("host "), RECORD_OTHER, postfix_peer_said, NOTHING },
};

/* Without one. Texts of old releases that left NOQUEUE out stand in the table above. */
static const struct postfix_phrase of_session[] = {
    { SLICE_INIT("connect from "), RECORD_CONNECT, postfix_connect, NOTHING },
    { SLICE_INIT("disconnect from "), RECORD_DISCONNECT, postfix_disconnect, NOTHING },
    { SLICE_INIT("warning: "), RECORD_WARNING, postfix_warning, ACTION("warning") },
    { SLICE_INIT("lost connection after "), RECORD_LOST_CONNECTION, postfix_lost, FIELD_REASON,
      SLICE_INIT("lost connection") },
    { SLICE_INIT("timeout after "), RECORD_LOST_CONNECTION, postfix_lost, FIELD_REASON,
      SLICE_INIT("timeout") },
    { SLICE_INIT("too many errors after "), RECORD_LOST_CONNECTION, postfix_lost, FIELD_REASON,
      SLICE_INIT("too many errors") },
    { SLICE_INIT("improper command pipelining after "), RECORD_OTHER, postfix_lost, FIELD_REASON,
      SLICE_INIT("improper command pipelining") },
    { SLICE_INIT("Anonymous TLS connection "), RECORD_TLS, postfix_tls, FIELD_TLS_LEVEL,
      SLICE_INIT("Anonymous") },
    { SLICE_INIT("Untrusted TLS connection "), RECORD_TLS, postfix_tls, FIELD_TLS_LEVEL,
      SLICE_INIT("Untrusted") },
    { SLICE_INIT("Trusted TLS connection "), RECORD_TLS, postfix_tls, FIELD_TLS_LEVEL,
      SLICE_INIT("Trusted") },
    { SLICE_INIT("Verified TLS connection "), RECORD_TLS, postfix_tls, FIELD_TLS_LEVEL,
      SLICE_INIT("Verified") },
    { SLICE_INIT("TLS connection "), RECORD_TLS, postfix_tls, NOTHING },
    { SLICE_INIT("error: "), RECORD_WARNING, postfix_warning, ACTION("error") },
    { SLICE_INIT("fatal: "), RECORD_WARNING, postfix_warning, ACTION("fatal") },
    { SLICE_INIT("panic: "), RECORD_WARNING, postfix_warning, ACTION("panic") },
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
