/* postfix_session.c - an SMTP client comes, starts TLS, logs in, hands in a message, goes. */
#include "proto/postfix.h"
#include "proto/postfix_text.h"

#include "base/ban.h"

bool postfix_connect(struct slice rest, struct record *out)
{
    if (!record_unread(out))
        (void)text_client(&rest, out);
    return true;
}

/* "name[address] ehlo=1 auth=0/1 quit=1 commands=2/3"; without counts before Postfix 3.0 */
bool postfix_disconnect(struct slice rest, struct record *out)
{
    if (!record_unread(out) && text_client(&rest, out) && slice_skip(&rest, SLICE(" ")) &&
        rest.n > 0)
        record_set(out, FIELD_COUNTS, rest);
    return true;
}

/* "DATA (6253 bytes) from name[address]". The stage is one of Postfix's own words. What a client
 * sent too early may follow; it may hold a password and is left out. */
bool postfix_lost(struct slice rest, struct record *out)
{
    struct slice stage;

    if (record_unread(out) || !text_stage(&rest, &stage))
        return true;
    record_set(out, FIELD_STAGE, stage);
    (void)text_client(&rest, out);
    return true;
}

static const struct slice after_login[] = {
    SLICE_INIT("sasl_sender="),
    SLICE_INIT("orig_queue_id="),
    SLICE_INIT("orig_client="),
};

/* The login name ends where another attribute begins; it may hold commas itself. */
static struct slice login_name(struct slice *rest)
{
    const char *p = rest->p, *end = p + rest->n;

    for (const char *at = p; at < end && (at = memchr(at, ',', (size_t)(end - at))) != NULL; at++) {
        struct slice next = slice_between(at + 1, end);

        if (!slice_skip(&next, SLICE(" ")))
            continue;
        for (size_t i = 0; i < COUNT(after_login); i++) {
            if (slice_starts(next, after_login[i])) {
                *rest = slice_between(at, end);
                return slice_between(p, at);
            }
        }
    }
    *rest = slice_between(end, end);
    return slice_between(p, end);
}

static void client_login(struct slice *rest, struct record *out)
{
    if (slice_skip(rest, SLICE(", sasl_method=")))
        (void)text_value(rest, FIELD_SASL_METHOD, out);
    if (slice_skip(rest, SLICE(", sasl_username=")))
        record_set(out, FIELD_SASL_USERNAME, login_name(rest));
    if (slice_skip(rest, SLICE(", sasl_sender="))) {
        struct slice sender = login_name(rest);

        if (sender.n > 1 && sender.p[0] == '<' && sender.p[sender.n - 1] == '>')
            sender = slice_between(sender.p + 1, sender.p + sender.n - 1);
        record_set(out, FIELD_SASL_SENDER, sender);
    }
}

/* "name[address]:port, sasl_method=PLAIN, sasl_username=u, sasl_sender=s, orig_queue_id=q,
 * orig_client=name[address]" in this order, the commas in front of those that are there. */
bool postfix_client(struct slice rest, struct record *out)
{
    struct slice id;

    if (!text_client(&rest, out))
        return true;
    (void)slice_skip(&rest, SLICE(":unknown"));
    client_login(&rest, out);
    if (slice_skip(&rest, SLICE(", orig_queue_id="))) {
        id = text_word(&rest, ',');
        if (text_is_queue_id(id))
            record_set(out, FIELD_ORIG_QUEUE_ID, id);
    }
    if (slice_skip(&rest, SLICE(", orig_client=")))
        record_set(out, FIELD_ORIG_CLIENT, rest);
    return true;
}

/* "established from name[address]: TLSv1.3 with cipher NAME (256/256 bits) ...", "established to
 * name[address]:port: ...", "reused to ..."; a server name (SNI) may follow the peer: " to NAME:"
 */
bool postfix_tls(struct slice rest, struct record *out)
{
    struct slice word = text_word(&rest, ' ');
    struct slice protocol, cipher;

    if (!slice_eq(word, SLICE("established")) && !slice_eq(word, SLICE("reused")))
        return false;
    if (record_unread(out))
        return true;
    (void)slice_skip(&rest, SLICE(" "));
    if (slice_skip(&rest, SLICE("from ")))
        (void)text_client(&rest, out);
    else if (slice_skip(&rest, SLICE("to ")))
        (void)text_relay(&rest, out);
    if (!slice_cut_at(&rest, SLICE(": "), &word) || !slice_cut(&rest, ' ', &protocol) ||
        !slice_skip(&rest, SLICE("with cipher ")))
        return true;
    record_set(out, FIELD_TLS_PROTOCOL, protocol);
    if (slice_cut(&rest, ' ', &cipher))
        record_set(out, FIELD_TLS_CIPHER, cipher);
    return true;
}
