/* incident.c - what is told of an incident. */
#include "run/alerts/private.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum { LIST_MAX = 600, SHOWN = 3, WORDS_MAX = 400 };

static const struct {
    bool told;
    enum alert_kind kind;
} states[BOX_STATES] = {
    [BOX_OBSERVED] = { true, ALERT_INCIDENT_OBSERVED },
    [BOX_HELD] = { true, ALERT_INCIDENT_HELD },
    [BOX_LOCKED] = { true, ALERT_INCIDENT_LOCKED },
    [BOX_WAITING] = { true, ALERT_INCIDENT_WAITING },
    [BOX_CLEARED] = { true, ALERT_INCIDENT_CLEARED },
    [BOX_CLOSED] = { true, ALERT_INCIDENT_CLOSED },
};

/* "192.0.2.9 (BR, new), 198.51.100.4 (known), and 12 more" */
static void write_addresses(const struct daemon *d, const struct box_incident *i, struct buf *out)
{
    uint32_t n = i->addresses_n < SHOWN ? i->addresses_n : SHOWN;
    uint32_t more = i->addresses_n - n + i->addresses_more;

    for (uint32_t k = 0; k < n; k++) {
        const struct box_address *a = &i->addresses[k];
        json_t *place = json_object();
        struct slice country;
        char text[IP_TEXT_MAX];

        part_place(d, place, &a->ip);
        country = json_get_text(place, "country");
        buf_printf(out, "%s%s (%.*s%s%s)", k > 0 ? ", " : "", ip_text(&a->ip, text),
                   SLICE_ARG(country), country.n > 0 ? ", " : "", a->known ? "known" : "new");
        json_decref(place);
    }
    if (more > 0)
        buf_printf(out, " and %u more", more);
}

/* The domains that got most. */
static void write_destinations(const struct box_incident *i, struct buf *out)
{
    bool shown[COMMONEST_ROOM] = { false };

    for (uint32_t k = 0; k < SHOWN && k < i->domains.used; k++) {
        uint32_t best = COMMONEST_ROOM;

        for (uint32_t n = 0; n < i->domains.used; n++)
            if (!shown[n] && (best == COMMONEST_ROOM ||
                              i->domains.entries[n].count > i->domains.entries[best].count))
                best = n;
        if (best == COMMONEST_ROOM)
            return;
        shown[best] = true;
        buf_printf(out, "%s%.*s", k > 0 ? ", " : "",
                   SLICE_ARG(commonest_text(&i->domains.entries[best])));
    }
}

static void set_number(json_t *to, const char *name, uint64_t n)
{
    json_object_set_new(to, name, json_integer((json_int_t)n));
}

static void set_text(json_t *to, const char *name, const struct buf *text)
{
    if (text->n > 0)
        json_object_set_new(to, name, json_text(buf_slice(text)));
}

json_t *alerts_incident_details(struct daemon *d, const struct box_incident *i)
{
    json_t *reason, *evidence = part_evidence(d, i->evidence, &reason), *out = json_object();
    struct buf addresses = buf_make(LIST_MAX), domains = buf_make(LIST_MAX);

    json_decref(evidence);
    write_addresses(d, i, &addresses);
    write_destinations(i, &domains);
    json_object_set_new(out, "since", part_time(d, i->since));
    json_object_set_new(out, "held_from", part_time(d, i->held_from));
    json_object_set_new(out, "locked", part_time(d, i->locked));
    if (json_string_length(reason) > 0)
        json_object_set(out, "why", reason);
    json_decref(reason);
    set_text(out, "addresses", &addresses);
    set_text(out, "destinations", &domains);
    if (i->out.messages > 0) {
        set_number(out, "messages", i->out.messages);
        set_number(out, "recipients", i->out.recipients);
    }
    if (i->held.messages > 0) {
        set_number(out, "held_messages", i->held.messages);
        set_number(out, "held_recipients", i->held.recipients);
    }
    if (i->state != BOX_CLOSED)
        json_object_set_new(out, "by", i->by.n > 0 ? json_text(i->by) : json_string("mailfuse"));
    buf_done(&addresses);
    buf_done(&domains);
    return out;
}

static void write_words(struct buf *out, const struct box_incident *i, const json_t *details)
{
    struct slice why = json_get_text(details, "why");

    switch (i->state) {
    case BOX_OBSERVED:
        buf_printf(out, "it would be %s", i->would_lock ? "locked" : "held");
        break;
    case BOX_HELD:
        buf_add(out, SLICE("its mail is held"));
        break;
    case BOX_LOCKED:
        buf_add(out, SLICE("it is locked"));
        break;
    case BOX_WAITING:
        buf_add(out, SLICE("it is unlocked as soon as its password has changed"));
        return;
    case BOX_CLEARED:
        buf_add(out, SLICE("its mail is not held any more: nothing was wrong"));
        return;
    case BOX_CLOSED:
        buf_add(out, SLICE("the incident is closed"));
        return;
    case BOX_WATCHED:
    case BOX_STATES:
        return;
    }
    if (why.n > 0)
        buf_printf(out, ": %.*s", SLICE_ARG(why));
}

void alerts_incident(struct daemon *d, const struct box_incident *i)
{
    struct alert_event e = { .incident = i->number, .subject = i->subject.name };
    struct buf words = buf_make(WORDS_MAX);
    const struct desk_state *told;
    char key[40];

    if (d->alerts == NULL || !states[i->state].told)
        return;
    snprintf(key, sizeof key, "incident %u", i->number);
    e.kind = states[i->state].kind;
    e.key = slice_of(key);
    e.state = slice_of(box_state_name(i->state));
    told = desk_state(d->alerts->desk, e.key);
    if (told != NULL ? slice_eq(slice_of(told->state), e.state)
                     : alert_kind_row(e.kind)->effect == ALERT_ENDS)
        return; /* most changes of an incident are others */
    e.details = alerts_incident_details(d, i);
    write_words(&words, i, e.details);
    e.words = buf_slice(&words);
    alerts_raise(d, &e);
    buf_done(&words);
}
