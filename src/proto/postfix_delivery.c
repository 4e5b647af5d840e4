/* postfix_delivery.c - what became of one recipient. */
#include "proto/postfix.h"
#include "proto/postfix_text.h"

#include "base/ban.h"

/* "none", "local", "dovecot", "name[address]:port", "name[private/lmtp-dovecot]" */
static void relay(struct slice value, struct record *out)
{
    if (!text_relay(&value, out) && value.n > 0)
        record_set(out, FIELD_RELAY_NAME, value);
}

void postfix_new_queue_id(struct slice reply, struct record *out)
{
    struct slice id;

    if (!slice_cut_last(&reply, ' ', &id) || !text_is_queue_id(id))
        return;
    if (slice_ends(reply, SLICE("queued as")) || slice_ends(reply, SLICE("forwarded as")))
        record_set(out, FIELD_NEW_QUEUE_ID, id);
}

/* "sent (250 2.0.0 Ok: queued as 9A8B7C6D5E)" */
static void status(struct slice rest, struct record *out)
{
    struct slice word = text_word(&rest, ' ');

    if (!slice_skip(&rest, SLICE(" ")))
        return;
    record_set(out, FIELD_STATUS, word);
    rest = slice_trim(rest);
    if (slice_skip(&rest, SLICE("(")) && slice_ends(rest, SLICE(")")))
        rest.n--;
    record_set(out, FIELD_REPLY, rest);
    if (slice_eq(word, SLICE("sent")))
        postfix_new_queue_id(rest, out);
}

/* ", dsn=2.0.0, status=sent (250 ok)". Newer releases put more in front of it, like ", tls=dane" of
 * Postfix 3.11: it is passed over. False when it has another form. */
static bool result(struct slice rest, struct record *out)
{
    while (!slice_skip(&rest, SLICE(", status="))) {
        if (rest.n < SLICE(", ").n)
            return true;
        if (!slice_skip(&rest, SLICE(", ")))
            return false;
        if (slice_skip(&rest, SLICE("dsn="))) {
            if (!text_value(&rest, FIELD_DSN, out))
                return true;
        } else if (text_find(text_word(&rest, ','), '=') == NULL && rest.n > 0) {
            return false;
        }
    }
    status(rest, out);
    return true;
}

/* "user@example.test>, orig_to=<u>, relay=r, conn_use=2, delay=1.2, delays=0.1/0/1/0.1, dsn=2.0.0,
 * status=..."; orig_to and conn_use are not always there, delays and dsn not before Postfix 2.3. */
bool postfix_delivery(struct slice rest, struct record *out)
{
    if (!text_address_field(&rest, ",", FIELD_RECIPIENT, out))
        return true;
    if (slice_skip(&rest, SLICE(", orig_to=<")) &&
        !text_address_field(&rest, ",", FIELD_ORIG_RECIPIENT, out))
        return true;
    if (slice_skip(&rest, SLICE(", relay="))) {
        struct slice value = text_word(&rest, ',');

        if (rest.n == 0)
            return true;
        relay(value, out);
    }
    if (slice_skip(&rest, SLICE(", conn_use=")))
        (void)text_digits(&rest); /* releases before 2.6 left out the comma behind it */
    if ((slice_skip(&rest, SLICE(", delay=")) || slice_skip(&rest, SLICE(" delay="))) &&
        !text_value(&rest, FIELD_DELAY, out))
        return true;
    if (slice_skip(&rest, SLICE(", delays=")) && !text_value(&rest, FIELD_DELAYS, out))
        return true;
    return result(rest, out);
}

/* "mx.example.test[192.0.2.1] said: 450 ...", "... refused to talk to me: 554 ...": one of several
 * servers; the next one is tried. */
bool postfix_peer_said(struct slice rest, struct record *out)
{
    if (!text_relay(&rest, out))
        return true;
    if (slice_skip(&rest, SLICE(" said: ")) || slice_skip(&rest, SLICE(" refused to talk to me: ")))
        record_set(out, FIELD_REPLY, rest);
    return true;
}
