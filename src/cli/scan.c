#include "cli/scan.h"
#include "cli/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "cli/progress.h"
#include "proto/secret.h"
#include "proto/understand.h"

#include "base/ban.h"

/* Double an array of the report's, in its arena, when it is full. */
static void *grown(struct scan *s, void *old, size_t n, size_t *room, size_t size)
{
    void *fresh;

    if (n < *room)
        return old;
    *room = *room > 0 ? *room * 2 : 64;
    fresh = arena_take(&s->report.arena, *room * size);
    if (n > 0)
        memcpy(fresh, old, n * size);
    return fresh;
}

/* An earlier result of the same message for the same recipient, or NULL. */
static struct report_wrote *wrote_before(const struct scan *s, const struct event *e, uint64_t key)
{
    uint32_t i;

    for (struct table_probe p = table_find(&s->wrote_by_key, key);
         table_at(&s->wrote_by_key, &p, &i); table_step(&s->wrote_by_key, &p)) {
        struct report_wrote *w = &s->report.wrote[i];

        if (w->at.ms == e->queued.ms && slice_eq(w->queue_id, e->queue_id) &&
            slice_eq(w->recipient, e->recipient) && slice_eq(w->account, e->subject.name))
            return w;
    }
    return NULL;
}

static void note_wrote(struct scan *s, const struct event *e)
{
    static const char *const statuses[] = {
        [DELIVERY_SENT] = "sent", [DELIVERY_DEFERRED] = "deferred", [DELIVERY_BOUNCED] = "bounced"
    };
    struct report *r = &s->report;
    uint64_t key = hash_slice(e->queue_id, e->correspondent);
    struct report_wrote *entry;

    if (!address_matches(e->recipient, s->options->wanted))
        return;
    entry = wrote_before(s, e, key);
    if (entry != NULL)
        entry->status = slice_of(statuses[e->status]);
    if (entry != NULL || r->wrote_n == WROTE_MAX)
        return;
    table_add(&s->wrote_by_key, key, (uint32_t)r->wrote_n);
    r->wrote = grown(s, r->wrote, r->wrote_n, &s->wrote_room, sizeof *r->wrote);
    r->wrote[r->wrote_n++] =
        (struct report_wrote){ .at = e->queued,
                               .account = arena_copy(&r->arena, e->subject.name),
                               .recipient = arena_copy(&r->arena, e->recipient),
                               .queue_id = arena_copy(&r->arena, e->queue_id),
                               .status = slice_of(statuses[e->status]) };
}

/* A detect_trace: one step of --explain. */
static void note_step(void *ctx, const struct event *event, enum signal signal,
                      const struct evidence *e, double score)
{
    struct scan *s = ctx;
    struct report *r = &s->report;
    struct buf words = buf_make(400);

    if (r->steps_n == STEPS_MAX)
        return;
    evidence_words(&words, signal, e);
    r->steps = grown(s, r->steps, r->steps_n, &s->steps_room, sizeof *r->steps);
    r->steps[r->steps_n++] =
        (struct report_step){ .at = event->at,
                              .signal = slice_of(signal_name(signal)),
                              .words = arena_copy(&r->arena, buf_slice(&words)),
                              .weight = (double)e->weight,
                              .score = score };
    buf_done(&words);
}

/* A ledger_sink. */
static uint32_t take_event(void *ctx, const struct event *e)
{
    struct scan *s = ctx;
    const struct scan_options *o = s->options;
    struct event complete;
    struct verdict v;

    if (s->completing) {
        complete = *e;
        judge_complete(&s->engine->judge, &complete);
        e = &complete;
    }
    v = rehearsal_event(s->rehearsal, e);
    if (o->backtest)
        backtest_event(&s->backtest, e);

    if (o->client != NULL && ip_in(&e->client, &o->client_prefix))
        tally_event(&s->of_client, e, &v, false);
    tally_event(&s->tally, e, &v,
                o->only.name.n > 0 && !o->queue_ids && slice_eq(e->subject.name, o->only.name));
    if (o->wanted.n > 0 && e->type == EVENT_DELIVERY &&
        (o->only.name.n == 0 || slice_eq(e->subject.name, o->only.name)))
        note_wrote(s, e);
    return v.fuse + 1;
}

/* A ledger_announce. */
static void announce(void *ctx, uint32_t hint, uint64_t recipient)
{
    const struct scan *s = ctx;

    detect_prefetch(s->detect, hint, recipient);
    tally_prefetch(&s->tally, hint - 1);
}

static void note_unparsed(struct scan *s, struct slice kind, struct slice raw)
{
    size_t shown;

    s->unparsed_n++;
    top_add(&s->unparsed, kind);
    if (s->unparsed_file == NULL)
        return;
    shown = secret_shown(raw);
    fwrite(raw.p, 1, shown, s->unparsed_file);
    if (shown < raw.n)
        fwrite(SECRET_MARK.p, 1, SECRET_MARK.n, s->unparsed_file);
    putc('\n', s->unparsed_file);
}

