/* kind.h - what people can be told of: the catalogue of docs/alerts.md. Names and message ids never
 * change; new kinds go before the last. Pure, without state. */
#ifndef TELL_KIND_H
#define TELL_KIND_H

#include "conf/alerts.h"

enum alert_kind {
    ALERT_INCIDENT_OBSERVED, /* only observing: it would be held or locked */
    ALERT_INCIDENT_HELD,
    ALERT_INCIDENT_LOCKED,
    ALERT_INCIDENT_WAITING, /* unlocked; still locked until its password has changed */
    ALERT_INCIDENT_CLEARED, /* a hold that ended by itself */
    ALERT_INCIDENT_CLOSED,
    ALERT_PASSWORD_TRIED, /* the stolen one, after the lock */
    ALERT_LISTED,         /* an address or domain of ours, by a DNS list */
    ALERT_DELISTED,
    ALERT_PROVIDER_BLOCKS, /* another provider refuses our mail for our reputation */
    ALERT_PROVIDER_ACCEPTS,
    ALERT_COMPLAINT,
    ALERT_QUEUE_GROWS,
    ALERT_QUEUE_NORMAL,
    ALERT_SPOOL_LOW,
    ALERT_SPOOL_FULL, /* mail that is to be held is put off */
    ALERT_SPOOL_ENOUGH,
    ALERT_RELAY_ON, /* mail leaves by the emergency relay */
    ALERT_RELAY_OFF,
    ALERT_RELAY_FAILS,
    ALERT_RELAY_WORKS,
    ALERT_HOST_TRIES, /* a host of the LAN tries to send mail by itself */
    ALERT_TROUBLE,    /* mailfuse cannot do its work */
    ALERT_TROUBLE_OVER,
    ALERT_WAY_FAILS, /* a way of telling people fails */
    ALERT_WAY_WORKS,
    ALERT_DIGEST, /* several of these in one */
    ALERT_TEST,
    ALERT_KINDS
};

/* What an alert does to what was told of its key before. */
enum alert_effect {
    ALERT_BEGINS, /* a state that lasts until it ends; another state takes its place */
    ALERT_ENDS,   /* it is over: told to those who were told that it began */
    ALERT_ONCE,   /* happens; the same is told again after a day */
};

/* Kinds that come in floods together: each group has its own measure of single letters. */
enum alert_group {
    ALERT_OF_INCIDENTS,
    ALERT_OF_REPUTATION,
    ALERT_OF_COMPLAINTS,
    ALERT_OF_SERVER,
    ALERT_GROUPS
};

struct alert_kind_row {
    const char *name; /* "incident-held" */
    const char *id;   /* MESSAGE_ID of the journal: 128 bits in hex, sd-id128(3) */
    enum alert_severity severity;
    enum alert_effect effect;
    enum alert_group group;
    bool for_owner; /* the owner of the account is told, too */
};

const struct alert_kind_row *alert_kind_row(enum alert_kind kind);

/* ALERT_KINDS when there is none of that name. */
enum alert_kind alert_kind_find(struct slice name);

#endif
