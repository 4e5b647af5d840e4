/* ledger_fuzz.c - the input is a log: its lines go the whole pure way, to records, events, verdicts
 * in a rehearsal, and rows; twice, as the same log must always give the same verdicts. Limits are
 * low, so that a small input reaches them. */
#include <assert.h>
#include <math.h>

#include "base/attributes.h"
#include "detect/rehearsal.h"
#include "ledger/private.h"
#include "ledger/tally.h"
#include "proto/understand.h"

#include "base/ban.h"

enum { FUZZ_MESSAGES = 8, FUZZ_SUBJECTS = 12, FUZZ_FUSES = 8 };

/* What the row of a fuse must say. */
struct expected {
    uint64_t messages, recipients, results;
    enum stage stage;
};

struct run {
    struct rehearsal *rehearsal;
    struct detect *detect; /* the one in it */
    struct tally tally;
    struct expected rows[FUZZ_FUSES];
    uint64_t digest; /* of all verdicts */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_incident(const struct detect *d, uint32_t fuse)
{
    const struct incident *i = detect_incident(d, fuse);

    if (i == NULL)
        return;
    assert(fabs(evidence_score(i->at_peak) - i->score) < 0.001);
    assert(i->locked.ms == 0 || i->held_from.ms != 0);
    assert(i->held_from.ms == 0 || i->score > 0);
}

static void assert_verdict(const struct run *run, const struct verdict *v)
{
    double least = -0.001, most = 0.001;

    for (unsigned s = 0; s < SIGNALS; s++) {
        least += (double)signal_floor(s);
        most += (double)signal_cap(s);
    }
    assert(v->score >= least && v->score <= most);
    assert(!(v->suspicion_began && v->suspicion_ended));
    if (v->fuse == UINT32_MAX)
        return;
    assert(v->fuse < detect_count(run->detect) && detect_count(run->detect) <= FUZZ_FUSES);
    assert(v->stage == STAGE_LOCK || run->rows[v->fuse].stage != STAGE_LOCK);
    assert_incident(run->detect, v->fuse);
}

static void expect(struct expected *row, const struct event *e, const struct verdict *v)
{
    row->stage = v->stage;
    row->results += e->type == EVENT_DELIVERY;
    if (e->type == EVENT_SUBMISSION) {
        row->messages++;
        row->recipients += e->recipients;
    } else if (e->type == EVENT_FIREWALL) {
        row->messages += e->count;
    }
}

/* A ledger_sink. */
static uint32_t take(void *ctx, const struct event *e)
{
    struct run *run = ctx;
    struct verdict v;

    assert(e->subject.kind < SUBJECT_KINDS);
    assert(e->subject.hash == subject_make(e->subject.kind, e->subject.name).hash);
    v = rehearsal_event(run->rehearsal, e);
    assert_verdict(run, &v);
    tally_event(&run->tally, e, &v, false);
    run->digest = hash_u64(run->digest + v.fuse) + v.stage + (uint64_t)llround(v.score * 1000);
    if (v.fuse != UINT32_MAX)
        expect(&run->rows[v.fuse], e, &v);
    return v.fuse + 1;
}

static void assert_rows(const struct run *run)
{
    uint32_t notes = 0;

    for (uint32_t i = 0; i < detect_count(run->detect) && i < run->tally.rows.n; i++) {
        const struct row *row = tally_row(&run->tally, i);
        const struct expected *want = &run->rows[i];
        uint64_t messages = 0;

        assert(row->messages == want->messages && row->recipients == want->recipients);
        assert(row->sent + row->deferred + row->bounced == want->results);
        for (int b = 0; row->bars != NULL && b < BARS; b++)
            messages += row->bars->bar[b].messages;
        assert(row->bars == NULL || messages == row->messages);
        notes += row->notes != NULL;
    }
    assert(run->tally.notes_n == notes);
}

static void assert_holds(const struct rehearsal *r)
{
    const struct rehearsed_hold *holds;
    size_t n;

    holds = rehearsal_holds(r, &n);
    for (size_t i = 0; i < n; i++)
        assert(holds[i].messages > 0 && holds[i].fuse < FUZZ_FUSES && holds[i].longest_ms >= 0);
}

static void note_queued(void *ctx, struct slice host, struct slice queue_id, struct wall queued)
{
    (void)host;
    (void)queued;
    assert(queue_id.n > 0 && queue_id.n <= QUEUE_ID_MAX);
    ++*(uint32_t *)ctx;
}

static void assert_ledger(struct ledger *l)
{
    struct totals *t = &l->totals;
    uint32_t queued = 0, linked = 0;

    assert(l->messages.live <= FUZZ_MESSAGES && l->messages.live == l->messages.by_id.count);
    for (uint32_t i = l->messages.oldest; i != MESSAGE_NONE; i = l->messages.all[i].newer)
        linked++;
    assert(linked == l->messages.live);
    assert(l->owners_n <= FUZZ_SUBJECTS && l->hosts_n <= HOSTS_MAX);
    for (uint32_t i = 0; i < l->owners_n; i++)
        ledger_each_queued(l, &l->owners[i], note_queued, &queued);
    assert(queued <= l->messages.live);
    assert(t->deferred <= t->deferrals);
    assert(distinct_count(&t->recipients) <= t->delivered);
}

static void feed(struct ledger *l, struct slice rest)
{
    struct stamp_clock clock = { .newest = { 1795316645000 } };
    struct logline line;
    struct record record;
    struct slice text;

    while (rest.n > 0) {
        if (!slice_cut(&rest, '\n', &text)) {
            text = rest;
            rest.n = 0;
        }
        if (logline_parse(&clock, text, &line) == LOGLINE_OK && understand(&line, &record))
            ledger_line(l, &line, &record, clock.offset_s);
    }
}

static uint64_t digest_of(struct slice log)
{
    struct run run = {
        .rehearsal = rehearsal_new(
            &(struct detect_options){ .max_fuses = FUZZ_FUSES, .hold_score = 4, .lock_score = 6 }),
    };
    struct ledger *l = ledger_new(&(struct ledger_options){ .max_messages = FUZZ_MESSAGES,
                                                            .max_subjects = FUZZ_SUBJECTS,
                                                            .sink = take,
                                                            .sink_ctx = &run });

    run.detect = rehearsal_detect(run.rehearsal);
    feed(l, log);
    assert_ledger(l);
    assert_rows(&run);
    assert_holds(run.rehearsal);
    tally_done(&run.tally);
    ledger_free(l);
    rehearsal_free(run.rehearsal);
    return run.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice log = { (const char *)data, size };
    uint64_t first = digest_of(log);

    assert(digest_of(log) == first);
    return 0;
}
