/* tally.h - keeps count of what each subject did, so that each can be answered for.
 * Everybody has a row of fixed size; who is under suspicion has notes as well: clients, recipients'
 * domains, senders, replies, and what was held or refused. Notes of a suspicion that came to
 * nothing are thrown away. Fed with the events of the ledger and the verdicts of detection.
 * Pure. */
#ifndef LEDGER_TALLY_H
#define LEDGER_TALLY_H

#include "base/pool.h"
#include "detect/detect.h"
#include "ledger/bars.h"
#include "ledger/top.h"
#include "mail/reply_memo.h"

enum { NOTES_MAX = 8192, NOTES_CLIENTS = 32, TALLY_BLOCKS = 32 };

/* One client address under suspicion. */
struct note_client {
    struct ip ip;
    struct wall first, last;
    uint64_t messages, recipients;
};

struct amount {
    uint64_t messages, recipients;
};

struct notes {
    struct amount all;    /* since suspicion began */
    struct amount held;   /* of all: held when accepted; who holds it knows what was let go later */
    struct amount passed; /* of all: let go at once in the hold that goes on */
    struct amount refused;                           /* of all: after the lock */
    uint64_t sent, deferred, bounced, unknown, spam; /* first results of its recipients */
    struct wall first, last;                         /* message */
    struct note_client clients[NOTES_CLIENTS];       /* those with most messages, as in top.h */
    uint32_t clients_n;
    uint64_t addresses[4]; /* one bit for each of 256 values: linear counting */
    struct top domains, senders, replies;
};

/* Failed logins from one address, and the login from there that worked in the end. */
struct attempts {
    struct ip ip;
    struct wall first, last, success; /* success 0: not yet */
    uint32_t failures;
};

struct row {
    uint64_t messages, recipients, sent, deferred,
        bounced;         /* what most events touch stands first */
    struct bars *bars;   /* from its first message on; NULL before; the tally's */
    struct notes *notes; /* NULL without suspicion */
    struct wall first, last;
    float highest;      /* score */
    bool seen;          /* some event was of this subject */
    bool focus;         /* notes are taken in any case */
    uint64_t addresses; /* of logins and messages: one bit for each of 64 values of the hash */
    uint64_t rejected, logins, login_failures;
    struct attempts trying; /* the last address from which logins failed */
    struct attempts got_in; /* the last that was new, and worked after failures; failures 0: none */
    struct wall failed;     /* the last failure of all */
    uint64_t failed_from;   /* addresses of the failures; forgotten after two quiet weeks */
    uint32_t failed_n;      /* how many */
    uint32_t run_messages;  /* of the run that goes on, without notes */
    uint64_t run_recipients;
    float run_score; /* after the last event */
    struct wall run_first, run_last;
};

/* Someone who refuses our mail as spam. */
struct block {
    char who[80];    /* the recipient's domain; NUL-terminated */
    char reply[160]; /* the last text, as a pattern; NUL-terminated */
    uint64_t n;
    struct wall first, last;
};

struct tally {
    struct pool rows; /* struct row, by the number of the fuse; made by the first event */
    struct pool bars; /* of those who sent something */
    uint32_t notes_n;
    struct bars all; /* of the whole server */
    struct block blocks[TALLY_BLOCKS];
    uint64_t forgotten; /* suspicions without notes, because of NOTES_MAX */
    struct reply_memo replies;
};

/* `{ 0 }` is an empty tally; frees what it allocated. */
void tally_done(struct tally *t);

/* The row of a fuse, or NULL. */
static inline struct row *tally_row(const struct tally *t, uint32_t fuse)
{
    return fuse < t->rows.n ? pool_at(&t->rows, fuse) : NULL;
}

/* An event of that fuse is about to come: fetch its row from memory. */
static inline void tally_prefetch(const struct tally *t, uint32_t fuse)
{
    const struct row *row = tally_row(t, fuse);

    for (size_t at = 0; row != NULL && at < sizeof *row; at += 64)
        __builtin_prefetch((const char *)row + at);
}

/* Count one event. `focus`: take notes of this subject whether it is suspicious or not. */
void tally_event(struct tally *t, const struct event *e, const struct verdict *v, bool focus);

/* About how many different bits' worth of addresses: linear counting over `words` words of 64 bits.
 */
uint64_t tally_addresses(const uint64_t *bits, size_t words);

#endif
