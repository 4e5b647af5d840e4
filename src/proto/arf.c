#include "proto/arf.h"

#include <assert.h>

#include "proto/mime.h"

#include "base/ban.h"

static const char *const type_names[ARF_TYPES] = {
    [ARF_ABUSE] = "abuse",     [ARF_FRAUD] = "fraud",       [ARF_VIRUS] = "virus",
    [ARF_OTHER] = "other",     [ARF_NOT_SPAM] = "not-spam", [ARF_AUTH_FAILURE] = "auth-failure",
    [ARF_OPT_OUT] = "opt-out",
};

/* One report on its way. */
struct reading {
    struct arf *out;
    struct arena *room;
    bool has_fields;
    unsigned parts;
};

const char *arf_type_name(enum arf_type t)
{
    assert((unsigned)t < ARF_TYPES);
    return type_names[t];
}

static enum arf_type type_of(struct slice text)
{
    if (slice_eq_nocase(text, SLICE("opt-out-list")))
        return ARF_OPT_OUT;
    for (unsigned t = 0; t < ARF_TYPES; t++)
        if (slice_eq_nocase(text, slice_of(type_names[t])))
            return (enum arf_type)t;
    return ARF_OTHER;
}

/* "<alice@example.test>", or the same without <> or with "rfc822;" in front. */
static struct slice bare_address(struct slice value)
{
    struct slice inside = value, before;

    if (slice_cut(&inside, '<', &before) && slice_cut(&inside, '>', &before))
        return mime_trim(before);
    inside = value;
    return mime_trim(slice_cut(&inside, ';', &before) ? inside : value);
}

static void add_recipient(struct arf *a, struct slice value)
{
    struct slice address = bare_address(value);

    if (address.n == 0)
        return;
    a->recipients_all++;
    for (uint32_t i = 0; i < a->recipients_n; i++)
        if (slice_eq_nocase(a->recipients[i], address))
            return;
    if (a->recipients_n < ARF_RECIPIENTS)
        a->recipients[a->recipients_n++] = address;
}

static void set_source(struct arf *a, struct slice value)
{
    a->source = value;
    if (slice_skip(&value, SLICE("[")) && value.n > 0)
        value.n -= value.p[value.n - 1] == ']';
    (void)ip_parse(value, &a->source_ip);
}

/* Fields of which RFC 5965 allows one: the first counts. */
static void set_field(struct arf *a, const struct mime_field *f)
{
    const struct {
        struct slice name;
        struct slice *to;
    } texts[] = {
        { SLICE("User-Agent"), &a->agent },       { SLICE("Arrival-Date"), &a->arrival },
        { SLICE("Received-Date"), &a->arrival },  { SLICE("Original-Mail-From"), &a->mail_from },
        { SLICE("Reported-Domain"), &a->domain }, { SLICE("Auth-Failure"), &a->auth_failure },
        { SLICE("Delivery-Result"), &a->result }, { SLICE("Feedback-Type"), &a->type_text },
    };
    uint64_t n;

    for (size_t i = 0; i < COUNT(texts); i++)
        if (texts[i].to->n == 0 && slice_eq_nocase(f->name, texts[i].name))
            *texts[i].to = f->value;
    if (slice_eq_nocase(f->name, SLICE("Original-Rcpt-To")) ||
        slice_eq_nocase(f->name, SLICE("Removal-Recipient")))
        add_recipient(a, f->value);
    else if (slice_eq_nocase(f->name, SLICE("Source-IP")) && a->source.n == 0)
        set_source(a, f->value);
    else if (slice_eq_nocase(f->name, SLICE("Incidents")) && slice_to_u64(f->value, &n) && n > 0)
        a->incidents = n < 1000000 ? (uint32_t)n : 1000000;
}

/* RFC 5965 section 3: the fields are the body. */
static void read_fields(struct reading *r, struct slice body)
{
    struct mime_field field;

    if (r->has_fields)
        return;
    r->has_fields = true;
    while (mime_next_field(&body, &field))
        set_field(r->out, &field);
    r->out->type = type_of(r->out->type_text);
    r->out->mail_from = bare_address(r->out->mail_from);
}

static void read_message_header(struct reading *r, struct slice header)
{
    struct arf *a = r->out;
    struct mime_field field;

    if (a->has_message)
        return;
    a->has_message = true;
    while (mime_next_field(&header, &field)) {
        if (slice_eq_nocase(field.name, SLICE("Message-ID")) && a->message_id.n == 0)
            a->message_id = bare_address(field.value);
        else if (slice_eq_nocase(field.name, SLICE("Received")) && a->hops_n < ARF_HOPS)
            a->hops[a->hops_n++] = received_parse(field.value);
        else if (slice_eq_nocase(field.name, SLICE("X-HmXmrOriginalRecipient"))) {
            a->hotmail = true;
            add_recipient(a, field.value);
        }
    }
}

static bool is_multipart(struct slice type)
{
    return type.n > 10 && slice_eq_nocase(slice_head(type, 10), SLICE("multipart/"));
}

static bool is_message(struct slice type)
{
    return slice_eq_nocase(type, SLICE("message/rfc822")) ||
           slice_eq_nocase(type, SLICE("message/rfc822-headers")) ||
           slice_eq_nocase(type, SLICE("text/rfc822-headers")) ||
           slice_eq_nocase(type, SLICE("text/rfc822"));
}

/* A part, and the parts in it. The depth is bounded. */
static void read_entity(struct reading *r, struct slice in, unsigned depth)
{
    struct mime_entity e = mime_split(in);
    struct mime_type type = mime_type_of(e.header);
    struct mime_parts parts;
    struct slice part, body;

    if (is_multipart(type.type)) {
        parts = mime_parts(e.body, type.boundary);
        while (depth < ARF_DEPTH && r->parts < ARF_PARTS && mime_next_part(&parts, &part)) {
            r->parts++;
            read_entity(r, part, depth + 1);
        }
        r->out->cut = r->out->cut || parts.cut;
        return;
    }
    if (depth == 0)
        return;
    if (slice_eq_nocase(type.type, SLICE("message/feedback-report"))) {
        read_fields(r, mime_decode(e.header, e.body, ARF_DECODED, r->room));
    } else if (is_message(type.type)) {
        body = mime_decode(e.header, e.body, ARF_DECODED, r->room);
        read_message_header(r, mime_split(body).header);
    }
}

/* Hotmail says it in the subject only: "complaint about message from 192.0.2.1". */
static void read_subject(struct arf *a, struct slice subject)
{
    struct slice word;

    if (a->source.n == 0 && slice_cut_last(&subject, ' ', &word) && ip_parse(word, &a->source_ip))
        a->source = word;
}

const char *arf_parse(struct slice in, struct arena *room, struct arf *out)
{
    struct reading r = { .out = out, .room = room };
    struct slice header, line;

    *out = (struct arf){ .incidents = 1 };
    (void)slice_skip(&in, SLICE("\xef\xbb\xbf"));
    if (slice_starts(in, SLICE("From ")))
        (void)mime_line(&in, &line);
    header = mime_split(in).header;
    out->reporter = mime_field(header, SLICE("From"));
    read_entity(&r, in, 0);
    if (!r.has_fields && !out->hotmail)
        return out->cut ? "it ends before its message/feedback-report"
                        : "it has no part of type message/feedback-report";
    if (r.has_fields && out->type_text.n == 0)
        return "its message/feedback-report has no Feedback-Type";
    out->hotmail = !r.has_fields;
    if (out->hotmail)
        read_subject(out, mime_field(header, SLICE("Subject")));
    return NULL;
}
