/* keep.c - what was told, and what waits, in state.db: "alert NUMBER", "told KEY" and "way
 * ID". Names of members never change. */
#include <inttypes.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/memory.h"
#include "run/alerts/private.h"

#include "base/ban.h"

enum { KEY_MAX = 1024 };

static json_t *entry_encode(const struct desk_entry *e)
{
    return json_pack(
        "{sI ss ss si sb sb sI so so so so so so so so so}", "letter", (json_int_t)e->letter,
        "kind", alert_kind_row(e->kind)->name, "severity", conf_severity_name(e->severity),
        "incident", (int)e->incident, "owner", (int)e->owner, "given_up", (int)e->given_up, "at",
        (json_int_t)e->at.ms, "way", json_text(slice_of(e->way)), "language",
        json_text(slice_of(e->language)), "key", json_text(slice_of(e->key)), "state",
        json_text(slice_of(e->state)), "subject", json_text(slice_of(e->subject)), "domain",
        json_text(slice_of(e->domain)), "words", json_text(slice_of(e->words)), "details",
        json_text(slice_of(e->details)), "why", json_text(slice_of(e->why)));
}

/* A desk_keeper. */
static uint64_t keep_entry(void *ctx, const struct desk_entry *e, bool gone)
{
    struct alerts *a = ctx;
    char key[40];

    snprintf(key, sizeof key, "alert %016" PRIx64, e->number);
    keep_other(a->d, slice_of(key), gone ? NULL : entry_encode(e));
    return keep_told(a->d);
}

static void keep_state(void *ctx, const struct desk_state *s, bool gone)
{
    struct alerts *a = ctx;
    struct buf key = buf_make(KEY_MAX);
    json_t *ways = json_array();

    for (uint32_t i = 0; i < s->ways_n; i++)
        json_array_append_new(ways, json_text(slice_of(s->ways[i])));
    buf_printf(&key, "told %s", s->key);
    keep_other(a->d, buf_slice(&key),
               gone ? NULL
                    : json_pack("{so ss sI sO}", "state", json_text(slice_of(s->state)), "kind",
                                alert_kind_row(s->kind)->name, "at", (json_int_t)s->at.ms, "ways",
                                ways));
    json_decref(ways);
    buf_done(&key);
}

static void keep_way(void *ctx, const struct desk_way *w, bool gone)
{
    struct alerts *a = ctx;
    struct buf key = buf_make(KEY_MAX);
    json_t *groups = json_array();

    for (unsigned g = 0; g < ALERT_GROUPS; g++)
        json_array_append_new(groups, json_pack("[I, i, b]", (json_int_t)w->groups[g].since.ms,
                                                (int)w->groups[g].letters, (int)w->groups[g].full));
    buf_printf(&key, "way %s", w->id);
    keep_other(a->d, buf_slice(&key),
               gone ? NULL
                    : json_pack("{sO sI si sI sI so}", "groups", groups, "digest",
                                (json_int_t)w->digest.ms, "failures", (int)w->failures,
                                "failing_since", (json_int_t)w->failing_since.ms, "next",
                                (json_int_t)w->next.ms, "why", json_text(slice_of(w->why))));
    json_decref(groups);
    buf_done(&key);
}

static void given_up(void *ctx, const struct desk_entry *e)
{
    struct alerts *a = ctx;
    struct buf words = buf_make(KEY_MAX);

    a->given_up[desk_way_kind(slice_of(e->way))]++;
    buf_printf(&words, "%s by %s: %s", alert_kind_row(e->kind)->name, e->way, e->why);
    keep_note(a->d, e->incident, SLICE("mailfuse"), slice_of(e->subject), "alert-lost",
              buf_slice(&words));
    if (e->subject[0] == '\0' && e->incident == 0)
        daemon_say(a->d, LOG_WARNING, "an alert is given up: %.*s", SLICE_ARG(buf_slice(&words)));
    buf_done(&words);
}

static bool is_locked(void *ctx, struct slice address)
{
    const struct alerts *a = ctx;
    char room[ADDRESS_MAX];
    struct subject s = subject_make(SUBJECT_ACCOUNT, account_fold(address, room));
    uint32_t fuse = detect_find(a->d->detect, &s), incident;

    return fuse != UINT32_MAX && box_is_locked(a->d->box, fuse, &incident);
}

