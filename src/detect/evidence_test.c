#include "detect/evidence.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct wall noon = { 12 * HOUR_MS };

static void names_and_caps(void **state)
{
    (void)state;
    for (unsigned s = 0; s < SIGNALS; s++) {
        assert_non_null(signal_name((enum signal)s));
        assert_true(signal_floor((enum signal)s) <= 0 && signal_cap((enum signal)s) >= 0);
        assert_true(signal_floor((enum signal)s) < signal_cap((enum signal)s));
        for (unsigned other = 0; other < s; other++)
            assert_string_not_equal(signal_name((enum signal)s), signal_name((enum signal)other));
    }
}

static const struct weight_case {
    const char *name;
    double before, weight, want; /* in caps of the signal; below zero in floors */
} weight_cases[] = {
    { "set", 0, 0.5, 0.5 },
    { "set again", 0.9, 0.5, 0.5 },
    { "set to nothing", 0.9, 0, 0 },
    { "set to the cap", 0, 1, 1 },
    { "set above it", 0, 7, 1 },
    { "set to infinity", 0, INFINITY, 1 },
    { "set below zero", 0.5, -0.5, -0.5 },
    { "set below the floor", 0.5, -7, -1 },
    { "set to minus infinity", 0.5, -INFINITY, -1 },
};

static double in_bounds(double x, enum signal s)
{
    double bound = (double)(x > 0 ? signal_cap(s) : -signal_floor(s));

    return x == 0 || bound == 0 ? 0 : x * bound; /* no infinity times nothing */
}

static void weights_stay_within_cap_and_floor(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(weight_cases); i++)
        for (unsigned s = 0; s < SIGNALS; s++) {
            const struct weight_case *c = &weight_cases[i];
            double want = in_bounds(c->want, (enum signal)s);
            struct evidence e = { .weight = (float)in_bounds(c->before, (enum signal)s) };

            evidence_set(&e, (enum signal)s,
                         c->weight < 0 && want == 0 ? c->weight
                                                    : in_bounds(c->weight, (enum signal)s),
                         3, 1, noon);
            if (fabs((double)e.weight - want) > 0.001 || evidence_at(&e).ms != noon.ms)
                fail_msg("%s, %s: got %f, want %f", signal_name((enum signal)s), c->name,
                         (double)e.weight, want);
            assert_true(e.observed == 3 && e.expected == 1);
        }
}

static void evidence_fades_towards_nothing(void **state)
{
    struct evidence all[SIGNALS] = { 0 };
    double after;

    (void)state;
    for (unsigned s = 0; s < SIGNALS; s++)
        evidence_set(&all[s], (enum signal)s, signal_floor((enum signal)s) < 0 ? -1 : 1, 0, 0,
                     noon);
    evidence_fade(all, 0);
    for (unsigned s = 0; s < SIGNALS; s++)
        assert_true(fabsf(all[s].weight) == 1);
    for (int hour = 0; hour < 100; hour++) {
        after = fabs((double)all[SIGNAL_WAY_IN].weight);
        evidence_fade(all, 1);
        assert_true(fabs((double)all[SIGNAL_WAY_IN].weight) < after);
    }
    evidence_fade(all, 1e9); /* a year-long gap, and more */
    assert_true(fabs(evidence_score(all)) < 1e-6);
}

/* In one step or in many, it is the same. */
static void fading_does_not_depend_on_the_steps(void **state)
{
    struct evidence once[SIGNALS] = { 0 }, often[SIGNALS] = { 0 };

    (void)state;
    for (unsigned s = 0; s < SIGNALS; s++) {
        evidence_set(&once[s], (enum signal)s, 1, 0, 0, noon);
        often[s] = once[s];
    }
    evidence_fade(once, 24);
    for (int hour = 0; hour < 24; hour++)
        evidence_fade(often, 1);
    for (unsigned s = 0; s < SIGNALS; s++)
        assert_true(fabsf(once[s].weight - often[s].weight) < 0.0001F);
}

static void the_score_is_the_sum(void **state)
{
    struct evidence all[SIGNALS] = { 0 };

    (void)state;
    assert_true(evidence_score(all) == 0);
    evidence_set(&all[SIGNAL_WAY_IN], SIGNAL_WAY_IN, 1.5, 0, 0, noon);
    evidence_set(&all[SIGNAL_KNOWN_NETWORK], SIGNAL_KNOWN_NETWORK, -1, 0, 0, noon);
    evidence_set(&all[SIGNAL_STRANGERS], SIGNAL_STRANGERS, 0.5, 0, 0, noon);
    assert_true(evidence_score(all) == 1.0);
}

/* One sentence for each signal, whatever the figures: no format runs wild. */
static void words_for_all(void **state)
{
    static const float figures[] = { 0, 0.4F, 1, 37, 4e9F, FLT_MAX, -1, NAN, INFINITY };

    (void)state;
    for (unsigned s = 0; s < SIGNALS; s++)
        for (size_t i = 0; i < COUNT(figures); i++) {
            struct evidence e = { .observed = figures[i], .expected = figures[i] };
            struct buf words = buf_make(400);

            evidence_words(&words, (enum signal)s, &e);
            assert_in_range(words.n, 20, 400);
            assert_false(words.full);
            assert_null(memchr(words.p, '\n', words.n));
            buf_done(&words);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_caps),
        cmocka_unit_test(weights_stay_within_cap_and_floor),
        cmocka_unit_test(evidence_fades_towards_nothing),
        cmocka_unit_test(fading_does_not_depend_on_the_steps),
        cmocka_unit_test(the_score_is_the_sum),
        cmocka_unit_test(words_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
