#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/metrics_text.h"

#include "base/ban.h"

static const struct sample_case {
    const char *label;
    struct slice of;
    double value;
    const char *want;
} sample_cases[] = {
    { NULL, SLICE_INIT(""), 0, "a_total 0\n" },
    { NULL, SLICE_INIT(""), -3, "a_total -3\n" },
    { NULL, SLICE_INIT(""), 9007199254740991.0, "a_total 9007199254740991\n" },
    { NULL, SLICE_INIT(""), 1763847600.125, "a_total 1763847600.125\n" },
    { NULL, SLICE_INIT(""), 0.5, "a_total 0.5\n" },
    { NULL, SLICE_INIT(""), 1e300, "a_total 1e+300\n" },
    { NULL, SLICE_INIT(""), NAN, "a_total NaN\n" },
    { NULL, SLICE_INIT(""), INFINITY, "a_total +Inf\n" },
    { NULL, SLICE_INIT(""), -INFINITY, "a_total -Inf\n" },
    { "state", SLICE_INIT("hold"), 1, "a_total{state=\"hold\"} 1\n" },
    { "state", SLICE_INIT(""), 1, "a_total{state=\"\"} 1\n" },
    { "log", SLICE_INIT("a\"b\\c\nd}"), 1, "a_total{log=\"a\\\"b\\\\c\\nd}\"} 1\n" },
    { "log", SLICE_INIT("\xff\xc3\xa4"), 1, "a_total{log=\"\xef\xbf\xbd\xc3\xa4\"} 1\n" },
};

static void samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sample_cases); i++) {
        const struct sample_case *c = &sample_cases[i];
        struct buf got = buf_make(1000);

        metrics_text_sample(&got, "a_total", c->label, c->of, c->value);
        if (!slice_eq(buf_slice(&got), slice_of(c->want)))
            fail_msg("got '%.*s', want '%s'", SLICE_ARG(buf_slice(&got)), c->want);
        buf_done(&got);
    }
}

static void families(void **state)
{
    struct buf got = buf_make(1000);

    (void)state;
    metrics_text_family(&got, "a_total", "counter", "All \"a\", in \\ lines\nof text.");
    assert_true(
        slice_eq(buf_slice(&got), SLICE("# HELP a_total All \"a\", in \\\\ lines\\nof text.\n"
                                        "# TYPE a_total counter\n")));
    buf_done(&got);
}

static void histograms_add_up(void **state)
{
    struct latency l = { 0 };
    struct buf got = buf_make(10000);

    (void)state;
    latency_add(&l, 10000);
    latency_add(&l, 30000);
    latency_add(&l, 2000000000);
    metrics_text_histogram(&got, "a_seconds", &l);
    buf_add_char(&got, '\0');
    assert_non_null(strstr(got.p, "a_seconds_bucket{le=\"1e-05\"} 1\n"
                                  "a_seconds_bucket{le=\"2.5e-05\"} 1\n"
                                  "a_seconds_bucket{le=\"5e-05\"} 2\n"));
    assert_non_null(strstr(got.p, "a_seconds_bucket{le=\"1\"} 2\n"
                                  "a_seconds_bucket{le=\"+Inf\"} 3\n"
                                  "a_seconds_sum 2.000040000\n"
                                  "a_seconds_count 3\n"));
    buf_done(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples),
        cmocka_unit_test(families),
        cmocka_unit_test(histograms_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
