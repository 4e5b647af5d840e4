/* refusal_json.c - providers in words and as JSON: for commands, and on disk. */
#include <stdlib.h>

#include "run/control/parts.h"
#include "run/fuse_json.h"
#include "run/refusal_private.h"
#include "run/refusal_watch.h"

#include "base/ban.h"

enum { WORDS_MAX = 1000 };

static const struct provider *provider_at(const struct refusal_watch *w, uint32_t row)
{
    return conf_providers_find(&w->rules, slice_of(refusals_name(w->state, row)));
}

const char *refusal_title(const struct refusal_watch *w, uint32_t row)
{
    const struct provider *p = provider_at(w, row);

    if (row == 0)
        return "several small providers";
    return p != NULL ? p->title : refusals_name(w->state, row);
}

struct provider_refusal refusal_meaning(const struct refusal_watch *w, uint32_t row)
{
    const struct refusals_block *b = refusals_block(w->state, row);
    struct provider_table table = conf_providers_table(&w->rules);
    const struct provider *from = provider_at(w, row);

    if (from == NULL && b->host[0] != '\0')
        from = provider_of(&table, slice_of(b->host), SLICE(""));
    return provider_judge(&table, from, slice_of(b->dsn), slice_of(b->text), b->class);
}

void refusal_words(const struct refusal_watch *w, uint32_t row, struct buf *out)
{
    struct provider_refusal r = refusal_meaning(w, row);
    struct slice words = slice_of(r.rule != NULL ? r.rule->words : "");

    if (words.n > 0 && words.p[words.n - 1] == '.')
        words.n--;
    buf_add(out, words.n > 0 ? words
                             : slice_of(reply_cause_words(refusals_block(w->state, row)->cause)));
}

void refusal_watch_words(const struct daemon *d, struct buf *out)
{
    const struct refusal_watch *w = d->refusal_watch;
    uint32_t n = refusal_watch_blocks(d), told = 0;

    for (uint32_t row = 0; n > 0 && refusals_name(w->state, row) != NULL; row++)
        if (refusals_block(w->state, row)->since.ms != 0 && told++ < 3)
            buf_printf(out, "%s%s", told > 1 ? ", " : "", refusal_title(w, row));
    if (n > 3)
        buf_printf(out, " and %u more", n - 3);
    if (n > 0)
        buf_printf(out, " %s mail from here for its reputation: mailfuse providers",
                   n > 1 || refusals_block(w->state, 0)->since.ms != 0 ? "refuse" : "refuses");
}

static json_t *count_json(const struct refusals_count *c)
{
    return json_pack("{sI sI sI sI}", "accepted", (json_int_t)c->accepted, "deferred",
                     (json_int_t)c->deferred, "refused", (json_int_t)c->refused, "reputation",
                     (json_int_t)c->reputation);
}

static json_t *accounts_json(const struct daemon *d, const struct refusals_block *b)
{
    json_t *out = json_array();

    for (uint32_t k = 0; k < b->blamed_n; k++) {
        const struct refusals_blame *one = &b->blamed[k];
        struct subject s = detect_subject(d->detect, one->fuse);

        json_array_append_new(
            out, json_pack("{so ss sI sI sI sb ss so}", "account", json_text(s.name), "kind",
                           part_kind(s.kind), "new", (json_int_t)one->fresh, "new_all",
                           (json_int_t)one->fresh_all, "senders", (json_int_t)one->senders, "first",
                           one->refused, "stage", part_stage(d, one->fuse), "incident",
                           part_open_incident(d, one->fuse)));
    }
    return out;
}

static void add_block(const struct daemon *d, json_t *row, uint32_t number)
{
    const struct refusal_watch *w = d->refusal_watch;
    const struct refusals_block *b = refusals_block(w->state, number);
    struct provider_refusal r = refusal_meaning(w, number);
    const struct finding *f =
        findings_find(d->findings, FINDING_BLOCKED, slice_of(refusal_title(w, number)), SLICE(""));
    uint32_t incident = f != NULL ? finding_incident(f) : 0;
    struct buf words = buf_make(WORDS_MAX);

    refusal_words(w, number, &words);
    json_object_set_new(row, "since", part_time(d, b->since));
    json_object_set_new(row, "last", part_time(d, b->last));
    json_object_set_new(row, "refusals", json_integer(b->refused));
    json_object_set_new(row, "accepted_since", json_integer(b->accepted));
    json_object_set_new(row, "accepted_needed",
                        json_integer((json_int_t)d->conf->daemon.providers.accepted << b->again));
    json_object_set_new(row, "cause", json_string(reply_cause_name(b->cause)));
    json_object_set_new(row, "words", json_text(buf_slice(&words)));
    json_object_set_new(row, "by", json_text(slice_of(r.rule != NULL ? r.who->title : "")));
    json_object_set_new(row, "host", json_text(slice_of(b->host)));
    json_object_set_new(row, "code", json_text(slice_of(b->dsn)));
    json_object_set_new(row, "text", json_text(slice_of(b->text)));
    json_object_set_new(row, "wants", json_text(slice_of(provider_wants(&r))));
    json_object_set_new(row, "page", json_text(slice_of(provider_page(&r))));
    json_object_set_new(row, "incident", incident != 0 ? json_integer(incident) : json_null());
    json_object_set_new(row, "accounts", accounts_json(d, b));
    buf_done(&words);
}