struct desk_keeper alerts_keeper(struct alerts *a)
{
    return (struct desk_keeper){ .entry = keep_entry,
                                 .state = keep_state,
                                 .way = keep_way,
                                 .given_up = given_up,
                                 .locked = is_locked,
                                 .ctx = a };
}

/* ---- back again */

/* Texts live as long as `from`; never NULL. The desk copies them and changes none. */
static char *text_of(const json_t *from, const char *name)
{
    const char *text = json_string_value(json_object_get(from, name));

    return (char *)(uintptr_t)(text != NULL ? text : "");
}

static bool load_entry(struct alerts *a, struct slice number, const json_t *from)
{
    char text[17] = "";
    struct desk_entry e = { .letter = (uint64_t)json_get_int(from, "letter"),
                            .kind = alert_kind_find(json_get_text(from, "kind")),
                            .severity = conf_severity_find(json_get_text(from, "severity")),
                            .incident = (uint32_t)json_get_int(from, "incident"),
                            .owner = json_get_bool(from, "owner"),
                            .given_up = json_get_bool(from, "given_up"),
                            .at.ms = json_get_int(from, "at"),
                            .way = text_of(from, "way"),
                            .language = text_of(from, "language"),
                            .key = text_of(from, "key"),
                            .state = text_of(from, "state"),
                            .subject = text_of(from, "subject"),
                            .domain = text_of(from, "domain"),
                            .words = text_of(from, "words"),
                            .details = text_of(from, "details"),
                            .why = text_of(from, "why") };

    if (number.n != sizeof text - 1)
        return false;
    memcpy(text, number.p, number.n);
    e.number = strtoull(text, NULL, 16);
    return e.kind == ALERT_KINDS || desk_load_entry(a->desk, &e); /* or of another version */
}

static bool load_state(struct alerts *a, struct slice key, const json_t *from)
{
    const json_t *ways = json_object_get(from, "ways");
    char *names[DESK_TOLD_MAX], *text = memory_text(key.p, key.n);
    struct desk_state s = { .key = text,
                            .state = text_of(from, "state"),
                            .kind = alert_kind_find(json_get_text(from, "kind")),
                            .at.ms = json_get_int(from, "at"),
                            .ways = names };
    bool good;

    for (size_t i = 0; i < json_array_size(ways) && i < DESK_TOLD_MAX; i++) {
        const char *name = json_string_value(json_array_get(ways, i));

        names[s.ways_n++] = (char *)(uintptr_t)(name != NULL ? name : "");
    }
    good = s.kind == ALERT_KINDS || desk_load_state(a->desk, &s);
    free(text);
    return good;
}

static bool load_way(struct alerts *a, struct slice id, const json_t *from)
{
    const json_t *groups = json_object_get(from, "groups");
    char *text = memory_text(id.p, id.n);
    struct desk_way w = { .id = text,
                          .digest.ms = json_get_int(from, "digest"),
                          .failures = (uint32_t)json_get_int(from, "failures"),
                          .failing_since.ms = json_get_int(from, "failing_since"),
                          .next.ms = json_get_int(from, "next"),
                          .why = text_of(from, "why") };
    bool good;

    for (size_t g = 0; g < ALERT_GROUPS && g < json_array_size(groups); g++) {
        const json_t *group = json_array_get(groups, g);

        w.groups[g].since.ms = json_integer_value(json_array_get(group, 0));
        w.groups[g].letters = (uint32_t)json_integer_value(json_array_get(group, 1));
        w.groups[g].full = json_is_true(json_array_get(group, 2));
    }
    good = desk_load_way(a->desk, &w);
    free(text);
    return good;
}

/* A store_item_row. */
static bool load(void *ctx, struct slice key, struct slice value)
{
    static const struct {
        struct slice prefix;
        bool (*load)(struct alerts *a, struct slice key, const json_t *from);
    } parts[] = {
        { SLICE_INIT("alert "), load_entry },
        { SLICE_INIT("told "), load_state },
        { SLICE_INIT("way "), load_way },
    };
    bool good = true;

    for (size_t i = 0; i < COUNT(parts); i++) {
        struct slice rest = key;
        json_t *from;

        if (!slice_skip(&rest, parts[i].prefix))
            continue;
        from = json_loadb(value.p, value.n, 0, NULL);
        good = json_is_object(from) && parts[i].load(ctx, rest, from);
        json_decref(from);
    }
    return good;
}

int alerts_read(struct alerts *a, struct buf *error)
{
    return store_each_item(a->d->store, STORE_OTHER, load, a, error);
}
