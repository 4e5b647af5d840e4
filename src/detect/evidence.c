#include "detect/evidence.h"

#include <math.h>

#include "base/ban.h"

static const struct {
    const char *name;
    float cap;       /* log-odds */
    float half_life; /* hours */
} signals[SIGNALS] = {
    [SIGNAL_NEW_NETWORK] = { "new-network", 3.0F, 18 },
    [SIGNAL_MANY_NETWORKS] = { "many-networks", 7.0F, 6 },
    [SIGNAL_KNOWN_NETWORK] = { "known-network", 3.0F, 3 },
    [SIGNAL_WAY_IN] = { "way-in", 3.0F, 48 },
    [SIGNAL_VOLUME] = { "volume", 4.0F, 2 },
    [SIGNAL_STRANGERS] = { "strangers", 2.5F, 24 },
    [SIGNAL_UNKNOWN_RECIPIENTS] = { "unknown-recipients", 7.0F, 24 },
    [SIGNAL_REFUSED_AS_SPAM] = { "refused-as-spam", 6.0F, 24 },
    [SIGNAL_NEW_SENDER] = { "new-sender", 4.0F, 24 },
    [SIGNAL_ODD_HOUR] = { "odd-hour", 1.0F, 3 },
    [SIGNAL_DESTINATIONS] = { "destinations", 12.0F, 12 },
};

const char *signal_name(enum signal s)
{
    return signals[s].name;
}

float signal_cap(enum signal s)
{
    return signals[s].cap;
}

void evidence_set(struct evidence *e, enum signal s, double weight, double observed,
                  double expected, struct wall at)
{
    double cap = signals[s].cap;

    *e = (struct evidence){ .weight = (float)fmax(-cap, fmin(cap, weight)),
                            .observed = (float)observed,
                            .expected = (float)expected,
                            .at = at };
}

void evidence_add(struct evidence *e, enum signal s, double weight, struct wall at)
{
    double cap = signals[s].cap;

    e->weight = (float)fmax(0, fmin(cap, (double)e->weight + weight));
    e->at = at;
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
        buf_printf(out, "%.0f recipients in an hour, from an account with little past",
                   (double)e->observed);
    else
        buf_printf(out, "%.0f recipients in an hour; its busiest hour so far had about %.0f",
                   (double)e->observed, (double)e->expected);
}

static void words_share(struct buf *out, const struct evidence *e, const char *what)
{
    buf_printf(out, "%.0f %s within a day; about %.0f %% is usual", (double)e->observed, what,
               (double)e->expected * 100);
}

void evidence_words(struct buf *out, enum subject_kind kind, enum signal s,
                    const struct evidence *e)
{
    double seen = (double)e->observed;

    switch (s) {
    case SIGNAL_NEW_NETWORK:
        buf_printf(out, "it sends from a network it was never seen in before");
        break;
    case SIGNAL_MANY_NETWORKS:
        buf_printf(out, "it sent from %.0f different networks within two hours; %.0f is usual",
                   seen, (double)e->expected);
        break;
    case SIGNAL_KNOWN_NETWORK:
        buf_printf(out, "it sends from a network where it has been for %.0f days", seen);
        break;
    case SIGNAL_WAY_IN:
        buf_printf(out, "%.0f failed logins came before the first success from a new network",
                   seen);
        break;
    case SIGNAL_VOLUME:
        words_volume(out, e);
        break;
    case SIGNAL_STRANGERS:
        words_share(out, e, "recipients that nobody here ever wrote to");
        break;
    case SIGNAL_UNKNOWN_RECIPIENTS:
        words_share(out, e, "recipients that do not exist");
        break;
    case SIGNAL_REFUSED_AS_SPAM:
        words_share(out, e, "recipients refused as spam by other servers");
        break;
    case SIGNAL_NEW_SENDER:
        buf_printf(out, "%.0f envelope senders that it never used before", seen);
        break;
    case SIGNAL_ODD_HOUR:
        buf_printf(out, "it sends at an hour of the day at which it was never active");
        break;
    case SIGNAL_DESTINATIONS:
        buf_printf(out, "it tried %.0f mail servers outside within an hour; %.0f is usual", seen,
                   (double)e->expected);
        break;
    case SIGNALS:
        break;
    }
    (void)kind;
}