/* The same members of one that does not refuse us. */
static void add_nothing(json_t *row)
{
    static const char *const names[] = { "since", "last",     "refusals", "accepted_since",
                                         "cause", "words",    "by",       "accepted_needed",
                                         "host",  "code",     "text",     "wants",
                                         "page",  "incident", "accounts" };

    for (size_t i = 0; i < COUNT(names); i++)
        json_object_set_new(row, names[i], json_null());
}

/* One provider with what it got; NULL when there is nothing to say of it. */
static json_t *row_json(const struct daemon *d, uint32_t number, bool always, int64_t *order)
{
    const struct refusal_watch *w = d->refusal_watch;
    bool blocked = refusals_block(w->state, number)->since.ms != 0;
    const struct provider *p = provider_at(w, number);
    struct refusals_count hour, day;
    json_t *row;

    refusals_counts(w->state, number, d->now, &hour, &day);
    *order = (int64_t)day.accepted + day.deferred + day.refused;
    if (!blocked && !always && *order == 0)
        return NULL;
    *order += blocked ? INT64_C(1) << 40 : 0;
    row = json_pack("{ss so ss sb sb so so}", "provider", refusals_name(w->state, number), "title",
                    json_text(slice_of(refusal_title(w, number))), "state",
                    blocked ? "blocked" : "ok", "big", refusals_is_big(w->state, number), "known",
                    p != NULL, "hour", count_json(&hour), "day", count_json(&day));
    if (blocked)
        add_block(d, row, number);
    else
        add_nothing(row);
    return row;
}

struct sorted {
    json_t *row;
    int64_t order;
};

static int by_order(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;

    return x->order < y->order ? 1 : x->order > y->order ? -1 : 0;
}

json_t *refusal_watch_rows(const struct daemon *d, struct slice name)
{
    const struct refusals *state = d->refusal_watch->state;
    struct sorted rows[REFUSALS_ROWS] = { { NULL, 0 } };
    json_t *out = json_array();
    size_t n = 0;

    for (uint32_t i = 0; refusals_name(state, i) != NULL; i++) {
        if (name.n > 0 && !slice_eq(name, slice_of(refusals_name(state, i))))
            continue;
        rows[n].row = row_json(d, i, name.n > 0, &rows[n].order);
        n += rows[n].row != NULL;
    }
    qsort(rows, n, sizeof rows[0], by_order);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, rows[i].row);
    return out;
}

static json_t *blamed_json(const struct daemon *d, const struct refusals_blame *b)
{
    json_t *one = fuse_encode(d, b->fuse);

    json_object_set_new(one, "new", json_integer(b->fresh));
    json_object_set_new(one, "new_all", json_integer(b->fresh_all));
    json_object_set_new(one, "senders", json_integer(b->senders));
    json_object_set_new(one, "first", json_boolean(b->refused));
    return one;
}

json_t *refusal_encode(const struct daemon *d, const struct refusals_block *b)
{
    json_t *blamed = json_array();

    for (uint32_t k = 0; k < b->blamed_n; k++)
        json_array_append_new(blamed, blamed_json(d, &b->blamed[k]));
    return json_pack("{sI sI sI sI sI ss si so so so so}", "since", (json_int_t)b->since.ms, "last",
                     (json_int_t)b->last.ms, "refused", (json_int_t)b->refused, "accepted",
                     (json_int_t)b->accepted, "again", (json_int_t)b->again, "cause",
                     reply_cause_name(b->cause), "class", (int)b->class, "dsn",
                     json_text(slice_of(b->dsn)), "host", json_text(slice_of(b->host)), "text",
                     json_text(slice_of(b->text)), "accounts", blamed);
}

static void copy_text(char *to, size_t room, struct slice from)
{
    from = slice_head_utf8(from, room - 1);
    if (from.n > 0)
        memcpy(to, from.p, from.n);
    to[from.n] = '\0';
}

static void decode_blamed(const struct daemon *d, const json_t *from, struct refusals_block *out)
{
    const json_t *row;
    size_t i;

    json_array_foreach(from, i, row)
    {
        struct refusals_blame *b = &out->blamed[out->blamed_n];

        if (out->blamed_n == REFUSALS_BLAMED)
            return;
        b->fuse = fuse_decode(d, row);
        b->fresh = (uint32_t)json_get_int(row, "new");
        b->fresh_all = (uint32_t)json_get_int(row, "new_all");
        b->senders = (uint32_t)json_get_int(row, "senders");
        b->refused = json_get_bool(row, "first");
        out->blamed_n += b->fuse != REFUSALS_NOBODY;
    }
}

void refusal_decode(const struct daemon *d, const json_t *from, struct refusals_block *out)
{
    struct slice cause = json_get_text(from, "cause");
    int64_t class = json_get_int(from, "class"), again = json_get_int(from, "again");

    out->since.ms = json_get_int(from, "since");
    out->last.ms = json_get_int(from, "last");
    out->refused = (uint32_t)json_get_int(from, "refused");
    out->accepted = (uint32_t)json_get_int(from, "accepted");
    out->again = again > 0 && again <= 4 ? (uint32_t)again : 0;
    out->class = class >= 0 && class < REPLY_CLASSES ? (enum reply_class) class : REPLY_OTHER;
    out->cause = slice_eq(cause, SLICE("domain")) ? CAUSE_DOMAIN : CAUSE_ADDRESS;
    copy_text(out->dsn, sizeof out->dsn, json_get_text(from, "dsn"));
    copy_text(out->host, sizeof out->host, json_get_text(from, "host"));
    copy_text(out->text, sizeof out->text, json_get_text(from, "text"));
    decode_blamed(d, json_object_get(from, "accounts"), out);
}
