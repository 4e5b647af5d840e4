#include "report/json.h"

#include "base/attributes.h"
#include "report/json_lists.h"
#include "report/json_parts.h"
#include "report/verdict.h"

#include "base/ban.h"

enum { VERDICT_MAX = 64 * 1024 };

static json_t *report_reading(const struct report_lines *l)
{
    json_t *reading = json_object();

    json_object_set_new(reading, "files", json_count(l->files));
    json_object_set_new(reading, "bytes", json_count(l->bytes));
    json_object_set_new(reading, "understood", json_count(l->understood));
    json_object_set_new(reading, "foreign", json_count(l->foreign));
    json_object_set_new(reading, "unparsed", json_count(l->unparsed));
    json_object_set_new(reading, "blank", json_count(l->blank));
    json_object_set_new(reading, "cut", json_count(l->cut));
    json_object_set_new(reading, "backwards", json_count(l->backwards));
    json_object_set_new(reading, "forgotten", json_count(l->forgotten));
    return reading;
}

static json_t *report_totals(const struct report_totals *t)
{
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        { "submitted", t->submitted },
        { "received", t->received },
        { "sent", t->delivered },
        { "forwarded", t->forwarded },
        { "deferred", t->deferred },
        { "deferrals", t->deferrals },
        { "bounced", t->bounced },
        { "rejected", t->rejected },
        { "reject_warnings", t->reject_warnings },
        { "held", t->held },
        { "discarded", t->discarded },
        { "bytes_received", t->bytes_received },
        { "bytes_sent", t->bytes_delivered },
        { "senders", t->senders },
        { "recipients", t->recipients },
        { "sending_domains", t->sending_domains },
        { "recipient_domains", t->recipient_domains },
        { "logins", t->logins },
        { "login_failures", t->login_failures },
        { "local_submissions", t->local_submissions },
    };
    json_t *totals = json_object();

    for (size_t i = 0; i < COUNT(counts); i++)
        json_object_set_new(totals, counts[i].name, json_count(counts[i].n));
    return totals;
}

static json_t *report_verdict(const struct report *r)
{
    struct buf words = buf_make(VERDICT_MAX);
    json_t *value;

    verdict_add(&words, r);
    value = json_slice(buf_slice(&words));
    buf_done(&words);
    return value;
}

static json_t *report_unparsed(const struct report *r)
{
    json_t *kinds = json_object();

    for (size_t i = 0; i < r->unparsed_n; i++) {
        json_t *kind = json_slice(r->unparsed[i].name);

        json_object_set_new(kinds, json_string_value(kind), json_count(r->unparsed[i].n));
        json_decref(kind);
    }
    return kinds;
}

static json_t *report_preparation(const struct report *r)
{
    struct arena arena = { 0 };
    struct commands commands;
    json_t *list;

    commands_prepare(&arena, r, &commands);
    list = json_commands(&commands);
    arena_done(&arena);
    return list;
}

/* Sort a fuse into the lists to which it belongs. */
static void add_fuse(const struct report *r, const struct report_fuse *f, json_t *locks,
                     json_t *hosts, json_t *alerts, json_t *watch)
{
    bool account = f->kind == SUBJECT_ACCOUNT;

    if (f->tripped) {
        json_array_append_new(account ? locks : hosts,
                              json_fuse(r, f, account ? "account" : "host"));
        return;
    }
    json_array_append_new(watch, json_fuse(r, f, "name"));
    if (account)
        json_array_append_new(alerts,
                              json_pack("{s:o, s:o, s:o, s:o}", "account", json_slice(f->name),
                                        "time", json_time(r, json_fuse_time(r, f)), "reason",
                                        json_slice(f->reason), "score", json_figure(f->score)));
}

static void set_fuses(json_t *root, const struct report *r)
{
    json_t *locks = json_array(), *hosts = json_array();
    json_t *alerts = json_array(), *watch = json_array();

    for (size_t i = 0; i < r->fuses_n; i++)
        add_fuse(r, &r->fuses[i], locks, hosts, alerts, watch);
    for (size_t i = 0; i < r->watch_n; i++)
        add_fuse(r, &r->watch[i], locks, hosts, alerts, watch);
    json_object_set_new(root, "locks", locks);
    json_object_set_new(root, "hosts", hosts);
    json_object_set_new(root, "alerts", alerts);
    json_object_set_new(root, "watch", watch);
}

static json_t *report_object(const struct report *r)
{
    json_t *root = json_object();

    json_object_set_new(
        root, "period",
        json_pack("{s:o, s:o}", "start", json_time(r, r->start), "end", json_time(r, r->end)));
    json_object_set_new(root, "lines", json_count(r->lines.all));
    json_object_set_new(root, "reading", report_reading(&r->lines));
    json_object_set_new(root, "totals", report_totals(&r->totals));
    json_object_set_new(root, "verdict", report_verdict(r));
    set_fuses(root, r);
    json_object_set_new(root, "holds", json_holds(r));
    json_object_set_new(root, "delays", json_delays(&r->delays));
    json_object_set_new(root, "accounts", json_accounts(r));
    json_object_set_new(root, "brute_force", json_brute_force(r));
    json_object_set_new(root, "blocking", json_blocking(r));
    json_object_set_new(root, "wrote", json_wrote(r));
    json_object_set_new(root, "timeline", json_timeline(r, &r->timeline));
    json_object_set_new(root, "unparsed", report_unparsed(r));
    json_object_set_new(root, "warnings", json_counts(r->warnings, r->warnings_n, "text"));
    json_object_set_new(root, "preparation", report_preparation(r));
    json_object_set_new(root, "pseudonyms", json_boolean(r->pseudonyms));
    return root;
}

/* jansson escapes C0 controls and, asked to, all that is not ASCII; DEL is left to us. It occurs
 * inside strings only. */
static int add_dump(const char *bytes, size_t n, void *context)
{
    struct buf *out = context;
    struct slice rest = { bytes, n }, head;

    while (slice_cut(&rest, '\177', &head)) {
        buf_add(out, head);
        buf_add(out, SLICE("\\u007f"));
    }
    buf_add(out, rest);
    return out->full ? -1 : 0;
}

bool json_report(const struct report *r, struct buf *out)
{
    json_t *root = report_object(r);
    int failed = json_dump_callback(root, add_dump, out,
                                    JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));

    json_decref(root);
    buf_add_char(out, '\n');
    return failed == 0 && !out->full;
}
