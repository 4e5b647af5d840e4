/* evidence_words.c - what a signal says, for an administrator: what was seen, and what was to be
 * expected by which history. The figures are those that origin.c, results.c, firewall.c,
 * policy.c, complaints.c and blocked.c give to it. */
#include <math.h>

#include "detect/evidence.h"

#include "base/ban.h"

enum history { HISTORY_NONE, HISTORY_OWN, HISTORY_HERE, HISTORY_COMMON, HISTORY_SETTINGS };

/* What was seen: `before`, and unless `many` is NULL the figure and a word for one or for many. */
static const struct signal_words {
    const char *before, *one, *many;
    enum history history;
} signal_words[SIGNALS] = {
    [SIGNAL_NEW_NETWORK] = { "mail from a network it was never seen in before", NULL, NULL,
                             HISTORY_OWN },
    [SIGNAL_NEW_COUNTRY] = { "mail from a country it was never seen in before", NULL, NULL,
                             HISTORY_OWN },
    [SIGNAL_MANY_NETWORKS] = { "mail from about ", "new network within hours",
                               "new networks within hours", HISTORY_OWN },
    [SIGNAL_KNOWN_NETWORK] = { "", NULL, NULL, HISTORY_OWN }, /* see evidence_seen */
    [SIGNAL_NEW_SOFTWARE] = { "mail made by a program that it never used before", NULL, NULL,
                              HISTORY_OWN },
    [SIGNAL_WAY_IN] = { "", "failed login from elsewhere, then mail from a new network",
                        "failed logins from elsewhere, then mail from a new network",
                        HISTORY_NONE },
    [SIGNAL_ABUSED_NETWORK] = { "mail from a network that abused another account within three days",
                                NULL, NULL, HISTORY_HERE },
    [SIGNAL_VOLUME] = { "", "first contact within an hour", "first contacts within an hour",
                        HISTORY_OWN },
    [SIGNAL_RUN] = { "", "recipient from new networks within hours",
                     "recipients from new networks within hours", HISTORY_OWN },
    [SIGNAL_ADDRESS_BOOK] = { "", "person it knows, written to from new networks within an hour",
                              "people it knows, written to from new networks within an hour",
                              HISTORY_OWN },
    [SIGNAL_STRANGERS] = { "", "recipient within a day to whom nobody here ever wrote",
                           "recipients within a day to whom nobody here ever wrote", HISTORY_OWN },
    [SIGNAL_UNKNOWN_RECIPIENTS] = { "", "recipient within a day that does not exist",
                                    "recipients within a day that do not exist", HISTORY_OWN },
    [SIGNAL_REFUSED_AS_SPAM] = { "", "recipient within a day refused as spam",
                                 "recipients within a day refused as spam", HISTORY_OWN },
    [SIGNAL_NEW_SENDER] = { "", "envelope sender it never used before",
                            "envelope senders it never used before", HISTORY_OWN },
    [SIGNAL_ODD_HOUR] = { "", NULL, NULL, HISTORY_OWN },
    [SIGNAL_DESTINATIONS] = { "", "mail server outside tried within an hour",
                              "mail servers outside tried within an hour", HISTORY_OWN },
    [SIGNAL_LIMIT] = { "", "message or recipient", "messages or recipients", HISTORY_SETTINGS },
    [SIGNAL_COMPLAINTS] = { "", "recipient within days who complained to the provider",
                            "recipients within days who complained to their providers",
                            HISTORY_COMMON },
    [SIGNAL_BLOCKED] = { "", NULL, NULL, HISTORY_NONE },
    [SIGNAL_CIRCULAR] = { "letters to ",
                          "recipient within an hour, by a new program in a new network",
                          "recipients within an hour, by a new program in a new network",
                          HISTORY_OWN },
};

/* What is expected of who has little past: with these figures origin.c and results.c begin. */
static bool is_common(enum signal s, double expected)
{
    static const double common[SIGNALS] = {
        [SIGNAL_MANY_NETWORKS] = 5.5,     [SIGNAL_RUN] = 15,
        [SIGNAL_STRANGERS] = 0.4,         [SIGNAL_UNKNOWN_RECIPIENTS] = 0.02,
        [SIGNAL_REFUSED_AS_SPAM] = 0.008,
    };

    return common[s] > 0 && fabs(expected - common[s]) < 0.01 * common[s];
}

/* A figure that can be printed. */
static double figure(float x)
{
    return isfinite(x) ? fmin(fmax((double)x, 0), 1e9) : 0;
}

/* A count has faded since it was counted: what is left of one is one. */
static double whole(double x)
{
    return x > 0.05 && x < 1 ? 1 : round(x);
}

