/* incident.c - everything about one incident. */
#include <stdlib.h>

#include "run/control/parts.h"

#include "base/ban.h"

enum { EVENTS_MAX = 1000, SENDERS_MAX = 10, HELD_MAX = 100 };

static int busiest_first(const void *a, const void *b)
{
    const struct box_address *const *x = a, *const *y = b;

    return (*x)->messages < (*y)->messages ? 1 : (*x)->messages > (*y)->messages ? -1 : 0;
}

static json_t *clients(const struct daemon *d, const struct box_incident *i)
{
    const struct box_address *list[BOX_ADDRESSES];
    json_t *out = json_array();
    char text[IP_TEXT_MAX];

    for (uint32_t k = 0; k < i->addresses_n; k++)
        list[k] = &i->addresses[k];
    if (i->addresses_n > 0)
        qsort(list, i->addresses_n, sizeof *list, busiest_first);
    for (uint32_t k = 0; k < i->addresses_n; k++) {
        json_t *one = json_pack("{ss si si so so sb}", "address", ip_text(&list[k]->ip, text),
                                "messages", (int)list[k]->messages, "recipients",
                                (int)list[k]->recipients, "first", part_time(d, list[k]->first),
                                "last", part_time(d, list[k]->last), "new", (int)!list[k]->known);

        part_place(d, one, &list[k]->ip);
        json_array_append_new(out, one);
    }
    return out;
}

/* As whom its held mail was sent. */
struct senders {
    struct slice names[SENDERS_MAX];
    uint32_t counts[SENDERS_MAX], n;
};

static bool count_sender(void *ctx, const struct box_message *m)
{
    struct senders *s = ctx;

    for (uint32_t k = 0; k < s->n; k++)
        if (slice_eq(s->names[k], m->sender)) {
            s->counts[k]++;
            return true;
        }
    if (s->n < SENDERS_MAX) {
        s->names[s->n] = m->sender;
        s->counts[s->n++] = 1;
    }
    return true;
}

static json_t *senders(const struct daemon *d, const struct box_incident *i)
{
    struct senders s = { 0 };
    json_t *out = json_array();

    box_messages(d->box, i->number, count_sender, &s);
    for (uint32_t k = 0; k < s.n; k++)
        json_array_append_new(
            out, json_pack("{so si}", "sender", json_text(s.names[k]), "count", (int)s.counts[k]));
    return out;
}

static int commoner_first(const void *a, const void *b)
{
    const struct commonest_entry *const *x = a, *const *y = b;

    return (*x)->count < (*y)->count ? 1 : (*x)->count > (*y)->count ? -1 : 0;
}

static json_t *commonest(const struct commonest *c, const char *name)
{
    const struct commonest_entry *list[COMMONEST_ROOM];
    json_t *out = json_array();

    for (uint32_t k = 0; k < c->used; k++)
        list[k] = &c->entries[k];
    if (c->used > 0)
        qsort(list, c->used, sizeof *list, commoner_first);
    for (uint32_t k = 0; k < c->used; k++)
        json_array_append_new(out, json_pack("{so sI}", name, json_text(commonest_text(list[k])),
                                             "count", (json_int_t)list[k]->count));
    return out;
}

static json_t *way_in(const struct box_incident *i)
{
    struct buf words = buf_make(400);
    json_t *out;

    if (i->evidence[SIGNAL_WAY_IN].weight > 0)
        evidence_seen(&words, SIGNAL_WAY_IN, &i->evidence[SIGNAL_WAY_IN]);
    out = json_text(buf_slice(&words));
    buf_done(&words);
    return out;
}

static struct wall last_message(const struct box_incident *i)
{
    struct wall last = { 0 };

    for (uint32_t k = 0; k < i->addresses_n; k++)
        if (i->addresses[k].last.ms > last.ms)
            last = i->addresses[k].last;
    return last;
}

