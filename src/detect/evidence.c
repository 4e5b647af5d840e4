#include "detect/evidence.h"

#include <math.h>

#include "base/ban.h"

static const struct {
    const char *name;
    float floor, cap; /* log-odds */
    float half_life;  /* hours */
} signals[SIGNALS] = {
    [SIGNAL_NEW_NETWORK] = { "new-network", 0, 3, 18 },
    [SIGNAL_NEW_COUNTRY] = { "new-country", 0, 2, 18 },
    [SIGNAL_MANY_NETWORKS] = { "many-networks", 0, 7, 12 },
    [SIGNAL_KNOWN_NETWORK] = { "known-network", -3, 0, 6 },
    [SIGNAL_NEW_SOFTWARE] = { "new-software", 0, 2, 18 },
    [SIGNAL_WAY_IN] = { "way-in", 0, 2, 48 },
    [SIGNAL_ABUSED_NETWORK] = { "abused-network", 0, 3, 48 },
    [SIGNAL_VOLUME] = { "volume", 0, 4.5F, 6 },
    [SIGNAL_RUN] = { "run-from-new-network", 0, 3, 12 },
    [SIGNAL_ADDRESS_BOOK] = { "address-book", 0, 3.5F, 12 },
    [SIGNAL_STRANGERS] = { "strangers", -1, 2.5F, 24 },
    [SIGNAL_UNKNOWN_RECIPIENTS] = { "unknown-recipients", -2, 9, 24 },
    [SIGNAL_REFUSED_AS_SPAM] = { "refused-as-spam", -2, 9, 24 },
    [SIGNAL_NEW_SENDER] = { "new-sender", 0, 4, 24 },
    [SIGNAL_ODD_HOUR] = { "odd-hour", 0, 3, 12 },
    [SIGNAL_DESTINATIONS] = { "destinations", 0, 12, 12 },
    [SIGNAL_LIMIT] = { "limit", 0, 32, 24 },
    [SIGNAL_COMPLAINTS] = { "complaints", 0, 3, 48 },
    [SIGNAL_BLOCKED] = { "provider-blocked", 0, 2.5F, 48 },
    [SIGNAL_CIRCULAR] = { "circular", 0, 5, 12 },
};

const char *signal_name(enum signal s)
{
    return signals[s].name;
}

float signal_cap(enum signal s)
{
    return signals[s].cap;
}

float signal_floor(enum signal s)
{
    return signals[s].floor;
}

void evidence_set(struct evidence *e, enum signal s, double weight, double observed,
                  double expected, struct wall at)
{
    *e = (struct evidence){ .weight = (float)fmax((double)signals[s].floor,
                                                  fmin((double)signals[s].cap, weight)),
                            .observed = (float)observed,
                            .expected = (float)expected,
                            .second = (uint32_t)(at.ms / SECOND_MS) };
}

void evidence_fade(struct evidence *all, double hours)
{
    for (int s = 0; s < SIGNALS; s++)
        if (all[s].weight != 0)
            all[s].weight *= (float)exp2(-hours / (double)signals[s].half_life);
}

double evidence_score(const struct evidence *all)
{
    double sum = 0;

    for (int s = 0; s < SIGNALS; s++)
        sum += (double)all[s].weight;
    return sum;
}
