#include "cli/incident.h"

#include "base/ban.h"

static void fill_clients(struct report *r, struct report_fuse *f, const json_t *incident)
{
    const json_t *list = answer_part(incident, "clients"), *row;
    size_t i;

    f->clients = arena_take(&r->arena, (json_array_size(list) + 1) * sizeof *f->clients);
    json_array_foreach(list, i, row)
    {
        struct report_client *c = &f->clients[f->clients_n];
        struct slice country = answer_text(row, "country");

        *c = (struct report_client){ .network = answer_text(row, "network"),
                                     .asn = (uint32_t)answer_number(row, "asn"),
                                     .new_here = answer_true(row, "new"),
                                     .first = answer_time(row, "first", NULL),
                                     .last = answer_time(row, "last", NULL),
                                     .messages = answer_number(row, "messages"),
                                     .recipients = answer_number(row, "recipients") };
        if (country.n == 2)
            memcpy(c->country, country.p, 2);
        f->clients_n += ip_parse(answer_text(row, "address"), &c->ip);
    }
    f->clients_all = (size_t)answer_number(incident, "clients_all");
    if (f->clients_all < f->clients_n)
        f->clients_all = f->clients_n;
}

static void fill_counts(struct report *r, const json_t *incident, const char *list_name,
                        const char *name, struct report_count **out, size_t *n)
{
    const json_t *list = answer_part(incident, list_name);

    *out = arena_take(&r->arena, (json_array_size(list) + 1) * sizeof **out);
    *n = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);

        (*out)[(*n)++] =
            (struct report_count){ answer_text(row, name), answer_number(row, "count") };
    }
}

static enum subject_kind kind_of(struct slice name)
{
    if (slice_eq(name, SLICE("relay")))
        return SUBJECT_RELAY;
    if (slice_eq(name, SLICE("lan")))
        return SUBJECT_LAN;
    return slice_eq(name, SLICE("local")) ? SUBJECT_LOCAL : SUBJECT_ACCOUNT;
}

void incident_fuse(struct report *r, struct report_fuse *f, const json_t *incident)
{
    *f = (struct report_fuse){ .kind = kind_of(answer_text(incident, "kind")),
                               .name = answer_text(incident, "account"),
                               .reason = answer_text(incident, "reason"),
                               .way_in = answer_text(incident, "way_in"),
                               .held_from = answer_time(incident, "held_from", NULL),
                               .locked = answer_time(incident, "locked", NULL),
                               .first_abuse = answer_time(incident, "first_abuse", NULL),
                               .last_abuse = answer_time(incident, "last_abuse", NULL) };
    (void)answer_time(incident, "since", &r->offset_s);
    f->tripped = f->locked.ms != 0;
    fill_clients(r, f, incident);
    fill_counts(r, incident, "domains", "domain", &f->domains, &f->domains_n);
    fill_counts(r, incident, "senders", "sender", &f->senders, &f->senders_n);
    fill_counts(r, incident, "replies", "reply", &f->replies, &f->replies_n);
    answer_evidence(r, f, incident);
}

bool incident_only_observed(const json_t *incident)
{
    return slice_eq(answer_text(incident, "mode"), SLICE("observe"));
}

const char *incident_state(const json_t *incident)
{
    struct slice stage = answer_text(incident, "stage");

    if (slice_eq(answer_text(incident, "state"), SLICE("closed")))
        return "closed";
    if (slice_eq(stage, SLICE("observe")))
        return "open";
    if (incident_only_observed(incident))
        return slice_eq(stage, SLICE("lock")) ? "(locked)" : "(held)";
    return stage_words(stage);
}
