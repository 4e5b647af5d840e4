/* postfix_access.c - refusals and other decisions about a command of an SMTP client: access(5),
 * restrictions, milters, before-queue proxies, postscreen. */
#include "proto/postfix.h"
#include "proto/postfix_text.h"

#include "base/ban.h"

static const struct part {
    struct slice key;
    enum record_field field;
} parts[] = {
    { SLICE_INIT("from="), FIELD_SENDER },
    { SLICE_INIT("to="), FIELD_RECIPIENT },
    { SLICE_INIT("proto="), FIELD_PROTOCOL_NAME },
    { SLICE_INIT("helo="), FIELD_HELO_NAME },
    { SLICE_INIT("sasl_method="), FIELD_SASL_METHOD },
    { SLICE_INIT("sasl_username="), FIELD_SASL_USERNAME },
    { SLICE_INIT("sasl_sender="), FIELD_SASL_SENDER },
};

#define SASL_FIELDS                                                                                \
    ((uint64_t)1 << FIELD_SASL_METHOD | (uint64_t)1 << FIELD_SASL_USERNAME |                       \
     (uint64_t)1 << FIELD_SASL_SENDER)

enum { PARTS_OF_POSTSCREEN = 4 };
enum { TRIES_MAX = 64 }; /* so that no text makes us look through the line too often */

/* A login name without brackets may hold blanks; only sasl_sender= can follow it. */
static struct slice bare_login(struct slice *rest)
{
    struct slice all = *rest, name;

    if (!slice_cut_at(rest, SLICE(" sasl_sender="), &name)) {
        *rest = slice_from(all, all.n);
        return all;
    }
    *rest = slice_from(all, name.n);
    return name;
}

/* The value of a part: "<text>", or a word. False when the line was cut in it. */
static bool part_value(struct slice *rest, const char *follow, enum record_field field,
                       struct record *out)
{
    struct slice value;

    if (slice_skip(rest, SLICE("<")))
        return text_address_field(rest, follow, field, out);
    value = field == FIELD_SASL_USERNAME ? bare_login(rest) : text_letters(rest);
    if (value.n == 0 || (field == FIELD_SASL_METHOD && rest->n == 0))
        return false;
    record_set(out, field, value);
    return true;
}

bool postfix_trailer(struct slice *rest, struct record *out)
{
    bool postscreen = slice_eq(out->daemon, SLICE("postscreen"));
    struct slice between = postscreen ? SLICE(", ") : SLICE(" ");
    size_t n = postscreen ? PARTS_OF_POSTSCREEN : COUNT(parts);
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        struct slice at = *rest;

        if ((any && !slice_skip(&at, between)) || !slice_skip(&at, parts[i].key))
            continue;
        if (!part_value(&at, postscreen ? "," : " :", parts[i].field, out))
            return true;
        *rest = at;
        any = true;
    }
    return any;
}

/* Where the reply or reason ends and the trailer begins: at the first "; " behind which there are
 * nothing but the trailer's parts up to the end of the line. Texts of DNS lists and of remote
 * servers may hold "; from=<" too. In a cut line: at the first that looks like it, which nobody is
 * accused by. */
static size_t find_trailer(struct slice text, struct record *out)
{
    const char *end = text.p + text.n;
    uint64_t have = out->have;
    size_t first = text.n;
    int tries = 0;

    for (const char *at = text.p; at < end && (at = memchr(at, ';', (size_t)(end - at))); at++) {
        struct slice rest = slice_between(at + 1, end);

        if (!slice_skip(&rest, SLICE(" ")) || ++tries > TRIES_MAX)
            continue;
        if (postfix_trailer(&rest, out)) {
            if (rest.n == 0)
                return (size_t)(at - text.p);
            if (first == text.n)
                first = (size_t)(at - text.p);
        }
        out->have = have;
    }
    if (first < text.n) {
        struct slice rest = slice_from(text, first + 2);

        (void)postfix_trailer(&rest, out);
        out->have &= ~SASL_FIELDS;
    }
    return first;
}

/* "554 ", "450-" */
static bool skip_code(struct slice *rest)
{
    if (rest->n < 4 || !text_is_digit(rest->p[0]) || !text_is_digit(rest->p[1]) ||
        !text_is_digit(rest->p[2]) || (rest->p[3] != ' ' && rest->p[3] != '-'))
        return false;
    *rest = slice_from(*rest, 4);
    return true;
}

/* "554 5.7.1 <object>: text; trailer". The object (an address, the helo, the client) is the
 * client's choice; milters and cleanup leave the code out, hold and the like also the DSN. */
static void decision(struct slice text, struct record *out)
{
    struct slice rest = text, object, reason;
    bool reply = skip_code(&rest);

    reply = text_dsn(&rest, out) || reply;
    if (slice_skip(&rest, SLICE("<")) && text_address(&rest, ":", &object)) {
        (void)slice_skip(&rest, SLICE(":"));
        (void)slice_skip(&rest, SLICE(" "));
    }
    reason = slice_head(rest, find_trailer(rest, out));
    record_set(out, FIELD_REASON, reason);
    if (!reply)
        return;
    record_set(out, FIELD_REPLY, slice_between(text.p, reason.p + reason.n));
    if (out->event == RECORD_PROXY)
        postfix_new_queue_id(record_get(out, FIELD_REPLY), out);
}

/* "RCPT from name[address]: ..."; a proxy's may be "END-OF-MESSAGE: ..." */
bool postfix_access(struct slice rest, struct record *out)
{
    struct slice stage;

    if (rest.n > 0 && rest.p[0] >= 'a' && rest.p[0] <= 'z')
        return postfix_check(rest, out);
    if (text_stage(&rest, &stage)) {
        record_set(out, FIELD_STAGE, stage);
        if (!text_client(&rest, out) || !slice_skip(&rest, SLICE(": ")))
            return true;
    } else {
        stage = text_letters(&rest);
        if (stage.n == 0 || !slice_skip(&rest, SLICE(": ")))
            return false;
        record_set(out, FIELD_STAGE, stage);
    }
    decision(rest, out);
    return true;
}
