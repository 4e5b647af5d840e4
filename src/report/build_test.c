#include "report/build.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct wall noon = { 12 * HOUR_MS };

/* What is too small for a line of its own is in one together; the heaviest stands first. */
static void evidence_adds_up(void **state)
{
    static const struct {
        enum signal signal;
        double weight;
    } pieces[] = {
        { SIGNAL_STRANGERS, 1.2 },      { SIGNAL_ODD_HOUR, 0.04 },
        { SIGNAL_KNOWN_NETWORK, -0.8 }, { SIGNAL_UNKNOWN_RECIPIENTS, 6.3 },
        { SIGNAL_NEW_SENDER, 0.09 },    { SIGNAL_REFUSED_AS_SPAM, -0.05 },
    };
    static const char *const wanted[] = { "unknown-recipients", "strangers", "others",
                                          "known-network" };
    struct incident incident = { .since = noon };
    struct report r = { 0 };
    struct report_fuse f = { 0 };
    double sum = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i++)
        evidence_set(&incident.at_peak[pieces[i].signal], pieces[i].signal, pieces[i].weight, 3,
                     0.02, noon);
    report_build_evidence(&r, &incident, &f);
    assert_int_equal(f.evidence_n, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        if (!slice_eq(f.evidence[i].signal, slice_of(wanted[i])))
            fail_msg("%zu: got %.*s, want %s", i, SLICE_ARG(f.evidence[i].signal), wanted[i]);
        sum += f.evidence[i].weight;
    }
    assert_true(fabs(sum - evidence_score(incident.at_peak)) < 1e-6);
    assert_true(slice_eq(f.evidence[2].words, SLICE("3 smaller findings")));
    assert_true(slice_eq(f.evidence[0].history, SLICE("common")));
    assert_true(
        slice_eq(f.reason, SLICE("3 recipients within a day that do not exist; 3 recipients "
                                 "within a day to whom nobody here ever wrote")));
    report_done(&r);
}

static void no_evidence_no_reason(void **state)
{
    struct incident incident = { .since = noon };
    struct report r = { 0 };
    struct report_fuse f = { 0 };

    (void)state;
    report_build_evidence(&r, &incident, &f);
    assert_int_equal(f.evidence_n, 0);
    assert_int_equal(f.reason.n, 0);
    report_done(&r);
}

/* A server on which three messages an hour are allowed. */
struct limited {
    struct rehearsal *rehearsal;
    struct ledger *ledger;
    struct tally tally;
    bool lock_at_limit;
    int sent;
};

/* A detect_ask_policy. */
static void three_an_hour(void *ctx, const struct subject *subject, struct wall at,
                          int32_t utc_offset_s, struct detect_policy *out)
{
    const struct limited *l = ctx;

    (void)subject, (void)at, (void)utc_offset_s;
    out->messages_hour = 3;
    out->lock_at_limit = l->lock_at_limit;
}

static uint32_t no_sink(void *ctx, const struct event *e)
{
    (void)ctx, (void)e;
    return 0;
}

static void limited_init(struct limited *l, bool lock_at_limit)
{
    const struct detect_options detect = { .policy = three_an_hour, .policy_ctx = l };
    const struct ledger_options ledger = { .sink = no_sink };

    *l = (struct limited){ .lock_at_limit = lock_at_limit };
    l->rehearsal = rehearsal_new(&detect);
    l->ledger = ledger_new(&ledger);
}

static void limited_done(struct limited *l)
{
    tally_done(&l->tally);
    ledger_free(l->ledger);
    rehearsal_free(l->rehearsal);
}

