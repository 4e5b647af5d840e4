#include "report/json_parts.h"

#include "base/ban.h"

static json_t *evidence_list(const struct report *r, const struct report_fuse *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->evidence_n; i++) {
        const struct report_evidence *e = &f->evidence[i];

        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "signal", json_slice(e->signal),
                            "words", json_slice(e->words), "observed", json_figure(e->observed),
                            "expected", json_figure(e->expected), "history", json_slice(e->history),
                            "weight", json_figure(e->weight), "time", json_time(r, e->at)));
    }
    return list;
}

static json_t *client_list(const struct report *r, const struct report_fuse *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->clients_n; i++) {
        const struct report_client *c = &f->clients[i];
        json_t *client = json_object();

        json_object_set_new(client, "address", json_address(&c->ip));
        json_object_set_new(client, "name", json_slice(c->name));
        json_object_set_new(client, "country", json_slice(slice_of(c->country)));
        json_object_set_new(client, "asn", json_count(c->asn));
        json_object_set_new(client, "network", json_slice(c->network));
        json_object_set_new(client, "messages", json_count(c->messages));
        json_object_set_new(client, "recipients", json_count(c->recipients));
        json_object_set_new(client, "first", json_time(r, c->first));
        json_object_set_new(client, "last", json_time(r, c->last));
        json_object_set_new(client, "new", json_boolean(c->new_here));
        json_array_append_new(list, client);
    }
    return list;
}

static json_t *queue_ids(const struct slice *ids, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_slice(ids[i]));
    return list;
}

static json_t *queue_list(const struct report_fuse *f)
{
    const struct slice *ids = f->queue_ids;
    json_t *list = json_array();

    for (size_t i = 0; i < f->queues_n; i++) {
        json_array_append_new(list, json_pack("{s:o, s:o}", "host", json_slice(f->queues[i].host),
                                              "queue_ids", queue_ids(ids, f->queues[i].n)));
        ids += f->queues[i].n;
    }
    return list;
}

static json_t *amount(uint64_t messages, uint64_t recipients)
{
    return json_pack("{s:o, s:o}", "messages", json_count(messages), "recipients",
                     json_count(recipients));
}

json_t *json_timeline(const struct report *r, const struct report_timeline *t)
{
    json_t *messages = json_array(), *recipients = json_array();
    json_t *refused = json_array(), *failures = json_array();

    for (size_t i = 0; i < t->n; i++) {
        json_array_append_new(messages, json_count(t->bars[i].messages));
        json_array_append_new(recipients, json_count(t->bars[i].recipients));
        json_array_append_new(refused, json_count(t->bars[i].refused));
        json_array_append_new(failures, json_count(t->bars[i].login_failures));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "start", json_time(r, t->start), "width_s",
                     json_real((double)t->width_ms / SECOND_MS), "messages", messages, "recipients",
                     recipients, "refused", refused, "login_failures", failures);
}

struct wall json_fuse_time(const struct report *r, const struct report_fuse *f)
{
    if (f->held_from.ms != 0)
        return f->held_from;
    if (f->tripped)
        return f->locked;
    return f->evidence_n > 0 ? f->evidence[0].at : r->end;
}

/* What was sent, when, and what became of it. */
static void set_incident(json_t *fuse, const struct report *r, const struct report_fuse *f)
{
    json_object_set_new(fuse, "messages", json_count(f->messages_before + f->messages_after));
    json_object_set_new(fuse, "recipients", json_count(f->recipients_before + f->recipients_after));
    json_object_set_new(fuse, "before", amount(f->messages_before, f->recipients_before));
    json_object_set_new(fuse, "after", amount(f->messages_after, f->recipients_after));
    json_object_set_new(fuse, "canaries", amount(f->messages_canaries, f->recipients_canaries));
    json_object_set_new(fuse, "total", amount(f->messages, f->recipients));
    json_object_set_new(fuse, "results",
                        json_pack("{s:o, s:o, s:o, s:o, s:o}", "sent", json_count(f->sent),
                                  "deferred", json_count(f->deferred), "bounced",
                                  json_count(f->bounced), "unknown_recipients",
                                  json_count(f->unknown_recipients), "refused_as_spam",
                                  json_count(f->refused_as_spam)));
    json_object_set_new(fuse, "first_abuse", json_time(r, f->first_abuse));
    json_object_set_new(fuse, "last_abuse", json_time(r, f->last_abuse));
}

json_t *json_fuse(const struct report *r, const struct report_fuse *f, const char *name)
{
    struct arena arena = { 0 };
    struct commands commands;
    json_t *fuse = json_object();

    commands_for(&arena, r, f, &commands);
    json_object_set_new(fuse, name, json_slice(f->name));
    json_object_set_new(fuse, "kind", json_string(json_kind(f->kind)));
    json_object_set_new(fuse, "time", json_time(r, json_fuse_time(r, f)));
    json_object_set_new(fuse, "reason", json_slice(f->reason));
    json_object_set_new(fuse, "score", json_figure(f->score));
    json_object_set_new(fuse, "held_from", json_time(r, f->held_from));
    json_object_set_new(fuse, "decided", json_time(r, f->locked));
    json_object_set_new(fuse, "evidence", evidence_list(r, f));
    set_incident(fuse, r, f);
    json_object_set_new(fuse, "replies", json_counts(f->replies, f->replies_n, "reply"));
    json_object_set_new(fuse, "domains", json_counts(f->domains, f->domains_n, "domain"));
    json_object_set_new(fuse, "senders", json_counts(f->senders, f->senders_n, "sender"));
    json_object_set_new(fuse, "clients", client_list(r, f));
    json_object_set_new(fuse, "clients_all", json_count(f->clients_all));
    json_object_set_new(fuse, "way_in", json_slice(f->way_in));
    json_object_set_new(fuse, "queue_ids", queue_ids(f->queue_ids, f->queue_ids_n));
    json_object_set_new(fuse, "queue_host",
                        json_slice(f->queues_n == 1 ? f->queues[0].host : SLICE("")));
    json_object_set_new(fuse, "queues", queue_list(f));
    json_object_set_new(fuse, "timeline", json_timeline(r, &f->timeline));
    json_object_set_new(fuse, "commands", json_commands(&commands));
    arena_done(&arena);
    return fuse;
}
