/* lists.c - rows: the busiest, the incidents, the blocks, the journal. */
#include <stdlib.h>

#include "base/memory.h"
#include "proto/stamp.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum { TOP_DEFAULT = 100, INCIDENTS_DEFAULT = 50, JOURNAL_DEFAULT = 100 };

static int64_t limit_of(const struct control_call *c, int64_t otherwise)
{
    int64_t n = json_get_int(c->request, "limit");

    return n > 0 ? n : otherwise;
}

/* ---- top */

struct top_line {
    uint32_t fuse;
    struct active_sum sum;
    double score;
    uint64_t held;
    struct slice name;
    const struct box_incident *incident;
};

struct top_list {
    struct top_line *lines;
    size_t n, room;
};

static void add_line(struct top_list *t, const struct daemon *d, uint32_t fuse)
{
    const struct box_incident *i = box_open(d->box, fuse);

    if (t->n == t->room) {
        t->room = t->room > 0 ? 2 * t->room : 256;
        t->lines = memory_resize(t->lines, t->room, sizeof *t->lines);
    }
    t->lines[t->n++] = (struct top_line){ .fuse = fuse,
                                          .sum = active_sum(active_of(&d->active, fuse), d->now),
                                          .score = detect_score(d->detect, fuse),
                                          .held = i != NULL ? i->held.messages : 0,
                                          .name = detect_subject(d->detect, fuse).name,
                                          .incident = i };
}

static int by_name(const struct top_line *x, const struct top_line *y)
{
    size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
    int order = memcmp(x->name.p, y->name.p, n);

    return order != 0 ? order : x->name.n < y->name.n ? -1 : x->name.n > y->name.n;
}

static int down(double x, double y, const struct top_line *a, const struct top_line *b)
{
    return x < y ? 1 : x > y ? -1 : by_name(a, b);
}

#define ORDER(name, field)                                                                         \
    static int name(const void *a, const void *b)                                                  \
    {                                                                                              \
        const struct top_line *x = a, *y = b;                                                      \
        return down((double)x->field, (double)y->field, x, y);                                     \
    }
ORDER(by_score, score)
ORDER(by_messages, sum.messages)
ORDER(by_recipients, sum.recipients)
ORDER(by_failures, sum.failures)
ORDER(by_held, held)

static int by_account(const void *a, const void *b)
{
    return by_name(a, b);
}

static void sort_lines(struct top_list *t, struct slice by)
{
    static const struct {
        const char *name;
        int (*order)(const void *a, const void *b);
    } orders[] = {
        { "score", by_score },       { "messages", by_messages }, { "recipients", by_recipients },
        { "failures", by_failures }, { "held", by_held },         { "account", by_account },
    };
    size_t k = 0;

    while (k + 1 < COUNT(orders) && !slice_eq(by, slice_of(orders[k].name)))
        k++;
    if (!slice_eq(by, slice_of(orders[k].name)))
        k = 0;
    if (t->n > 0)
        qsort(t->lines, t->n, sizeof *t->lines, orders[k].order);
}

static void gather(struct top_list *t, const struct daemon *d)
{
    const struct box_incident *i;

    for (uint32_t k = 0; d->active.rows != NULL && k < ACTIVE_SLOTS; k++) {
        const struct active_row *row = &d->active.rows[k];
        struct active_sum sum = active_sum(row, d->now);

        if (row->fuse != 0 && sum.messages + sum.failures > 0 &&
            box_open(d->box, row->fuse - 1) == NULL)
            add_line(t, d, row->fuse - 1);
    }
    for (uint32_t k = 0; (i = box_at(d->box, k)) != NULL; k++)
        if (i->state != BOX_CLEARED && i->state != BOX_CLOSED)
            add_line(t, d, i->fuse);
}

