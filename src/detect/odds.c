#include "detect/odds.h"

#include <math.h>

#include "base/ban.h"

/* The logarithm of the gamma function of x > 0 without the last step: Stirling's series after
 * shifting x above 7 (Abramowitz and Stegun 6.1.41), exact to 1e-9. What was shifted is multiplied
 * into `shift`: its logarithm is still to be subtracted, once for several. */
static double log_gamma(double x, double *shift)
{
    double inverse;

    while (x < 7) {
        *shift *= x;
        x += 1;
    }
    inverse = 1 / (x * x);
    return (x - 0.5) * log(x) - x +
           (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - inverse / 1680) * inverse) * inverse) / x;
}

/* log B(x, y), without the constant that falls out of a quotient of two of them. */
static double log_beta(double x, double y)
{
    double above = 1, below = 1;
    double sum = log_gamma(x, &above) + log_gamma(y, &above) - log_gamma(x + y, &below);

    return sum - log(above / below);
}

double odds_log(double k, double n, struct belief a, struct belief b)
{
    double misses = fmax(0, n - k);

    if (n <= 0)
        return 0;
    return log_beta(a.hits + k, a.misses + misses) - log_beta(a.hits, a.misses) -
           log_beta(b.hits + k, b.misses + misses) + log_beta(b.hits, b.misses);
}
