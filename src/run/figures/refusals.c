/* refusals.c - what becomes of our mail at each provider of the table. Others are one
 * value: strangers choose their names. */
#include "run/figures/now.h"
#include "run/refusal_private.h"

#include "base/ban.h"

enum { FAMILIES = 5 };

static double value_of(const struct refusals *state, uint32_t row, size_t family)
{
    struct refusals_count all;

    refusals_total(state, row, &all);
    switch (family) {
    case 1:
        return all.accepted;
    case 2:
        return all.deferred;
    case 3:
        return all.refused;
    case 4:
        return all.reputation;
    default:
        return refusals_block(state, row)->since.ms != 0;
    }
}

void figures_write_refusals(const struct daemon *d, const struct figures_writer *to)
{
    static const struct figure families[FAMILIES] = {
        { "mailfuse_provider_blocked", FIGURE_GAUGE, "provider",
          "1 while the provider refuses mail of ours for its reputation." },
        { "mailfuse_provider_accepted_total", FIGURE_COUNTER, "provider",
          "Results of deliveries to it: accepted." },
        { "mailfuse_provider_deferred_total", FIGURE_COUNTER, "provider", "The same: deferred." },
        { "mailfuse_provider_refused_total", FIGURE_COUNTER, "provider",
          "The same: refused for good." },
        { "mailfuse_provider_reputation_total", FIGURE_COUNTER, "provider",
          "Of the last two, those for the reputation of our address or domain." },
    };
    const struct refusals *state = d->refusal_watch->state;

    for (size_t k = 0; k < FAMILIES; k++) {
        to->family(to->ctx, &families[k]);
        for (uint32_t row = 0; refusals_name(state, row) != NULL; row++)
            if (refusals_is_known(state, row))
                to->value(to->ctx, &families[k], slice_of(refusals_name(state, row)),
                          value_of(state, row, k));
    }
}