void control_top(const struct control_call *c)
{
    struct daemon *d = c->d;
    struct top_list t = { 0 };
    json_t *rows = json_array();
    size_t limit = (size_t)limit_of(c, TOP_DEFAULT);

    gather(&t, d);
    sort_lines(&t, json_get_text(c->request, "sort"));
    for (size_t k = 0; k < t.n && k < limit; k++) {
        const struct top_line *l = &t.lines[k];

        json_array_append_new(
            rows, json_pack("{so ss ss sf si si si sI si so}", "account", json_text(l->name),
                            "kind", part_kind(detect_subject(d->detect, l->fuse).kind), "stage",
                            part_stage(d, l->fuse), "score", l->score, "messages",
                            (int)l->sum.messages, "recipients", (int)l->sum.recipients, "failures",
                            (int)l->sum.failures, "held", (json_int_t)l->held, "networks",
                            (int)l->sum.networks, "incident", part_open_incident(d, l->fuse)));
    }
    free(t.lines);
    control_answer_with(c,
                        json_pack("{so ss so so so}", "time", part_time(d, d->now), "mode",
                                  box_enforces(d->box) ? "enforce" : "observe", "accounts",
                                  part_accounts(d), "last_hour", part_last_hour(d), "rows", rows));
}

/* ---- incidents */

/* An incident of an account or host, or one that is nobody's. */
struct list_line {
    uint32_t number;
    const struct box_incident *incident; /* NULL: the other kind */
};

struct list {
    struct list_line *lines;
    uint32_t n, room;
};

static int youngest_first(const void *a, const void *b)
{
    const struct list_line *x = a, *y = b;

    return x->number < y->number ? 1 : x->number > y->number ? -1 : 0;
}

static void add_incident(struct list *l, uint32_t number, const struct box_incident *i)
{
    if (l->n == l->room) {
        l->room = l->room > 0 ? 2 * l->room : 64;
        l->lines = memory_resize(l->lines, l->room, sizeof *l->lines);
    }
    l->lines[l->n++] = (struct list_line){ number, i };
}

/* Once for each finding: those of one incident follow each other when they are sorted. */
static void gather_cases(struct list *l, const struct daemon *d, struct slice account, bool all)
{
    const struct finding *f;

    for (uint32_t k = 0; (f = findings_at(d->findings, k)) != NULL; k++)
        if (f->own != 0 && (all || f->ended.ms == 0) &&
            (account.n == 0 || slice_eq(account, f->subject)))
            add_incident(l, f->own, NULL);
}

static uint32_t without_doubles(struct list_line *lines, uint32_t n)
{
    uint32_t kept = 0;

    for (uint32_t k = 0; k < n; k++)
        if (kept == 0 || lines[kept - 1].number != lines[k].number)
            lines[kept++] = lines[k];
    return kept;
}

uint32_t part_cases_open(const struct daemon *d)
{
    struct list l = { 0 };
    uint32_t n;

    gather_cases(&l, d, SLICE(""), false);
    if (l.n > 0)
        qsort(l.lines, l.n, sizeof *l.lines, youngest_first);
    n = without_doubles(l.lines, l.n);
    free(l.lines);
    return n;
}

static void gather_incidents(struct list *l, const struct daemon *d, struct slice account, bool all)
{
    const struct box_incident *i;

    for (uint32_t k = 0; (i = box_at(d->box, k)) != NULL; k++) {
        bool ended = i->state == BOX_CLEARED || i->state == BOX_CLOSED;

        if (i->number == 0)
            continue;
        if ((ended && !all) || (account.n > 0 && !slice_eq(account, i->subject.name)))
            continue;
        add_incident(l, i->number, i);
    }
}

json_t *part_incidents(const struct daemon *d, struct slice account, bool all, size_t limit,
                       json_int_t *count)
{
    json_t *out = json_array();
    struct finding_case c;
    struct list l = { 0 };

    gather_incidents(&l, d, account, all);
    gather_cases(&l, d, account, all);
    if (l.n > 0)
        qsort(l.lines, l.n, sizeof *l.lines, youngest_first);
    l.n = without_doubles(l.lines, l.n);
    *count = l.n;
    for (uint32_t k = 0; l.lines != NULL && k < l.n && k < limit; k++) {
        if (l.lines[k].incident != NULL)
            json_array_append_new(out, part_incident(d, l.lines[k].incident));
        else if (findings_case(d->findings, l.lines[k].number, &c))
            json_array_append_new(out, part_case(d, &c));
    }
    free(l.lines);
    return out;
}

