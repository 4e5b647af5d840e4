/* findings.c - what was found of us, as parts of replies: of an incident, and as one. */
#include "run/control/parts.h"

#include "base/ban.h"

static json_t *number_or_null(uint32_t number)
{
    return number != 0 ? json_integer(number) : json_null();
}

static json_t *culprits(const struct daemon *d, const struct finding *f)
{
    json_t *out = json_array();

    for (uint32_t k = 0; k < f->culprits_n; k++) {
        const struct finding_culprit *c = &f->culprits[k];
        struct subject s = detect_subject(d->detect, c->fuse);

        json_array_append_new(
            out, json_pack("{so ss so ss sI sI sI}", "account", json_text(s.name), "kind",
                           part_kind(s.kind), "incident", number_or_null(c->incident), "stage",
                           part_stage(d, c->fuse), "recipients", (json_int_t)c->recipients, "new",
                           (json_int_t)c->fresh, "refused", (json_int_t)c->refused));
    }
    return out;
}

json_t *part_finding(const struct daemon *d, const struct finding *f)
{
    return json_pack("{ss so so so ss so so so sI so so so}", "kind", finding_kind_name(f->kind),
                     "subject", json_text(f->subject), "by", json_text(f->by), "words",
                     json_text(f->words), "state", f->ended.ms == 0 ? "open" : "over", "since",
                     part_time(d, f->since), "last", part_time(d, f->last), "ended",
                     part_time(d, f->ended), "count", (json_int_t)f->count, "incident",
                     number_or_null(finding_incident(f)), "explained_by",
                     number_or_null(f->explained), "culprits", culprits(d, f));
}

json_t *part_findings(const struct daemon *d, uint32_t number)
{
    json_t *out = json_array();
    const struct finding *f;

    for (uint32_t i = 0; (f = findings_at(d->findings, i)) != NULL; i++)
        if (f->own == number || f->explained == number)
            json_array_append_new(out, part_finding(d, f));
    return out;
}

/* "address", "domain", "provider", "queue", "disk". */
static const char *kind_of(const struct finding_case *c)
{
    struct ip ip;

    switch (c->kind) {
    case FINDING_LISTING:
        return ip_parse(c->subject, &ip) ? "address" : "domain";
    case FINDING_BLOCKED:
        return "provider";
    case FINDING_QUEUE:
        return "queue";
    case FINDING_SPOOL:
        return "disk";
    case FINDING_COMPLAINTS:
    case FINDING_KINDS:
        break;
    }
    return "account";
}

/* Of its open findings the last, else the last of all. */
static const struct finding *latest(const struct daemon *d, const struct finding_case *c)
{
    const struct finding *f, *last = c->first;

    for (uint32_t i = 0; (f = findings_at(d->findings, i)) != NULL; i++)
        if (f->own == c->number && (f->ended.ms == 0 || last->ended.ms != 0))
            last = f;
    return last;
}

json_t *part_case(const struct daemon *d, const struct finding_case *c)
{
    const struct finding *f = latest(d, c);
    const struct box_amount none = { 0 };

    return json_pack(
        "{si so ss ss ss ss so so so so sf so so so ss so}", "incident", (int)c->number, "account",
        json_text(c->subject), "kind", kind_of(c), "state", c->open > 0 ? "open" : "closed",
        "stage", "observe", "mode", "enforce", "since", part_time(d, c->since), "held_from",
        json_null(), "locked", json_null(), "closed", part_time(d, c->ended), "score", 0.0,
        "reason", json_text(f->words), "out", part_amount(&none), "held", part_amount(&none),
        "detail", finding_kind_name(c->kind), "explained_by", number_or_null(f->explained));
}

/* An incident of nobody's: what other replies have of an account is empty. */
json_t *part_case_whole(const struct daemon *d, const struct finding_case *c)
{
    static const char *const lists[] = { "evidence", "clients", "domains",      "senders",
                                         "replies",  "actions", "held_messages" };
    static const char *const amounts[] = { "released", "purged", "refused" };
    const struct box_amount none = { 0 };
    json_t *out = part_case(d, c);

    for (size_t k = 0; k < COUNT(lists); k++)
        json_object_set_new(out, lists[k], json_array());
    for (size_t k = 0; k < COUNT(amounts); k++)
        json_object_set_new(out, amounts[k], part_amount(&none));
    json_object_set_new(out, "first_abuse", json_null());
    json_object_set_new(out, "last_abuse", json_null());
    json_object_set_new(out, "clients_all", json_integer(0));
    json_object_set_new(out, "way_in", json_string(""));
    json_object_set_new(out, "findings", part_findings(d, c->number));
    return out;
}
