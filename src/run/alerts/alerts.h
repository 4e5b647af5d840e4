/* alerts.h - who is told: the one way by which the parts of the daemon tell people what happens.
 *
 * An alert is about a key ("incident 12", "listing 192.0.2.25 zen.example") and says which state
 * that is in now ("held", "listed"). Told is only what changes: the same state of the same key a
 * second time is not, and that something is over is told to those who were told that it began
 * (tell/kind.h says which kinds begin and end). So whoever sees a state calls; nobody has to
 * remember whether he did. What was told of is kept in state.db, before a letter leaves.
 *
 * Never waits: letters leave by mailfuse-courier, later. */
#ifndef RUN_ALERTS_ALERTS_H
#define RUN_ALERTS_ALERTS_H

#include <jansson.h>

#include "base/buf.h"
#include "base/wall.h"
#include "tell/kind.h"

struct alerts;
struct conf;
struct conf_errors;
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

/* incident.c: an incident changed; told of when its state is another one. */
struct box_incident;
void alerts_incident(struct daemon *d, const struct box_incident *i);

/* server.c: an address or domain of ours is on a DNS list, or no more: an object as
 * dnsbl_watch_listings has them. */
void alerts_listing(struct daemon *d, const json_t *listing, bool listed, uint32_t incident);

/* Something that has no more to be said of; the key is a C string. */
void alerts_state(struct daemon *d, enum alert_kind kind, const char *key, uint32_t incident,
                  struct slice subject, struct slice words);

/* A line of the journal, of which some are worth more. */
struct box_note;
void alerts_note(struct daemon *d, const struct box_note *n);

/* ---- For the daemon alone */

/* With what was told, and what waits, from the store. 0 or -EIO, with a sentence in `error`. */
NODISCARD int alerts_load(struct daemon *d, struct buf *error);
void alerts_free(struct alerts *a);

/* The settings are others; they were checked. */
void alerts_configure(struct daemon *d);

/* Templates and addresses that the settings name can be read. What is wrong goes to `errors`. */
void alerts_check(const struct conf *conf, struct conf_errors *errors);

/* Once a second. */
void alerts_step(struct daemon *d);
void alerts_clock_set(struct daemon *d, int64_t by_ms);

/* For the figures. */
struct alerts_figures {
    uint64_t sent[CONF_WAY_KINDS], failed[CONF_WAY_KINDS], given_up[CONF_WAY_KINDS];
    uint64_t waiting[CONF_WAY_KINDS];
};
struct alerts_figures alerts_figures(const struct daemon *d);

#endif