/* `n` messages to four recipients each, ten seconds apart. */
static void submit(struct limited *l, int64_t from_ms, int n)
{
    char queue_id[16];

    for (int i = 0; i < n; i++) {
        struct event e = { .type = EVENT_SUBMISSION, .recipients = 4, .count = 1 };
        struct verdict v;

        snprintf(queue_id, sizeof queue_id, "Q%d", l->sent++);
        e.subject = subject_make(SUBJECT_ACCOUNT, SLICE("alice@example.test"));
        e.sender = SLICE("alice@example.test");
        e.queue_id = slice_of(queue_id);
        e.at = e.queued = (struct wall){ from_ms + i * 10 * SECOND_MS };
        v = rehearsal_event(l->rehearsal, &e);
        tally_event(&l->tally, &e, &v, false);
    }
}

static struct report report_of(const struct limited *l)
{
    const struct build build = { .detect = rehearsal_detect(l->rehearsal),
                                 .rehearsal = l->rehearsal,
                                 .ledger = l->ledger,
                                 .tally = &l->tally };
    struct report r = { 0 };

    report_build(&r, &build);
    return r;
}

static const int64_t morning = INT64_C(20000) * DAY_MS + 9 * HOUR_MS;

/* Three got out, two more as canaries; the other five are held when the log ends. */
static void a_hold_that_goes_on(void **state)
{
    struct limited l;
    struct report r;

    (void)state;
    limited_init(&l, false);
    submit(&l, morning, 10);
    r = report_of(&l);
    assert_int_equal(r.fuses_n, 0);
    assert_int_equal(r.watch_n, 1);
    assert_false(r.watch[0].tripped);
    assert_int_equal(r.watch[0].messages_before + r.watch[0].messages_after, 10);
    assert_in_range(r.watch[0].messages_before, 3, 6); /* as many as the first allowance is */
    assert_int_equal(r.watch[0].recipients_after, 4 * r.watch[0].messages_after);
    assert_int_equal(r.holds_n, 0);
    assert_int_equal(r.delays.all, 10);
    report_done(&r);
    limited_done(&l);
}

/* In the next hour nothing is above the limit: all leaves, late. */
static void a_hold_that_ends_by_itself(void **state)
{
    struct limited l;
    struct report r;

    (void)state;
    limited_init(&l, false);
    submit(&l, morning, 10);
    submit(&l, morning + 3 * HOUR_MS, 1);
    submit(&l, morning + 4 * HOUR_MS, 1);
    r = report_of(&l);
    assert_int_equal(r.fuses_n, 0);
    assert_int_equal(r.holds_n, 1);
    assert_true(r.holds[0].messages >= 4 && r.holds[0].messages <= 8);
    assert_int_equal(r.holds[0].recipients, 4 * r.holds[0].messages);
    assert_int_equal(r.delays.messages, r.holds[0].messages);
    assert_int_equal(r.delays.all, 12);
    assert_true(r.delays.longest_ms > HOUR_MS);
    for (size_t i = 0; i < r.watch_n; i++)
        assert_int_equal(r.watch[i].messages_after, 0);
    report_done(&r);
    limited_done(&l);
}

/* What was sent after the lock is stopped. */
static void a_lock_without_a_hold(void **state)
{
    struct limited l;
    struct report r;

    (void)state;
    limited_init(&l, true);
    submit(&l, morning, 10);
    r = report_of(&l);
    assert_int_equal(r.fuses_n, 1);
    assert_true(r.fuses[0].tripped);
    assert_int_equal(r.fuses[0].messages_before, 3);
    assert_int_equal(r.fuses[0].recipients_before, 12);
    assert_int_equal(r.fuses[0].messages_after, 7);
    assert_int_equal(r.fuses[0].recipients_after, 28);
    assert_int_equal(r.fuses[0].messages_canaries, 0);
    assert_int_equal(r.fuses[0].held_from.ms, morning + 30 * SECOND_MS);
    assert_int_equal(r.fuses[0].locked.ms, r.fuses[0].held_from.ms);
    assert_int_equal(r.delays.all, 0); /* nobody else */
    report_done(&r);
    limited_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_adds_up),      cmocka_unit_test(no_evidence_no_reason),
        cmocka_unit_test(a_hold_that_goes_on),   cmocka_unit_test(a_hold_that_ends_by_itself),
        cmocka_unit_test(a_lock_without_a_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
