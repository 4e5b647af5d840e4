/* ledger.h - joins what belongs together: login, message, recipients, results, removal; and says
 * what happened as events, each naming whose doing it was. Pure: the only clock is that of the
 * lines, the only way out is the sink. Memory is bounded by the limits of its parts, whatever the
 * log's length.
 *
 * Whose doing is a message?
 *   - the login's, when its client= line has one. That line is an attempt: the message counts from
 * its first "queue active" on;
 *   - of the message it continues, when it was re-injected by a content filter (orig_queue_id=; or
 * from this host with the Message-ID of a message that is just being delivered) or requeued
 * (orig_id=). Such a second queue id is not counted again, but its results count;
 *   - of the login at the first smtpd, when a before-queue proxy handed it on (orig_client=);
 *   - the local user's, when sendmail(1) submitted it (pickup, uid=);
 *   - the relay client's, when a client without login had it sent outside to a recipient that is
 * not a forward of one of ours: an alias (orig_to=), or a mailbox that sends its mail on. What a
 * content filter gave back says neither: there it must be a recipient that the filter was given. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "detect/event.h"
#include "ledger/failures.h"
#include "ledger/totals.h"
#include "proto/logline.h"
#include "proto/record.h"

/* Takes each event; `ctx` is the caller's. Returns the hint for later events of the same subject,
 * or 0. */
typedef uint32_t ledger_sink(void *ctx, const struct event *event);

/* Says that an event of the subject with that hint (or 0) is about to come, about a recipient of
 * that key (or 0): time to fetch from memory what it will touch. */
typedef void ledger_announce(void *ctx, uint32_t hint, uint64_t recipient);

/* What became of a message for one recipient outside, whosever it is. */
struct ledger_result {
    struct wall at;
    const struct subject *subject; /* NULL: nobody's that events are of; mail that is forwarded */
    struct slice host;             /* the server's name; empty: none was reached */
    struct slice recipient;        /* folded */
    uint64_t correspondent;        /* its key */
    enum delivery_status status;
    enum reply_class class; /* unless it was sent */
    struct slice dsn, text;
};

/* Takes each such result, before the event of it. */
typedef void ledger_results(void *ctx, const struct ledger_result *result);

struct ledger_options {
    uint32_t max_messages; /* in the queue at one time; 0 is 500000 */
    uint32_t max_subjects; /* accounts and hosts that sent something; 0: sixteen million */
    bool one_host;         /* whatever name the lines have: queue ids of the wire have none */
    ledger_sink *sink;
    ledger_announce *announce; /* may be NULL */
    ledger_results *results;   /* may be NULL */
    void *sink_ctx;            /* for all */
};

struct ledger;

struct ledger *ledger_new(const struct ledger_options *options);
void ledger_free(struct ledger *l);

/* Make room for so many accounts and hosts that sent something. Growing while mail waits for an
 * answer takes tens of milliseconds when there are hundreds of thousands. */
void ledger_expect(struct ledger *l, uint32_t subjects);

/* Take one understood line. `utc_offset_s` is of the log's wall clock at the line's time. */
void ledger_line(struct ledger *l, const struct logline *line, const struct record *r,
                 int32_t utc_offset_s);

/* The events whose lines ledger_line passes over, one bit for each. */
uint64_t ledger_unread(void);

/* A message that the mail server accepts now: known from the SMTP dialogue, before the log tells.
 */
struct ledger_submission {
    struct wall at;
    int32_t utc_offset_s;
    struct slice queue_id;
    enum subject_kind kind; /* SUBJECT_ACCOUNT, or SUBJECT_RELAY of a client without login */
    struct slice account;   /* folded by account_fold; of a relay client its address, by ip_text */
    struct ip client;
    struct slice client_name; /* verified, or "unknown" */
    struct slice sender;
    uint32_t recipients;
    uint64_t size; /* bytes */
};

/* Give out its login, unless the log did that already, and its submission. What the log says of it
 * later is not counted again: it tells the mail program and the results. False, and nothing is
 * given out, when it was told of a moment ago: Postfix asks again when an answer comes too late. */
bool ledger_accept(struct ledger *l, const struct ledger_submission *s);

/* A message of a client without login to this recipient (folded) leaves the site, as far as is
 * known before it is delivered: a neighbour writes to a domain that is not ours. Of a stranger only
 * the delivery tells: it may be mail for a domain of ours that is not known yet. */
bool ledger_leaves(const struct ledger *l, const struct ip *client, struct slice recipient);

/* A message that was counted before a restart, and is in the queue: gives out nothing. A message
 * that is there already stays as it is.
 * seen  the log's first "queue active" came before the restart */
void ledger_restore(struct ledger *l, const struct ledger_submission *s, bool seen);

/* Call `each` for every message that was accepted since `since` and of which the log has not told
 * yet; of the last thousand. */
typedef void ledger_awaited(void *ctx, const struct ledger_submission *s);
void ledger_each_awaited(struct ledger *l, struct wall since, ledger_awaited *each, void *ctx);

struct totals *ledger_totals(struct ledger *l);
const struct failures *ledger_failures(const struct ledger *l);

/* Entries that had to leave early because of a limit. */
uint64_t ledger_forgotten(const struct ledger *l);

/* Call `each` for every message of `subject` that is still in a queue, in the order in which they
 * came. `host` is empty when the log has one host only. */
typedef void ledger_queued(void *ctx, struct slice host, struct slice queue_id, struct wall queued);
void ledger_each_queued(const struct ledger *l, const struct subject *subject, ledger_queued *each,
                        void *ctx);

/* Hosts whose lines were seen. */
size_t ledger_hosts(const struct ledger *l);

#endif
