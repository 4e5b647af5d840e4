/* incident_json.c - an incident as JSON on the disk, and back. Names of members never change; new
 * ones may be missing in what an older version wrote. */
#include <math.h>

#include "run/daemon.h"
#include "run/json.h"

#include "base/ban.h"

static const char *const kind_names[SUBJECT_KINDS] = {
    [SUBJECT_ACCOUNT] = "account",
    [SUBJECT_RELAY] = "relay",
    [SUBJECT_LAN] = "lan",
    [SUBJECT_LOCAL] = "local",
};

static json_t *encode_evidence(const struct evidence all[SIGNALS])
{
    json_t *out = json_object();

    for (unsigned s = 0; s < SIGNALS; s++)
        if (all[s].weight != 0)
            json_object_set_new(out, signal_name((enum signal)s),
                                json_pack("[f, f, f, I]", (double)all[s].weight,
                                          isfinite(all[s].observed) ? (double)all[s].observed : 0,
                                          isfinite(all[s].expected) ? (double)all[s].expected : 0,
                                          (json_int_t)all[s].second));
    return out;
}

static void decode_evidence(const json_t *from, struct evidence all[SIGNALS])
{
    for (unsigned s = 0; s < SIGNALS; s++) {
        const json_t *e = json_object_get(from, signal_name((enum signal)s));

        all[s].weight = (float)json_number_value(json_array_get(e, 0));
        all[s].observed = (float)json_number_value(json_array_get(e, 1));
        all[s].expected = (float)json_number_value(json_array_get(e, 2));
        all[s].second = (uint32_t)json_integer_value(json_array_get(e, 3));
    }
}

static json_t *encode_amount(const struct box_amount *a)
{
    return json_pack("[I, I]", (json_int_t)a->messages, (json_int_t)a->recipients);
}

static struct box_amount decode_amount(const json_t *from, const char *name)
{
    const json_t *a = json_object_get(from, name);

    return (struct box_amount){ (uint64_t)json_integer_value(json_array_get(a, 0)),
                                (uint64_t)json_integer_value(json_array_get(a, 1)) };
}

static json_t *encode_addresses(const struct box_incident *i)
{
    json_t *out = json_array();
    char text[IP_TEXT_MAX];

    for (uint32_t k = 0; k < i->addresses_n; k++)
        json_array_append_new(
            out, json_pack("[s, i, i, b, I, I]", ip_text(&i->addresses[k].ip, text),
                           (int)i->addresses[k].messages, (int)i->addresses[k].recipients,
                           (int)i->addresses[k].known, (json_int_t)i->addresses[k].first.ms,
                           (json_int_t)i->addresses[k].last.ms));
    return out;
}

static void decode_addresses(const json_t *from, struct box_incident *i)
{
    for (size_t k = 0; k < json_array_size(from) && k < BOX_ADDRESSES; k++) {
        const json_t *a = json_array_get(from, k);
        struct box_address *to = &i->addresses[i->addresses_n];

        if (!ip_parse(slice_of(json_string_value(json_array_get(a, 0))), &to->ip))
            continue;
        to->messages = (uint32_t)json_integer_value(json_array_get(a, 1));
        to->recipients = (uint32_t)json_integer_value(json_array_get(a, 2));
        to->known = json_is_true(json_array_get(a, 3));
        to->first.ms = json_integer_value(json_array_get(a, 4));
        to->last.ms = json_integer_value(json_array_get(a, 5));
        i->addresses_n++;
    }
}

static json_t *encode_tasks(const struct box_incident *i)
{
    json_t *out = json_array();

    for (int s = 0; s < BOX_STEPS; s++) {
        const struct box_task *t = &i->tasks[s];

        json_array_append_new(out, json_pack("[i, i, I, o]", (int)t->progress, (int)t->tries,
                                             (json_int_t)t->at.ms, json_text(slice_of(t->why))));
    }
    return out;
}

static void decode_tasks(const json_t *from, struct box_incident *i)
{
    for (size_t s = 0; s < BOX_STEPS && s < json_array_size(from); s++) {
        const json_t *t = json_array_get(from, s);
        struct box_task *to = &i->tasks[s];
        const char *why = json_string_value(json_array_get(t, 3));
        json_int_t progress = json_integer_value(json_array_get(t, 0));

        to->progress =
            progress >= 0 && progress <= BOX_DONE ? (enum box_progress)progress : BOX_PENDING;
        to->tries = (uint32_t)json_integer_value(json_array_get(t, 1));
        to->at.ms = json_integer_value(json_array_get(t, 2));
        snprintf(to->why, sizeof to->why, "%s", why != NULL ? why : "");
    }
}

static json_t *encode_passwords(const struct box_incident *i)
{
    json_t *out = json_array();

    for (int k = 0; k < BOX_PASSWORDS; k++)
        json_array_append_new(out, json_integer(i->passwords[k]));
    return out;
}

