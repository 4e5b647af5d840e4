/* early.c - the figures of what others say of us: complaints of providers, DNS lists. */
#include "run/figures/now.h"
#include "run/json.h"

#include "base/ban.h"

const char *figures_report_type(size_t i)
{
    return arf_type_name((enum arf_type)i);
}

const char *figures_report(size_t i)
{
    static const char *const names[COUNTS_REPORTS] = { "counted", "weightless", "noted", "again",
                                                       "refused" };

    return names[i];
}

const char *figures_list(size_t i)
{
    static const char *const names[FIGURES_LISTS] = { "alive", "aside" };

    return names[i];
}

void figures_now_early(const struct daemon *d, struct figures_now *now)
{
    struct dnsbl_watch_figures lists = dnsbl_watch_figures(d);

    for (size_t i = 0; i < ARF_TYPES; i++)
        now->report_types[i] = (double)d->counts.report_types[i];
    for (size_t i = 0; i < COUNTS_REPORTS; i++)
        now->reports[i] = (double)d->counts.reports[i];
    now->dnsbl_lists[0] = lists.alive;
    now->dnsbl_lists[1] = lists.aside;
    now->dnsbl_asked = lists.asked;
    now->dnsbl_looked = (double)dnsbl_watch_last(d).ms / 1000;
    now->dnsbl_trouble = lists.trouble;
}

/* The lists of the settings. */
void figures_write_listings(const struct daemon *d, const struct figures_writer *to)
{
    static const struct figure listings = { "mailfuse_dnsbl_listings", FIGURE_GAUGE, "list",
                                            "Addresses and domains of ours on the DNS list." };
    const json_t *by_list = dnsbl_watch_figures(d).by_list;
    const char *zone;
    json_t *n;

    to->family(to->ctx, &listings);
    json_object_foreach((json_t *)(uintptr_t)by_list, zone, n)
    {
        to->value(to->ctx, &listings, slice_of(zone), (double)json_integer_value(n));
    }
}
