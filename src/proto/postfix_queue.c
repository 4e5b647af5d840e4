/* postfix_queue.c - the way of a message through the queue. */
#include "proto/postfix.h"
#include "proto/postfix_text.h"

#include "base/ban.h"

/* "s@example.test>, size=1234, nrcpt=2 (queue active)" of qmgr, or "..., status=expired, returned
 * to sender". When the cut leaves open which, the line is not known. */
bool postfix_from(struct slice rest, struct record *out)
{
    struct slice status;

    if (!text_address_field(&rest, ",", FIELD_SENDER, out))
        return false;
    if (slice_skip(&rest, SLICE(", status="))) {
        out->event = RECORD_EXPIRED;
        status = text_word(&rest, ',');
        record_set(out, FIELD_STATUS, status);
        return slice_eq(status, SLICE("expired")) || slice_eq(status, SLICE("force-expired"));
    }
    if (!slice_skip(&rest, SLICE(", size=")))
        return false;
    if (text_value(&rest, FIELD_SIZE, out) && slice_skip(&rest, SLICE(", nrcpt="))) {
        struct slice nrcpt = text_digits(&rest);

        if (rest.n > 0)
            record_set(out, FIELD_NRCPT, nrcpt);
    }
    return true;
}

/* "<abc@example.test>"; any text at all when the client made it */
bool postfix_message_id(struct slice rest, struct record *out)
{
    if (rest.n > 1 && rest.p[0] == '<' && rest.p[rest.n - 1] == '>')
        rest = slice_between(rest.p + 1, rest.p + rest.n - 1);
    record_set(out, FIELD_MESSAGE_ID, rest);
    return true;
}

/* "107 from=<s@example.test> orig_id=5A5ECA728D1"; the id is that of before "postsuper -r" */
bool postfix_pickup(struct slice rest, struct record *out)
{
    struct slice uid = text_digits(&rest), tail;

    if (uid.n == 0 || !slice_skip(&rest, SLICE(" ")))
        return false;
    record_set(out, FIELD_UID, uid);
    if (!slice_skip(&rest, SLICE("from=<")))
        return true;
    /* A local user chooses the sender, so the end of the line decides, not the first '>'. */
    tail = rest;
    if (slice_cut_last(&tail, '=', &uid) && slice_ends(tail, SLICE("> orig_id")) &&
        text_is_queue_id(uid)) {
        record_set(out, FIELD_ORIG_QUEUE_ID, uid);
        rest.n = tail.n - SLICE(" orig_id").n;
    }
    if (slice_ends(rest, SLICE(">")))
        record_set(out, FIELD_SENDER, slice_head(rest, rest.n - 1));
    return true;
}

/* "non-delivery notification: 7446BCD68", "delivery status notification: ...", "delay
 * notification: ..." to the sender or the postmaster */
bool postfix_notice(struct slice rest, struct record *out)
{
    static const struct slice kinds[] = {
        SLICE_INIT("non-delivery"),
        SLICE_INIT("delivery status"),
        SLICE_INIT("delay"),
    };

    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (!slice_skip(&rest, kinds[i]))
            continue;
        record_set(out, FIELD_REASON, kinds[i]);
        if (slice_skip(&rest, SLICE(" notification: ")) && text_is_queue_id(rest))
            record_set(out, FIELD_NEW_QUEUE_ID, rest);
        return true;
    }
    return false;
}

bool postfix_removed(struct slice rest, struct record *out)
{
    if (rest.n > 0)
        return false;
    if (slice_eq(out->daemon, SLICE("postsuper"))) {
        out->event = RECORD_POSTSUPER;
        record_set(out, FIELD_ACTION, SLICE("delete"));
    }
    return true;
}