static void note_unframed(struct scan *s, enum logline_got kind, struct slice raw)
{
    static const char *const kinds[] = {
        [LOGLINE_OK] = "",
        [LOGLINE_BLANK] = "",
        [LOGLINE_NO_TIME] = "no time stamp at the front",
        [LOGLINE_BAD_TIME] = "a time that does not exist",
        [LOGLINE_NO_FRAME] = "no host and program after the time",
    };

    if (kind != LOGLINE_BLANK)
        note_unparsed(s, slice_of(kinds[kind]), raw);
}

/* Summer time began or ended. Of hosts in several zones only the first changes are kept. */
static void note_offset(struct report *r, struct wall at, int32_t offset_s)
{
    r->offset_s = offset_s;
    if (r->offsets_n < REPORT_OFFSETS)
        r->offsets[r->offsets_n++] = (struct report_offset){ at, offset_s };
}

static void take_line(struct scan *s, const struct logline *line, struct slice raw)
{
    struct record record;
    int32_t offset_s = 0;

    if (s->options->log_host.n > 0 && !slice_eq(line->host, s->options->log_host))
        return;
    if (s->first.ms == 0 || line->at.ms < s->first.ms)
        s->first = line->at;
    if (line->at.ms > s->last.ms)
        s->last = line->at;
    if (!understand_but(line, s->unread, &record)) {
        s->foreign++;
        return;
    }
    if (record.event == RECORD_UNKNOWN) {
        note_unparsed(s, line->program, raw);
        return;
    }
    s->understood++;
    (void)logs_offset(s->logs, &offset_s);
    if (UNLIKELY(offset_s != s->report.offset_s || s->report.offsets_n == 0))
        note_offset(&s->report, line->at, offset_s);
    ledger_line(s->ledger, line, &record, offset_s);
}

void scan_run(struct scan *s)
{
    const struct logs_stats *stats = logs_stats(s->logs);
    struct progress progress = progress_start(s->options->quiet);
    struct logline line;
    struct slice raw;
    enum logline_got kind;
    enum logs_got got;

    while ((got = logs_next(s->logs, &line, &raw, &kind)) != LOGS_END) {
        progress_line(&progress, stats);
        if (got == LOGS_LINE)
            take_line(s, &line, raw);
        else
            note_unframed(s, kind, raw);
    }
    progress_erase(&progress);
}

int scan_open(struct scan *s, const struct scan_options *o)
{
    struct detect_options detect = { .traced = o->explained,
                                     .trace = o->explain != NULL ? note_step : NULL,
                                     .trace_ctx = s };
    struct ledger_options ledger = { .sink = take_event, .announce = announce, .sink_ctx = s };
    char error[512];

    s->options = o;
    s->engine = memory_new(1, sizeof *s->engine);
    if (engine_open(s->engine, o) != 0 || backtest_open(&s->backtest, s->engine, o) != 0)
        return 2;
    s->completing = o->conf != NULL || s->engine->geo != NULL;
    if ((s->logs = logs_open(&o->input.logs, error, sizeof error)) == NULL) {
        fprintf(stderr, "mailfuse scan: %s\n", error);
        return 2;
    }
    s->unread_file = error[0] != '\0';
    if (s->unread_file)
        fprintf(stderr, "mailfuse scan: %s\n", error);
    if (o->unparsed != NULL && (s->unparsed_file = fopen(o->unparsed, "we")) == NULL) {
        fprintf(stderr, "mailfuse scan: %s: %s\n", o->unparsed, strerror(errno));
        return 2;
    }
    if ((s->rehearsal = engine_start(s->engine, o, detect, 0)) == NULL)
        return 2;
    s->detect = rehearsal_detect(s->rehearsal);
    s->ledger = ledger_new(&ledger);
    s->unread = ledger_unread();
    return 0;
}

void scan_close(struct scan *s)
{
    if (s->unparsed_file != NULL)
        fclose(s->unparsed_file);
    report_done(&s->report);
    table_done(&s->wrote_by_key);
    tally_done(&s->tally);
    tally_done(&s->of_client);
    ledger_free(s->ledger);
    rehearsal_free(s->rehearsal);
    logs_free(s->logs);
    backtest_close(&s->backtest);
    if (s->engine != NULL)
        engine_close(s->engine);
    free(s->engine);
}

static struct wall wall_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){ now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

int cli_scan(int argc, char **argv)
{
    struct scan_options options = { 0 };
    struct scan scan = { 0 };
    char name[] = "mailfuse scan"; /* for what getopt_long says */
    int status;

    argv[0] = name;
    status = scan_options_read(&options, argc, argv, wall_now());

    if (status == 0 && options.help) {
        scan_options_help();
        return 0;
    }
    if (status == 0)
        status = scan_open(&scan, &options);
    if (status == 0) {
        scan_run(&scan);
        scan_report(&scan);
        status = scan_output(&scan);
        if (status == 0)
            status = engine_learn(scan.detect, &options);
    }
    for (size_t i = 0; status == 0 && i < scan.report.fuses_n; i++)
        status = scan.report.fuses[i].tripped ? 1 : 0;
    if (scan.unread_file)
        status = 2;
    scan_close(&scan);
    return status;
}
