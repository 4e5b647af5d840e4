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
        assert_true(signal_cap((enum signal)s) > 0);
        for (unsigned other = 0; other < s; other++)
            assert_string_not_equal(signal_name((enum signal)s), signal_name((enum signal)other));
    }
}

/* What is set or added stays within the cap; what is added does not go below zero. */
static const struct weight_case {
    const char *name;
    bool add;
    double before, weight, want; /* in caps of the signal */
} weight_cases[] = {
    { "set", false, 0, 0.5, 0.5 },
    { "set again", false, 0.9, 0.5, 0.5 },
    { "set above the cap", false, 0, 7, 1 },
    { "set below it", false, 0, -7, -1 },
    { "set to infinity", false, 0, INFINITY, 1 },
    { "add", true, 0.25, 0.5, 0.75 },
    { "add up to the cap", true, 0.75, 0.5, 1 },
    { "add a negative weight", true, 0.75, -0.5, 0.25 },
    { "not below zero", true, 0.25, -0.5, 0 },
    { "from a negative weight", true, -1, 0.5, 0 },
    { "add infinity", true, 0.5, INFINITY, 1 },
};

static void weights_stay_within_the_cap(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(weight_cases); i++)
        for (unsigned s = 0; s < SIGNALS; s++) {
            const struct weight_case *c = &weight_cases[i];
            double cap = (double)signal_cap((enum signal)s);
            struct evidence e = { .weight = (float)(c->before * cap) };

            if (c->add)
                evidence_add(&e, (enum signal)s, c->weight * cap, noon);
            else
                evidence_set(&e, (enum signal)s, c->weight * cap, 3, 1, noon);
            if (fabs((double)e.weight - c->want * cap) > 0.001 || e.at.ms != noon.ms)
                fail_msg("%s, %s: got %f, want %f", signal_name((enum signal)s), c->name,
                         (double)e.weight, c->want * cap);
        }
}

static void evidence_fades_towards_nothing(void **state)
{
    struct evidence all[SIGNALS] = { 0 };
    double before, after;

    (void)state;
    for (unsigned s = 0; s < SIGNALS; s++)
        evidence_set(&all[s], (enum signal)s, s % 2 == 0 ? 1 : -1, 0, 0, noon);
    before = (double)all[SIGNAL_VOLUME].weight;
    evidence_fade(all, 0);
    assert_true((double)all[SIGNAL_VOLUME].weight >= before);
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
    evidence_set(&all[SIGNAL_WAY_IN], SIGNAL_WAY_IN, 2.5, 0, 0, noon);
    evidence_set(&all[SIGNAL_KNOWN_NETWORK], SIGNAL_KNOWN_NETWORK, -1, 0, 0, noon);
    evidence_add(&all[SIGNAL_STRANGERS], SIGNAL_STRANGERS, 0.5, noon);
    assert_true(evidence_score(all) == 2.0);
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
        cmocka_unit_test(weights_stay_within_the_cap),
        cmocka_unit_test(evidence_fades_towards_nothing),
        cmocka_unit_test(fading_does_not_depend_on_the_steps),
        cmocka_unit_test(the_score_is_the_sum),
        cmocka_unit_test(words_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
