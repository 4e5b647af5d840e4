#include "report/build.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_adds_up),
        cmocka_unit_test(no_evidence_no_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
