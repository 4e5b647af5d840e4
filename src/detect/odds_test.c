#include "detect/odds.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

/* Worked out with the logarithm of the gamma function of another library (Python's math.lgamma). */
static const struct odds_case {
    double k, n;
    struct belief a, b;
    double want;
} odds_cases[] = {
    { 0, 0, { 1, 4.5 }, { 1, 99 }, 0 },
    { 1, 1, { 1, 4.5 }, { 1, 99 }, 2.900422094 },
    { 0, 1, { 1, 4.5 }, { 1, 99 }, -0.190620360 },
    { 3, 10, { 1, 4.5 }, { 0.4, 39.6 }, 4.434005964 },
    { 0, 100, { 1, 4.5 }, { 0.4, 39.6 }, -2.638955872 },
    { 20, 100, { 0.8, 8 }, { 0.32, 39.68 }, 6.271089412 },
    { 2.5, 7.5, { 1, 4.5 }, { 0.4, 39.6 }, 4.206598427 },
    { 10, 10, { 6, 1 }, { 2, 4 }, 4.628642542 },
    { 5, 5, { 1, 1 }, { 1, 1 }, 0 },
    { 1, 2, { 0.01, 0.01 }, { 1, 1 }, -3.526360525 },
    { 0, 1e9, { 1, 4.5 }, { 0.4, 39.6 }, -12.398380253 },
    { 1e9, 1e9, { 1, 4.5 }, { 0.4, 39.6 }, 625.509361293 },
    { 5e8, 1e9, { 6, 1 }, { 2, 4 }, -1.897118535 },
};

static void worked_out_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(odds_cases); i++) {
        const struct odds_case *c = &odds_cases[i];
        double got = odds_log(c->k, c->n, c->a, c->b), back = odds_log(c->k, c->n, c->b, c->a);
        double tolerance = c->n > 1e6 ? 1e-4 : 1e-7;

        if (!(fabs(got - c->want) <= tolerance) || !(fabs(got + back) <= tolerance))
            fail_msg("%g of %g: got %.9f, backwards %.9f, want %.9f", c->k, c->n, got, back,
                     c->want);
    }
}

static const struct belief abuse = { 1, 4.5 }, honest = { 0.4, 39.6 };

/* Each hit more, of as many, speaks more for the belief in more hits; each miss less. */
static void they_grow_with_the_hits(void **state)
{
    (void)state;
    for (int n = 1; n <= 1000; n = n * 3 / 2 + 1)
        for (int k = 0; k < n; k++) {
            assert_true(odds_log(k + 1, n, abuse, honest) > odds_log(k, n, abuse, honest));
            assert_true(odds_log(k, n, abuse, honest) < odds_log(k, n - 1, abuse, honest) ||
                        k == n);
        }
}

/* Of all the ways in which n recipients can go, each belief makes one certain. */
static void likelihoods_add_up_to_one(void **state)
{
    (void)state;
    for (int n = 1; n < 60; n++) {
        double sum = 0;
        struct belief flat = { 1, 1 }; /* each number of hits is as likely: 1 / (n + 1) */

        for (int k = 0; k <= n; k++)
            sum += exp(odds_log(k, n, abuse, flat)) / (n + 1);
        if (fabs(sum - 1) > 1e-9)
            fail_msg("n = %d: got a sum of %.12f", n, sum);
    }
}

static void any_counts_give_a_number(void **state)
{
    static const double counts[] = { 0, 1e-9, 0.5, 1, 7, 1e3, 1e9, 1e15, 4e18 };
    static const struct belief beliefs[] = { { 1, 4.5 }, { 1e-6, 1 }, { 1, 1e-6 }, { 1e6, 1e9 } };

    (void)state;
    for (size_t k = 0; k < COUNT(counts); k++)
        for (size_t n = k; n < COUNT(counts); n++)
            for (size_t a = 0; a < COUNT(beliefs); a++)
                for (size_t b = 0; b < COUNT(beliefs); b++)
                    assert_true(isfinite(odds_log(counts[k], counts[n], beliefs[a], beliefs[b])));
    /* more hits than trials, as faded counts may have by rounding */
    assert_true(isfinite(odds_log(1.0000001, 1, abuse, honest)));
}

static void beliefs_have_their_mean(void **state)
{
    struct belief b = belief_make(0.25, 40);

    (void)state;
    assert_true(b.hits == 10 && b.misses == 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_out_by_hand),        cmocka_unit_test(they_grow_with_the_hits),
        cmocka_unit_test(likelihoods_add_up_to_one), cmocka_unit_test(any_counts_give_a_number),
        cmocka_unit_test(beliefs_have_their_mean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
