/* evidence.h - the signals, and what each says now about one subject.
 * The unit is the natural logarithm of an odds ratio: how much likelier what was seen is if
 * somebody else uses the account than if its owner does. Pieces of evidence add up; their sum is
 * the score. Each fades with time and is capped, so that no single signal decides alone unless its
 * cap says so. */
#ifndef DETECT_EVIDENCE_H
#define DETECT_EVIDENCE_H

#include "base/buf.h"
#include "base/wall.h"
#include "detect/event.h"

enum signal {
    SIGNAL_NEW_NETWORK,        /* it sends from a network it was never seen in */
    SIGNAL_NEW_COUNTRY,        /* in a country it was never seen in */
    SIGNAL_MANY_NETWORKS,      /* it sends from many new networks within hours */
    SIGNAL_KNOWN_NETWORK,      /* it sends from where it has been for days: speaks against abuse */
    SIGNAL_NEW_SOFTWARE,       /* with a mail program it never used */
    SIGNAL_WAY_IN,             /* failed logins came before the first success from there */
    SIGNAL_ABUSED_NETWORK,     /* from where another account was abused lately */
    SIGNAL_VOLUME,             /* more first contacts than its own busiest hours had */
    SIGNAL_RUN,                /* more recipients from new networks than it has in all on a day */
    SIGNAL_ADDRESS_BOOK,       /* from new networks to all the people it knows */
    SIGNAL_STRANGERS,          /* recipients that it, and everybody here, never wrote to */
    SIGNAL_UNKNOWN_RECIPIENTS, /* recipients that do not exist */
    SIGNAL_REFUSED_AS_SPAM,    /* other servers call it spam */
    SIGNAL_NEW_SENDER,         /* envelope senders it never used */
    SIGNAL_ODD_HOUR,           /* at hours at which it never sent */
    SIGNAL_DESTINATIONS,       /* a LAN host: many servers outside */
    SIGNAL_LIMIT,              /* more than the administrator allows */
    SIGNAL_COMPLAINTS,         /* recipients complained to their providers */
    SIGNAL_BLOCKED,  /* a big provider refuses this server; much of what came before was its */
    SIGNAL_CIRCULAR, /* a new program in a new network writes letters to many at once */
    SIGNALS
};

struct evidence {
    float weight;             /* now; log-odds */
    float observed, expected; /* the figures behind it */
    uint32_t second;          /* since 1970, when it was last set */
};

static inline struct wall evidence_at(const struct evidence *e)
{
    return (struct wall){ e->second * (int64_t)SECOND_MS };
}

/* "new-network": short, stable, documented. */
const char *signal_name(enum signal s);

/* The largest weight that a signal may have, and the smallest (0 or negative). */
float signal_cap(enum signal s);
float signal_floor(enum signal s);

/* What was seen, in words and with its figure, for an administrator: "37 first contacts within an
 * hour"; below 400 bytes. The same with what was to be expected: "...; its own busiest hour had
 * about 4". evidence_words.c. */
void evidence_seen(struct buf *out, enum signal s, const struct evidence *e);
void evidence_words(struct buf *out, enum signal s, const struct evidence *e);

/* What the expected figure was learnt from: "its own last days", "accounts here", both, "common"
 * (no past yet), "settings"; "" when there is none. */
const char *evidence_history(enum signal s, const struct evidence *e);

/* Set to a weight, within cap and floor. */
void evidence_set(struct evidence *e, enum signal s, double weight, double observed,
                  double expected, struct wall at);

/* Let all signals of `all[SIGNALS]` fade for `hours`. */
void evidence_fade(struct evidence *all, double hours);

/* The sum of the weights. */
double evidence_score(const struct evidence *all);

#endif