static json_t *encode_commonest(const struct commonest *c)
{
    json_t *out = json_array();

    for (uint32_t k = 0; k < c->used; k++)
        json_array_append_new(out, json_pack("[o, I]", json_text(commonest_text(&c->entries[k])),
                                             (json_int_t)c->entries[k].count));
    return out;
}

static void decode_commonest(const json_t *from, struct commonest *out)
{
    for (size_t k = 0; k < json_array_size(from); k++) {
        const json_t *pair = json_array_get(from, k);
        const char *text = json_string_value(json_array_get(pair, 0));

        commonest_add(out, slice_of(text), (uint32_t)json_integer_value(json_array_get(pair, 1)));
    }
}

/* The oldest first. */
static json_t *encode_lately(const struct box_incident *i)
{
    json_t *out = json_array();

    for (uint32_t k = 0; k < BOX_LATELY; k++) {
        uint32_t id = i->lately[(i->lately_next + k) % BOX_LATELY];

        if (id != 0)
            json_array_append_new(out, json_integer(id));
    }
    return out;
}

static void decode_lately(const json_t *from, struct box_incident *out)
{
    for (size_t k = 0; k < json_array_size(from) && k < BOX_LATELY; k++)
        out->lately[k] = (uint32_t)json_integer_value(json_array_get(from, k));
    out->lately_next = (uint32_t)(json_array_size(from) % BOX_LATELY);
}

json_t *incident_encode(const struct box_incident *i)
{
    return json_pack(
        "{si ss so ss sb sb sI sI sI sI sf so so so so so so si so so sI sI so so so so si}",
        "number", (int)i->number, "kind", kind_names[i->subject.kind], "name",
        json_text(i->subject.name), "state", box_state_name(i->state), "by_hand", (int)i->by_hand,
        "would_lock", (int)i->would_lock, "since", (json_int_t)i->since.ms, "held_from",
        (json_int_t)i->held_from.ms, "locked", (json_int_t)i->locked.ms, "ended",
        (json_int_t)i->ended.ms, "score", i->score, "evidence", encode_evidence(i->evidence), "out",
        encode_amount(&i->out), "held", encode_amount(&i->held), "released",
        encode_amount(&i->released), "purged", encode_amount(&i->purged), "addresses",
        encode_addresses(i), "addresses_more", (int)i->addresses_more, "passwords",
        encode_passwords(i), "tasks", encode_tasks(i), "stolen_tried",
        (json_int_t)i->stolen_tried.ms, "refused", (json_int_t)i->refused, "domains",
        encode_commonest(&i->domains), "replies", encode_commonest(&i->replies), "by",
        json_text(i->by), "lately", encode_lately(i), "version", (int)i->version);
}

static bool decode_subject(struct detect *d, const json_t *from, struct box_incident *out)
{
    struct slice kind = json_get_text(from, "kind"), name = json_get_text(from, "name");
    struct subject subject;

    for (int k = 0; k < SUBJECT_KINDS; k++) {
        if (!slice_eq(kind, slice_of(kind_names[k])) || name.n == 0)
            continue;
        subject = subject_make((enum subject_kind)k, name);
        out->fuse = detect_ensure(d, &subject);
        return out->fuse != UINT32_MAX;
    }
    return false;
}

bool incident_decode(struct detect *d, const json_t *from, struct box_incident *out)
{
    struct slice state = json_get_text(from, "state");
    unsigned s = 0;

    while (s < BOX_STATES && !slice_eq(state, slice_of(box_state_name((enum box_state)s))))
        s++;
    if (s == BOX_STATES || json_get_int(from, "number") <= 0 || !decode_subject(d, from, out))
        return false;
    out->number = (uint32_t)json_get_int(from, "number");
    out->state = (enum box_state)s;
    out->by_hand = json_get_bool(from, "by_hand");
    out->would_lock = json_get_bool(from, "would_lock");
    out->since.ms = json_get_int(from, "since");
    out->held_from.ms = json_get_int(from, "held_from");
    out->locked.ms = json_get_int(from, "locked");
    out->ended.ms = json_get_int(from, "ended");
    out->score = json_get_double(from, "score");
    decode_evidence(json_object_get(from, "evidence"), out->evidence);
    out->out = decode_amount(from, "out");
    out->released = decode_amount(from, "released");
    out->purged = decode_amount(from, "purged");
    decode_addresses(json_object_get(from, "addresses"), out);
    out->addresses_more = (uint32_t)json_get_int(from, "addresses_more");
    for (size_t k = 0; k < BOX_PASSWORDS; k++)
        out->passwords[k] =
            (uint16_t)json_integer_value(json_array_get(json_object_get(from, "passwords"), k));
    decode_tasks(json_object_get(from, "tasks"), out);
    out->refused = (uint64_t)json_get_int(from, "refused");
    out->stolen_tried.ms = json_get_int(from, "stolen_tried");
    decode_commonest(json_object_get(from, "domains"), &out->domains);
    decode_commonest(json_object_get(from, "replies"), &out->replies);
    out->by = json_get_text(from, "by");
    decode_lately(json_object_get(from, "lately"), out);
    out->version = (uint32_t)json_get_int(from, "version");
    return true;
}