void evidence_seen(struct buf *out, enum signal s, const struct evidence *e)
{
    const struct signal_words *words = &signal_words[s];
    double observed = figure(e->observed), n = whole(observed);

    buf_add(out, slice_of(words->before));
    if (s == SIGNAL_KNOWN_NETWORK)
        buf_printf(out, "%.0f%% of the latest recipients written to from networks it is known in",
                   observed);
    else if (s == SIGNAL_BLOCKED && observed < 0.005)
        buf_add(out, SLICE("its message was the first that a provider refused, which refuses this "
                           "server now"));
    else if (s == SIGNAL_BLOCKED)
        buf_printf(out,
                   "%.0f%% of the new people at a provider, written to before that began to "
                   "refuse this server",
                   100 * fmin(1, observed));
    else if (s == SIGNAL_ODD_HOUR)
        buf_printf(out, "mail between %02.0f:00 and %02.0f:59, when it was never active before",
                   observed, observed);
    else if (words->many != NULL && n == 0)
        buf_printf(out, "no %s", words->many);
    else if (words->many != NULL)
        buf_printf(out, "%.0f %s", n, n == 1 ? words->one : words->many);
}

static void add_percent(struct buf *out, double share)
{
    buf_printf(out, "%.*f%%", share < 0.0995 ? 1 : 0, 100 * share);
}

/* How often that happens to an honest recipient. */
static void expect_share(struct buf *out, enum signal s, double share)
{
    buf_add(out, SLICE("; "));
    add_percent(out, share);
    if (is_common(s, share))
        buf_add(out, SLICE(" of all are common"));
    else if (s == SIGNAL_REFUSED_AS_SPAM)
        buf_add(out, SLICE(" of all are usual, by its own last days and the accounts here"));
    else
        buf_add(out, SLICE(" of all are usual, by its own last days"));
}

/* What its busiest hour had. */
static void expect_hour(struct buf *out, double peak)
{
    if (peak < 0.5)
        buf_add(out, SLICE("; it had no such hour before"));
    else
        buf_printf(out, "; its own busiest hour had about %.0f", peak);
}

/* How many networks, or recipients from new ones, are no news. */
static void expect_most(struct buf *out, enum signal s, double most)
{
    if (is_common(s, most))
        buf_printf(out, "; up to %.0f%s are common", floor(most),
                   s == SIGNAL_RUN ? " on a whole day" : "");
    else
        buf_printf(out, "; up to %.0f are usual, by its own last days", floor(most));
}

void evidence_words(struct buf *out, enum signal s, const struct evidence *e)
{
    double expected = figure(e->expected);

    evidence_seen(out, s, e);
    switch (s) {
    case SIGNAL_UNKNOWN_RECIPIENTS:
    case SIGNAL_REFUSED_AS_SPAM:
    case SIGNAL_STRANGERS:
        expect_share(out, s, expected);
        break;
    case SIGNAL_VOLUME:
    case SIGNAL_ADDRESS_BOOK:
    case SIGNAL_CIRCULAR:
    case SIGNAL_DESTINATIONS:
        expect_hour(out, expected);
        break;
    case SIGNAL_MANY_NETWORKS:
    case SIGNAL_RUN:
        expect_most(out, s, expected);
        break;
    case SIGNAL_NEW_NETWORK:
        if (expected >= 0.05)
            buf_printf(out, "; %.1f new ones a day are usual, by its own last days", expected);
        break;
    case SIGNAL_NEW_SOFTWARE:
        if (expected >= 0.01)
            buf_printf(out, "; so far it took up one about every %.0f days",
                       fmax(2, round(1 / expected)));
        break;
    case SIGNAL_NEW_SENDER:
        buf_add(out, SLICE("; "));
        add_percent(out, expected);
        buf_add(out, SLICE(" of its messages are expected to have one"));
        break;
    case SIGNAL_LIMIT:
        buf_printf(out, " within the hour or day; the settings allow %.0f", expected);
        break;
    case SIGNAL_COMPLAINTS:
        buf_printf(out, "; with that much mail %.1f are common", expected);
        break;
    case SIGNAL_BLOCKED:
        if (expected > 0)
            buf_printf(out, "; one of %.0f that sent there", round(1 / expected));
        break;
    case SIGNAL_NEW_COUNTRY:
    case SIGNAL_KNOWN_NETWORK:
    case SIGNAL_WAY_IN:
    case SIGNAL_ABUSED_NETWORK:
    case SIGNAL_ODD_HOUR:
    case SIGNALS:
        break;
    }
}

const char *evidence_history(enum signal s, const struct evidence *e)
{
    static const char *const names[] = {
        [HISTORY_NONE] = "",
        [HISTORY_OWN] = "its own last days",
        [HISTORY_HERE] = "accounts here",
        [HISTORY_COMMON] = "common",
        [HISTORY_SETTINGS] = "settings",
    };
    bool common = is_common(s, figure(e->expected));

    if (s == SIGNAL_REFUSED_AS_SPAM && !common)
        return "its own last days and accounts here";
    return names[common ? HISTORY_COMMON : signal_words[s].history];
}
