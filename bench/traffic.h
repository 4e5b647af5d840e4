/* traffic.h - what the accounts of a large mail server do, as events for the engine: made up, and
 * always the same for one seed. One account in twenty is busy: dozens of messages a day to hundreds
 * of correspondents; the others read, and send a message or two. Some hundred sessions go on at a
 * time, so that two events of one account seldom follow each other. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "detect/event.h"

enum traffic_order {
    TRAFFIC_FIRST,   /* a quiet day of everybody, each account in its turn */
    TRAFFIC_BUSY,    /* the busy accounts alone, each as often as the other */
    TRAFFIC_UNIFORM, /* all of them; among the busy, and among the quiet, each as often */
    TRAFFIC_ZIPF,    /* the n-th most active one as often as 1/(n + a thousandth of them) */
};

struct traffic;

/* Accounts 0 .. `accounts` - 1, the most active first. The caller ends it with traffic_free. */
struct traffic *traffic_new(uint32_t accounts, struct wall start, uint64_t seed);
void traffic_free(struct traffic *t);

/* From now on the accounts have the names and, at home, the addresses that polbench of
 * ../shared/bench gives its users: what it asks about is then known. */
void traffic_as_polbench(struct traffic *t);

/* From now on in that order; sessions that go on are cut off. So many sessions fill a day that a
 * busy account sends 75 messages on it, and a quiet one between none and three; in TRAFFIC_FIRST
 * everybody has one session a day. */
void traffic_begin(struct traffic *t, enum traffic_order order);

enum { TRAFFIC_BATCH = 256 };

/* The next TRAFFIC_BATCH events. Their slices live until the next call; who[i] is the account of
 * the i-th, or UINT32_MAX for a name that somebody invented. */
void traffic_next(struct traffic *t, struct event *out, uint32_t *who);

/* The same, of failed logins alone, all at once, of names that nobody has, each another one. */
void traffic_invented(struct traffic *t, struct event *out);

/* What the engine said of an account: the hint of its later events. */
void traffic_hint(struct traffic *t, uint32_t account, uint32_t hint);

/* An event of that account now; the caller fills in the rest. */
struct event traffic_event(const struct traffic *t, uint32_t account, enum event_type type);

/* Let time pass. */
void traffic_wait(struct traffic *t, int64_t ms);

/* Sessions since traffic_begin; how many accounts are busy. */
uint64_t traffic_sessions(const struct traffic *t);
uint32_t traffic_busy(const struct traffic *t);

#endif
