/* alerts.h - who is told: the one way by which the parts of the daemon tell people what happens.
 *
 * An alert is about a key ("incident 12", "listing 192.0.2.25 zen.example") and says which state
 * that is in now ("held", "listed"). Told is only what changes: the same state of the same key a
 * second time is not, and that something is over is told to those who were told that it began
 * (tell/kind.h says which kinds begin and end). So whoever sees a state calls; nobody has to
 * remember whether he did. What was told of is kept in state.db, before a letter leaves.
 *
 * Never waits: letters leave by mailfuse-courier, later. */
#ifndef RUN_ALERTS_H
#define RUN_ALERTS_H

#include <jansson.h>

#include "tell/kind.h"

struct daemon;

struct alert_event {
    enum alert_kind kind;
    enum alert_severity severity; /* ALERT_DEFAULT: that of the kind */
    uint32_t incident;            /* 0: none */
    struct slice key;             /* what it is about, in one line; at most 500 bytes */
    struct slice state;           /* empty: the name of the kind */
    struct slice subject;         /* account, address or domain of ours; may be empty */
    struct slice domain;          /* whose administrator is told; empty: that of the subject */
    struct slice words;           /* one English sentence, without a full stop */
    json_t *details; /* an object of texts and numbers for templates and webhooks, named
                        in docs/alerts.md; NULL: none. The reference is stolen */
};

/* Tell of it, if it is news. Everything is copied. */
void alerts_raise(struct daemon *d, const struct alert_event *e);

#endif
