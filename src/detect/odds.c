#include "detect/odds.h"

#include <math.h>

#include "base/ban.h"

/* The logarithm of the gamma function of x > 0: Stirling's series after shifting x above 7
 * (Abramowitz and Stegun 6.1.41); exact to 1e-9, and without lgamma's global `signgam`. */
static double log_gamma(double x)
{
    double shift = 1, inverse;

    while (x < 7) {
        shift *= x;
        x += 1;
    }
    inverse = 1 / (x * x);
    return (x - 0.5) * log(x) - x + 0.91893853320467274 - log(shift) +
           (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - inverse / 1680) * inverse) * inverse) / x;
}

static double log_beta(double a, double b)
{
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b);
}

double odds_log(double k, double n, struct belief a, struct belief b)
{
    double misses = fmax(0, n - k);

    return log_beta(a.hits + k, a.misses + misses) - log_beta(a.hits, a.misses) -
           log_beta(b.hits + k, b.misses + misses) + log_beta(b.hits, b.misses);
}
