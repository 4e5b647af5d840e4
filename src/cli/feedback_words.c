/* feedback_words.c - what a report says, for people and as JSON. */
#include "base/escape.h"
#include "cli/feedback.h"
#include "run/json.h"

#include "base/ban.h"

enum { LABEL = 14 };

static json_t *text_or_null(struct slice s)
{
    return s.n > 0 ? json_text(s) : json_null();
}

static json_t *address_or_null(const struct ip *ip)
{
    char text[IP_TEXT_MAX];

    return ip_none(ip) ? json_null() : json_string(ip_text(ip, text));
}

static json_t *hops_of(const struct arf *a)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < a->hops_n; i++)
        json_array_append_new(
            list, json_pack("{so so so}", "from", address_or_null(&a->hops[i].from), "by",
                            text_or_null(a->hops[i].by), "id", text_or_null(a->hops[i].id)));
    return list;
}

json_t *feedback_json(const struct arf *a)
{
    json_t *recipients = json_array();

    for (uint32_t i = 0; i < a->recipients_n; i++)
        json_array_append_new(recipients, json_text(a->recipients[i]));
    return json_pack(
        "{ss ss so so so so so so so so so si si so so sb}", "type", arf_type_name(a->type), "form",
        a->hotmail ? "jmrp" : "arf", "type_text", text_or_null(a->type_text), "agent",
        text_or_null(a->agent), "reporter", text_or_null(a->reporter), "source",
        address_or_null(&a->source_ip), "arrival", text_or_null(a->arrival), "mail_from",
        text_or_null(a->mail_from), "domain", text_or_null(a->domain), "auth_failure",
        text_or_null(a->auth_failure), "delivery_result", text_or_null(a->result), "incidents",
        (int)a->incidents, "recipients_all", (int)a->recipients_all, "recipients", recipients,
        "message",
        json_pack("{so so}", "message_id", text_or_null(a->message_id), "received", hops_of(a)),
        "cut", (int)a->cut);
}

static void row(struct buf *out, const char *label, struct slice s)
{
    struct buf line = buf_make(2048);

    if (s.n == 0)
        return;
    for (size_t i = 0; i < s.n; i++) /* unfolded */
        if (s.p[i] != '\r' && s.p[i] != '\n')
            buf_add_char(&line, s.p[i] == '\t' ? ' ' : s.p[i]);
    buf_printf(out, "  %-*s", LABEL, label);
    escape_terminal(out, buf_slice(&line));
    buf_add_char(out, '\n');
    buf_done(&line);
}

static void hop_row(struct buf *out, const struct received *hop)
{
    struct buf line = buf_make(1024);
    char text[IP_TEXT_MAX];

    if (hop->id.n > 0)
        buf_printf(&line, "id %.*s ", SLICE_ARG(slice_head(hop->id, 100)));
    if (hop->by.n > 0)
        buf_printf(&line, "by %.*s ", SLICE_ARG(slice_head(hop->by, 255)));
    if (!ip_none(&hop->from))
        buf_printf(&line, "from %s", ip_text(&hop->from, text));
    row(out, "received", slice_trim(buf_slice(&line)));
    buf_done(&line);
}

void feedback_text(struct buf *out, const struct arf *a)
{
    char text[IP_TEXT_MAX];

    row(out, "type", slice_of(arf_type_name(a->type)));
    row(out, "form", a->hotmail ? SLICE("Hotmail (JMRP)") : SLICE("ARF"));
    row(out, "reporter", a->reporter);
    row(out, "made by", a->agent);
    row(out, "source", slice_of(ip_text(&a->source_ip, text)));
    row(out, "arrived", a->arrival);
    row(out, "mail from", a->mail_from);
    for (uint32_t i = 0; i < a->recipients_n; i++)
        row(out, "recipient", a->recipients[i]);
    row(out, "domain", a->domain);
    row(out, "auth failure", a->auth_failure);
    row(out, "result", a->result);
    row(out, "Message-ID", a->message_id);
    for (uint32_t i = 0; i < a->hops_n; i++)
        hop_row(out, &a->hops[i]);
    if (a->incidents > 1)
        buf_printf(out, "  %-*s%u\n", LABEL, "incidents", a->incidents);
    if (a->cut)
        buf_add(out, SLICE("  the report ends before its closing line\n"));
}
