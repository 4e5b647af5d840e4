/* odds.h - how much likelier a count is under one belief about its rate than under another.
 * A belief is a beta distribution: `hits` of `hits + misses` trials that were as good as seen. The
 * likelihood of k of n trials under it is the beta-binomial distribution (Johnson, Kemp, Kotz,
 * Univariate Discrete Distributions, 6.2.2). Unlike a fixed rate it forgives the honest account
 * whose list is worse than most, and needs no exact figure for the dishonest one. */
#ifndef DETECT_ODDS_H
#define DETECT_ODDS_H

struct belief {
    double hits, misses; /* both above 0 */
};

/* A belief of that mean (0 < mean < 1) that weighs as much as `trials`. */
static inline struct belief belief_make(double mean, double trials)
{
    return (struct belief){ mean * trials, (1 - mean) * trials };
}

/* The natural logarithm of P(k of n | a) / P(k of n | b); k and n - k are not negative and need not
 * be whole. */
double odds_log(double k, double n, struct belief a, struct belief b);

#endif