void control_incidents(const struct control_call *c)
{
    char room[ADDRESS_MAX];
    json_int_t count;
    json_t *list = part_incidents(c->d, account_fold(json_get_text(c->request, "account"), room),
                                  slice_eq(json_get_text(c->request, "state"), SLICE("all")),
                                  (size_t)limit_of(c, INCIDENTS_DEFAULT), &count);

    control_answer_with(c, json_pack("{so sI}", "incidents", list, "all", count));
}

/* ---- blocks */

void control_blocks(const struct control_call *c)
{
    const struct daemon *d = c->d;
    json_t *list = json_array();
    const struct box_blocked *b;

    for (uint32_t k = 0; (b = box_block_at(d->box, k)) != NULL; k++)
        json_array_append_new(list,
                              json_pack("{ss so so so so si so}", "kind",
                                        b->kind == BOX_BLOCK_CLIENT ? "client" : "rcpt", "value",
                                        json_text(b->value), "since", part_time(d, b->at), "by",
                                        json_text(b->who), "reason", json_text(b->reason), "hits",
                                        (int)b->hits, "last", part_time(d, b->last)));
    control_answer_with(c, json_pack("{so}", "blocks", list));
}

/* ---- journal: the store answers later */

struct reading {
    struct control_call call; /* its request is gone by then */
    json_t *entries;
    void (*end)(struct reading *r);
    uint32_t incident;
};

static void add_entry(void *ctx, const struct store_entry *e)
{
    struct reading *r = ctx;
    bool ours = slice_eq(e->who, SLICE("mailfuse"));
    bool person = !ours && e->detail.n > 0;

    json_array_append_new(
        r->entries,
        json_pack("{sI so so so so so so so so}", "id", (json_int_t)e->id, "time",
                  part_time(r->call.d, e->at), "who", json_text(e->who), "uid", json_null(), "what",
                  json_text(e->what), "account",
                  e->subject.n > 0 ? json_text(e->subject) : json_null(), "incident",
                  e->incident != 0 ? json_integer((json_int_t)e->incident) : json_null(), "detail",
                  json_text(person ? SLICE("") : e->detail), "reason",
                  json_text(person ? e->detail : SLICE(""))));
}

static void ended(void *ctx, const char *error)
{
    struct reading *r = ctx;

    if (error != NULL || r->call.d->control == NULL) {
        json_decref(r->entries);
        if (r->call.d->control != NULL)
            control_refuse(r->call.d->control, r->call.ticket, error, NULL);
    } else if (r->incident != 0) {
        part_incident_reply(&r->call, r->incident, r->entries);
    } else {
        control_answer_with(&r->call, json_pack("{so}", "entries", r->entries));
    }
    free(r);
}

void part_read_journal(const struct control_call *c, const struct store_filter *filter,
                       uint32_t incident)
{
    struct reading *r = memory_new(1, sizeof *r);

    *r = (struct reading){ .call = *c, .entries = json_array(), .incident = incident };
    r->call.request = NULL;
    r->call.peer = NULL;
    store_query_journal(c->d->store, filter, add_entry, ended, r);
}

void control_journal(const struct control_call *c)
{
    struct slice since = json_get_text(c->request, "since");
    int64_t limit = limit_of(c, JOURNAL_DEFAULT);
    struct stamp_clock clock = { 0 };
    char room[ADDRESS_MAX];
    struct store_filter filter = {
        .incident = (uint64_t)json_get_int(c->request, "incident"),
        .subject = account_fold(json_get_text(c->request, "account"), room),
        .limit = (uint32_t)(limit < STORE_QUERY_MAX ? limit : STORE_QUERY_MAX),
    };

    if (since.n > 0 && stamp_parse(&clock, &since, &filter.since) != STAMP_OK)
        filter.since.ms = 0;
    part_read_journal(c, &filter, 0);
}
