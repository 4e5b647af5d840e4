/* source.c - from which address of this machine alerts go by mail (source-addresses): the
 * first that no DNS list has; the listed ones when those fail; at last whatever the system takes,
 * so that an alert does not wait for an address that this machine has lost. */
#include "mail/reply.h"
#include "run/alerts/private.h"

#include "base/ban.h"

enum { FAILED_MS = 10 * MINUTE_MS, CODE = 3 };

static bool is_listed(const struct daemon *d, const char *address)
{
    json_t *listings = dnsbl_watch_listings(d, slice_of(address));
    bool listed = json_array_size(listings) > 0;

    json_decref(listings);
    return listed;
}

static bool failed_lately(const struct alerts *a, uint32_t place)
{
    int64_t age = a->d->now.ms - a->source_failed[place].ms;

    return a->source_failed[place].ms != 0 && age >= 0 && age < FAILED_MS;
}

static bool is_clean(const struct alerts *a, uint32_t place)
{
    const struct conf_alerts *conf = &a->d->conf->daemon.alerts;

    return place < conf->sources_n && !is_listed(a->d, conf->sources[place]);
}

uint32_t alerts_source(const struct alerts *a)
{
    uint32_t any = a->d->conf->daemon.alerts.sources_n, oldest = any;

    for (uint32_t i = 0; i < any; i++)
        if (!failed_lately(a, i) && is_clean(a, i))
            return i;
    for (uint32_t i = 0; i <= any; i++)
        if (!failed_lately(a, i))
            return i;
    for (uint32_t i = 0; i < any; i++)
        if (a->source_failed[i].ms < a->source_failed[oldest].ms)
            oldest = i;
    return oldest;
}

const char *alerts_source_text(const struct alerts *a, uint32_t place)
{
    const struct conf_alerts *conf = &a->d->conf->daemon.alerts;

    return place < conf->sources_n ? conf->sources[place] : "";
}

/* The server does not want that address, or nothing came through from there. */
static bool is_about_source(enum courier_result result, struct slice words)
{
    struct slice dsn = slice_from(words, words.n > CODE ? CODE + 1 : words.n), rest = dsn;

    if (words.n == 0 || words.p[0] < '0' || words.p[0] > '9')
        return result == COURIER_TEMPORARY;
    (void)slice_cut(&rest, ' ', &dsn);
    return reply_classify(dsn, words) == REPLY_SPAM;
}

bool alerts_source_answered(struct alerts *a, uint32_t place, enum courier_result result,
                            struct slice words)
{
    uint32_t any = a->d->conf->daemon.alerts.sources_n;

    if (place > any) /* of the settings before */
        return false;
    if (result == COURIER_OK)
        a->source_failed[place].ms = 0;
    if (result == COURIER_OK || !is_about_source(result, words))
        return false;
    a->source_failed[place] = a->d->now;
    return !failed_lately(a, alerts_source(a));
}