/* The journal's entries as a time line. */
static json_t *time_line(json_t *entries)
{
    json_t *out = json_array(), *e;
    size_t k;

    json_array_foreach(entries, k, e)
    {
        struct slice reason = json_get_text(e, "reason");

        if (slice_eq(json_get_text(e, "what"), SLICE("purged-message")) && k > EVENTS_MAX / 2)
            continue;
        json_array_append_new(
            out, json_pack("{sO sO sO sO}", "time", json_object_get(e, "time"), "who",
                           json_object_get(e, "who"), "what", json_object_get(e, "what"), "detail",
                           json_object_get(e, reason.n > 0 ? "reason" : "detail")));
    }
    return out;
}

struct held_list {
    const struct daemon *d;
    json_t *out;
};

/* A box_each_message. */
static bool add_held(void *ctx, const struct box_message *m)
{
    const struct held_list *list = ctx;
    struct slice queue_id = { m->queue_id, m->queue_id_n };

    if (m->holding == BOX_IS_HELD || m->holding == BOX_TO_HOLD)
        json_array_append_new(
            list->out, json_pack("{so so so si sI}", "queue_id", json_text(queue_id), "time",
                                 part_time(list->d, m->at), "sender", json_text(m->sender),
                                 "recipients", (int)m->recipients, "size", (json_int_t)m->size));
    return json_array_size(list->out) < HELD_MAX;
}

static json_t *held(const struct daemon *d, const struct box_incident *i)
{
    struct held_list list = { d, json_array() };

    box_messages(d->box, i->number, add_held, &list);
    return list.out;
}

void part_incident_reply(const struct control_call *c, uint32_t number, json_t *entries)
{
    struct daemon *d = c->d;
    const struct box_incident *i = box_find(d->box, number);
    struct box_amount refused = { 0 };
    struct finding_case nobodys;
    json_t *one, *more;

    if (i == NULL && findings_case(d->findings, number, &nobodys)) {
        one = part_case_whole(d, &nobodys);
        json_object_set_new(one, "open_measures", part_case_measures(d, &nobodys));
        json_object_set_new(one, "events", time_line(entries));
        json_decref(entries);
        control_answer_with(c, json_pack("{so}", "incident", one));
        return;
    }
    if (i == NULL) {
        json_decref(entries);
        control_refuse(d->control, c->ticket, "there is no such incident",
                       "mailfuse incidents lists them");
        return;
    }
    refused.recipients = i->refused;
    one = part_incident(d, i);
    more = json_pack(
        "{so so so so so so so sI so so so so so so so}", "first_abuse", part_time(d, i->since),
        "last_abuse", part_time(d, last_message(i)), "evidence",
        part_evidence(d, i->evidence, NULL), "released", part_amount(&i->released), "purged",
        part_amount(&i->purged), "refused", part_amount(&refused), "clients", clients(d, i),
        "clients_all", (json_int_t)i->addresses_n + i->addresses_more, "domains",
        commonest(&i->domains, "domain"), "senders", senders(d, i), "replies",
        commonest(&i->replies, "reply"), "way_in", way_in(i), "actions", part_actions(d, i),
        "open_measures", part_measures(d, i), "events", time_line(entries));
    json_object_update(one, more);
    json_object_set_new(one, "held_messages", held(d, i));
    json_object_set_new(one, "findings", part_findings(d, number));
    json_decref(more);
    json_decref(entries);
    control_answer_with(c, json_pack("{so}", "incident", one));
}

void control_incident(const struct control_call *c)
{
    struct store_filter filter = { .incident = (uint64_t)json_get_int(c->request, "incident"),
                                   .limit = EVENTS_MAX };

    struct finding_case nobodys;

    if (box_find(c->d->box, (uint32_t)filter.incident) == NULL &&
        !findings_case(c->d->findings, (uint32_t)filter.incident, &nobodys))
        control_refuse(c->d->control, c->ticket, "there is no such incident",
                       "mailfuse incidents lists them");
    else
        part_read_journal(c, &filter, (uint32_t)filter.incident);
}
