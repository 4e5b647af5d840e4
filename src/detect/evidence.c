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
    [SIGNAL_NEW_SOFTWARE] = { "new-software", 0, 2.5F, 18 },
    [SIGNAL_WAY_IN] = { "way-in", 0, 2, 48 },
    [SIGNAL_ABUSED_NETWORK] = { "abused-network", 0, 3, 48 },
    [SIGNAL_VOLUME] = { "volume", 0, 4.5F, 6 },
    [SIGNAL_RUN] = { "run-from-new-network", 0, 3, 12 },
    [SIGNAL_ADDRESS_BOOK] = { "address-book", 0, 3.5F, 12 },
    [SIGNAL_STRANGERS] = { "strangers", -1, 2.5F, 24 },
    [SIGNAL_UNKNOWN_RECIPIENTS] = { "unknown-recipients", -2, 9, 24 },
    [SIGNAL_REFUSED_AS_SPAM] = { "refused-as-spam", -2, 9, 24 },
    [SIGNAL_NEW_SENDER] = { "new-sender", 0, 4, 24 },
    [SIGNAL_ODD_HOUR] = { "odd-hour", 0, 1, 3 },
    [SIGNAL_DESTINATIONS] = { "destinations", 0, 12, 12 },
    [SIGNAL_LIMIT] = { "limit", 0, 24, 24 },
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
                            .at = at };
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

static void words_volume(struct buf *out, const struct evidence *e)
{
    if (e->expected < 1)
        buf_printf(out, "%.0f first contacts in an hour, by somebody with little past",
                   (double)e->observed);
    else
        buf_printf(out, "%.0f first contacts in an hour; the busiest hour so far had about %.0f",
                   (double)e->observed, (double)e->expected);
}

/* "3 recipients within a day <what>; usually about 2 %". */
static void words_share(struct buf *out, const struct evidence *e, const char *one,
                        const char *many)
{
    bool single = lround((double)e->observed) == 1;

    buf_printf(out, "%.0f recipient%s within a day %s; usually about %.1f %%", (double)e->observed,
               single ? "" : "s", single ? one : many, (double)e->expected * 100);
}

static void words_count(struct buf *out, const struct evidence *e, const char *one,
                        const char *many)
{
    buf_printf(out, "%.0f %s", (double)e->observed, lround((double)e->observed) == 1 ? one : many);
}

static void words_network(struct buf *out, enum signal s, const struct evidence *e)
{
    if (s == SIGNAL_NEW_NETWORK)
        buf_add(out, SLICE("mail from a network it was never seen in before"));
    else if (s == SIGNAL_MANY_NETWORKS)
        buf_printf(out, "mail from about %.0f new networks within hours; %.0f on a day are usual",
                   (double)e->observed, (double)e->expected);
    else if (s == SIGNAL_ABUSED_NETWORK)
        buf_add(out, SLICE("mail from a network from which another account was abused"));
    else if (s == SIGNAL_RUN)
        buf_printf(out,
                   "%.0f recipients from new networks within hours; %.0f on a busy day are usual",
                   (double)e->observed, (double)e->expected);
    else if (s == SIGNAL_ADDRESS_BOOK)
        buf_printf(out,
                   "%.0f of the people it knows, written to from new networks within hours; the "
                   "busiest hour so far had about %.0f",
                   (double)e->observed, (double)e->expected);
    else
        words_count(out, e, "day in the network it sends from",
                    "days in the network it sends from");
}

void evidence_words(struct buf *out, enum signal s, const struct evidence *e)
{
    switch (s) {
    case SIGNAL_NEW_NETWORK:
    case SIGNAL_MANY_NETWORKS:
    case SIGNAL_KNOWN_NETWORK:
    case SIGNAL_ABUSED_NETWORK:
    case SIGNAL_RUN:
    case SIGNAL_ADDRESS_BOOK:
        words_network(out, s, e);
        break;
    case SIGNAL_NEW_COUNTRY:
        buf_add(out, SLICE("mail from a country it was never seen in before"));
        break;
    case SIGNAL_LIMIT:
        buf_printf(out, "%.0f where the settings allow %.0f", (double)e->observed,
                   (double)e->expected);
        break;
    case SIGNAL_NEW_SOFTWARE:
        buf_add(out, SLICE("mail made by a program that it never used before"));
        break;
    case SIGNAL_WAY_IN:
        words_count(out, e, "failed login before it worked from a new network",
                    "failed logins before one worked from a new network");
        break;
    case SIGNAL_VOLUME:
        words_volume(out, e);
        break;
    case SIGNAL_STRANGERS:
        words_share(out, e, "to whom nobody here ever wrote", "to whom nobody here ever wrote");
        break;
    case SIGNAL_UNKNOWN_RECIPIENTS:
        words_share(out, e, "that does not exist", "that do not exist");
        break;
    case SIGNAL_REFUSED_AS_SPAM:
        words_share(out, e, "refused as spam", "refused as spam");
        break;
    case SIGNAL_NEW_SENDER:
        words_count(out, e, "envelope sender it never used before",
                    "envelope senders it never used before");
        break;
    case SIGNAL_ODD_HOUR:
        buf_printf(out, "mail at %02.0f:00, an hour at which it was never active",
                   (double)e->observed);
        break;
    case SIGNAL_DESTINATIONS:
        buf_printf(out, "%.0f mail servers outside tried within an hour; %.0f are usual",
                   (double)e->observed, (double)e->expected);
        break;
    case SIGNALS:
        break;
    }
}
