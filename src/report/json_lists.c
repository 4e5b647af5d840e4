#include "report/json_lists.h"

#include "base/attributes.h"
#include "report/json_parts.h"

#include "base/ban.h"

json_t *json_accounts(const struct report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->accounts_n; i++) {
        const struct report_account *a = &r->accounts[i];
        json_t *account = json_object();
        const struct {
            const char *name;
            uint64_t n;
        } counts[] = {
            { "messages", a->messages }, { "recipients", a->recipients },
            { "sent", a->sent },         { "deferred", a->deferred },
            { "bounced", a->bounced },   { "rejected", a->rejected },
            { "logins", a->logins },     { "login_failures", a->login_failures },
            { "clients", a->clients },
        };

        json_object_set_new(account, "account", json_slice(a->name));
        json_object_set_new(account, "kind", json_string(json_kind(a->kind)));
        for (size_t k = 0; k < COUNT(counts); k++)
            json_object_set_new(account, counts[k].name, json_count(counts[k].n));
        json_object_set_new(account, "score", json_figure(a->score));
        json_object_set_new(account, "first", json_time(r, a->first));
        json_object_set_new(account, "last", json_time(r, a->last));
        json_array_append_new(list, account);
    }
    return list;
}

json_t *json_holds(const struct report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->holds_n; i++) {
        const struct report_hold *h = &r->holds[i];

        json_array_append_new(
            list, json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}",
                            h->kind == SUBJECT_ACCOUNT ? "account" : "host", json_slice(h->name),
                            "kind", json_kind(h->kind), "from", json_time(r, h->from), "until",
                            json_time(r, h->until), "messages", json_count(h->messages),
                            "recipients", json_count(h->recipients), "minutes",
                            json_figure((double)h->longest_ms / MINUTE_MS)));
    }
    return list;
}

json_t *json_delays(const struct report_delays *d)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "messages", json_count(d->messages), "recipients",
                     json_count(d->recipients), "of", json_count(d->all), "minutes",
                     json_figure((double)d->longest_ms / MINUTE_MS));
}

json_t *json_brute_force(const struct report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->brutes_n; i++) {
        const struct report_brute *b = &r->brutes[i];

        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "address", json_address(&b->ip),
                      "country", json_slice(slice_of(b->country)), "network",
                      json_slice(b->network), "failures", json_count(b->failures), "accounts",
                      json_count(b->accounts), "successes", json_count(b->successes), "first",
                      json_time(r, b->first), "last", json_time(r, b->last)));
    }
    return list;
}

json_t *json_blocking(const struct report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->blocks_n; i++) {
        const struct report_block *b = &r->blocks[i];

        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o}", "who", json_slice(b->who), "reply",
                            json_slice(b->reply), "count", json_count(b->n), "first",
                            json_time(r, b->first), "last", json_time(r, b->last)));
    }
    return list;
}

json_t *json_wrote(const struct report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->wrote_n; i++) {
        const struct report_wrote *w = &r->wrote[i];

        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o}", "time", json_time(r, w->at), "account",
                            json_slice(w->account), "recipient", json_slice(w->recipient),
                            "queue_id", json_slice(w->queue_id), "status", json_slice(w->status)));
    }
    return list;
}
