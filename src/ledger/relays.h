/* relays.h - which domains are ours, and which clients may relay without a login: learnt from what
 * the server did with their mail, as no log says it.
 *
 * Ours is a domain that was delivered into mailboxes here, or that accounts log in with, or that
 * mail from many unrelated networks is passed on to (relay_domains of a gateway). A client that had
 * a message sent to any other domain is a relay client. */
#ifndef LEDGER_RELAYS_H
#define LEDGER_RELAYS_H

#include "base/table.h"
#include "mail/ip.h"

enum {
    OWN_DOMAINS_MAX = 1 << 16,
    RELAYS_MAX = 1 << 16,
    GATEWAY_SLOTS = 4096,
    GATEWAY_NETWORKS = 8, /* unrelated client networks that make a domain one of ours */
};

struct gateway {
    uint64_t domain;   /* key */
    uint64_t networks; /* one bit for each of 64 values of the hash of a client's network */
};

struct relay {
    struct ip ip;
    uint32_t owner;
};

struct relays {
    uint64_t *own; /* keys of our domains */
    uint32_t own_n, own_room;
    struct table own_by_key;
    struct relay *all;
    uint32_t all_n, all_room;
    struct table by_ip;
    struct gateway gateways[GATEWAY_SLOTS];
};

/* Zeroed storage is ready for use; frees what it allocated. */
void relays_done(struct relays *r);

/* `domain` (folded) is one of ours. */
void relays_own(struct relays *r, struct slice domain);
bool relays_is_own(const struct relays *r, struct slice domain);

/* A client without login had mail passed on to `domain`, which is not known to be ours. True when
 * that makes it a relay client; false while or when the domain looks like one we are the gateway
 * of. */
bool relays_passed_on(struct relays *r, const struct ip *client, struct slice domain);

/* The owner number of a relay client, or UINT32_MAX. */
uint32_t relays_find(const struct relays *r, const struct ip *client);
void relays_add(struct relays *r, const struct ip *client, uint32_t owner);

#endif
