#include "ledger/tally.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "mail/address.h"

#include "base/ban.h"

_Static_assert((int)REPLY_MEMO_PATTERN == (int)TOP_TEXT, "what top_add keeps of a text");

#define FAILED_MEMORY_MS (14 * DAY_MS)

#define RUN_PAUSE_MS (10 * MINUTE_MS)

/* Below this there is nothing against an account. */
static const float doubt_score = 0.75F;

void tally_done(struct tally *t)
{
    for (uint32_t i = 0; i < t->rows.n; i++)
        free(tally_row(t, i)->notes);
    if (t->rows.size > 0) {
        pool_done(&t->rows);
        pool_done(&t->bars);
    }
    *t = (struct tally){ 0 };
}

static struct row *row_of(struct tally *t, uint32_t fuse)
{
    if (t->rows.size == 0) {
        t->rows = pool_make(sizeof(struct row));
        t->bars = pool_make(sizeof(struct bars));
    }
    while (fuse >= t->rows.n)
        (void)pool_add(&t->rows);
    return tally_row(t, fuse);
}

uint64_t tally_addresses(const uint64_t *bits, size_t words)
{
    double all = 64.0 * (double)words, empty = all;

    for (size_t i = 0; i < words; i++)
        empty -= __builtin_popcountll(bits[i]);
    return (uint64_t)llround(all * log(all / fmax(empty, 0.5)));
}

/* The slot of this address; when there is none, that of the address with the fewest messages. */
static struct note_client *client_of(struct notes *n, const struct ip *ip, struct wall at)
{
    struct note_client *least = &n->clients[0];

    for (uint32_t i = 0; i < n->clients_n; i++) {
        if (ip_eq(&n->clients[i].ip, ip))
            return &n->clients[i];
        if (n->clients[i].messages < least->messages)
            least = &n->clients[i];
    }
    if (n->clients_n < NOTES_CLIENTS)
        least = &n->clients[n->clients_n++];
    *least = (struct note_client){ .ip = *ip, .first = at };
    return least;
}

static void amount_add(struct amount *a, const struct event *e)
{
    a->messages += e->type == EVENT_FIREWALL ? e->count : 1;
    a->recipients += e->recipients;
}

/* What was done with the message. Connections of a LAN host are not asked about one by one: in a
 * hold each of them is held. */
static void note_amount(struct notes *n, const struct event *e, const struct verdict *v)
{
    amount_add(&n->all, e);
    if (v->stage == STAGE_OBSERVE)
        n->passed = (struct amount){ 0 };
    else if (v->stage == STAGE_LOCK)
        amount_add(&n->refused, e);
    else
        amount_add(v->hold || e->type == EVENT_FIREWALL ? &n->held : &n->passed, e);
}

static void note_message(struct notes *n, const struct event *e, const struct verdict *v)
{
    uint64_t hash = ip_hash(&e->client, 3);
    struct note_client *client;

    note_amount(n, e, v);
    if (n->first.ms == 0)
        n->first = e->at;
    n->last = e->at;
    if (e->sender.n > 0 || e->sender_is_null)
        top_add(&n->senders, e->sender_is_null ? SLICE("<>") : e->sender);
    if (ip_none(&e->client))
        return;
    client = client_of(n, &e->client, e->at);
    client->last = e->at;
    client->messages++;
    client->recipients += e->recipients;
    n->addresses[hash % 4] |= (uint64_t)1 << (hash >> 58);
}

static void note_delivery(struct notes *n, const struct event *e, struct reply_memo *replies)
{
    char room[REPLY_MEMO_PATTERN];
    struct slice domain = address_domain(e->recipient);

    if (e->retry || e->queued.ms < n->first.ms)
        return;
    n->sent += e->status == DELIVERY_SENT;
    n->deferred += e->status == DELIVERY_DEFERRED;
    n->bounced += e->status == DELIVERY_BOUNCED;
    n->unknown += e->status == DELIVERY_BOUNCED &&
                  (e->reply == REPLY_UNKNOWN_RECIPIENT || e->reply == REPLY_UNKNOWN_DOMAIN);
    n->spam += e->status != DELIVERY_SENT && e->reply == REPLY_SPAM;
    if (domain.n > 0)
        top_add(&n->domains, domain);
    if (e->status != DELIVERY_SENT)
        top_add(&n->replies, reply_memo_pattern(replies, e->text, room));
}

/* An incident begins, with the messages that raised the first doubts; what --account noted before
 * is no part of it. */
static void notes_begin(struct row *row, const struct event *e)
{
    bool goes_on = row->run_messages > 0 && e->at.ms - row->run_last.ms <= RUN_PAUSE_MS;

    *row->notes = (struct notes){ 0 };
    if (goes_on) {
        row->notes->all.messages = row->run_messages;
        row->notes->all.recipients = row->run_recipients;
        row->notes->first = row->run_first;
        row->notes->last = row->run_last;
    } else if (e->type == EVENT_DELIVERY) { /* the one whose result this is */
        row->notes->all.messages = 1;
        row->notes->all.recipients = e->recipients;
        row->notes->first = row->notes->last = e->queued;
    }
}

/* Count the run of messages that goes on: until a pause without evidence. Results come seconds to
 * minutes after the messages, so the first of a run raise suspicion when many are out. */
static void row_run(struct row *row, const struct event *e, double score)
{
    bool doubted = row->run_score >= doubt_score;

    row->run_score = (float)score;
    if (e->type != EVENT_SUBMISSION || row->notes != NULL)
        return;
    if (row->run_messages == 0 || (!doubted && e->at.ms - row->run_last.ms > RUN_PAUSE_MS)) {
        row->run_first = e->at;
        row->run_messages = 0;
        row->run_recipients = 0;
    }
    row->run_last = e->at;
    row->run_messages++;
    row->run_recipients += e->recipients;
}

/* Begin or end taking notes, as the verdict says. */
static void row_notes(struct tally *t, struct row *row, const struct event *e,
                      const struct verdict *v)
{
    if (v->suspicion_ended && row->notes != NULL && !row->focus) {
        free(row->notes);
        row->notes = NULL;
        t->notes_n--;
    }
    if (row->notes == NULL && (v->suspicion_began || row->focus)) {
        if (t->notes_n == NOTES_MAX) {
            t->forgotten++;
            return;
        }
        row->notes = memory_new(1, sizeof *row->notes);
        t->notes_n++;
    }
    if (v->suspicion_began && row->notes != NULL)
        notes_begin(row, e);
}

static struct bar *row_bars(struct tally *t, struct row *row, const struct event *e)
{
    if (row->bars == NULL)
        row->bars = pool_add(&t->bars);
    return bars_at(row->bars, e->at);
}

static void row_submission(struct tally *t, struct row *row, const struct event *e)
{
    struct bar *bar;

    row->messages++;
    row->recipients += e->recipients;
    bar = row_bars(t, row, e);
    bar->messages++;
    bar->recipients += e->recipients;
    bar = bars_at(&t->all, e->at);
    bar->messages++;
    bar->recipients += e->recipients;
}

static void block_add(struct tally *t, const struct event *e)
{
    struct slice who = slice_head(address_domain(e->recipient), sizeof t->blocks[0].who - 1);
    struct block *least = &t->blocks[0];
    size_t n;

    for (int i = 0; i < TALLY_BLOCKS; i++) {
        struct block *b = &t->blocks[i];

        if (b->n > 0 && slice_eq(slice_of(b->who), who)) {
            b->n++;
            b->last = e->at;
            return;
        }
        if (b->n < least->n)
            least = b;
    }
    *least = (struct block){ .n = least->n + 1, .first = e->at, .last = e->at };
    memcpy(least->who, who.p, who.n);
    n = reply_pattern(e->text, least->reply, sizeof least->reply - 1);
    least->reply[n] = '\0';
}

static void row_delivery(struct tally *t, struct row *row, const struct event *e)
{
    bool refused = e->status != DELIVERY_SENT && e->reply != REPLY_OTHER;

    row->sent += e->status == DELIVERY_SENT;
    row->deferred += e->status == DELIVERY_DEFERRED;
    row->bounced += e->status == DELIVERY_BOUNCED;
    if (e->status == DELIVERY_SENT || e->retry)
        return;
    if (row->bars != NULL && refused)
        bar_add(&bars_at(row->bars, e->at)->refused, 1);
    bar_add(&bars_at(&t->all, e->at)->refused, 1);
    if (e->reply == REPLY_SPAM && !e->local && address_domain(e->recipient).n > 0)
        block_add(t, e);
}

static uint64_t address_bit(const struct event *e)
{
    return (uint64_t)1 << (ip_hash(&e->client, 3) >> 58);
}

static void row_failure(struct row *row, const struct event *e)
{
    struct attempts *trying = &row->trying;

    row->login_failures += e->count;
    if (e->at.ms - row->failed.ms > FAILED_MEMORY_MS) {
        row->failed_n = 0;
        row->failed_from = 0;
    }
    row->failed = e->at;
    row->failed_n += e->count;
    row->failed_from |= address_bit(e);
    if (!ip_eq(&trying->ip, &e->client) || trying->success.ms != 0)
        *trying = (struct attempts){ .ip = e->client, .first = e->at };
    trying->last = e->at;
    trying->failures += e->count;
    if (row->bars != NULL)
        bar_add(&bars_at(row->bars, e->at)->login_failures, e->count);
}

/* A login that worked; from a new address that failed before, it tells how somebody got in. */
static void row_login(struct row *row, const struct event *e)
{
    struct attempts *trying = &row->trying;
    bool known = (row->addresses & address_bit(e)) != 0;

    row->logins++;
    row->addresses |= address_bit(e);
    if (known || ip_none(&e->client) || !ip_eq(&trying->ip, &e->client) ||
        e->at.ms - trying->last.ms > DAY_MS)
        return;
    trying->success = e->at;
    row->got_in = *trying;
}

static void row_event(struct tally *t, struct row *row, const struct event *e)
{
    if (e->type == EVENT_SUBMISSION) {
        row_submission(t, row, e);
    } else if (e->type == EVENT_DELIVERY) {
        row_delivery(t, row, e);
    } else if (e->type == EVENT_LOGIN) {
        row_login(row, e);
    } else if (e->type == EVENT_LOGIN_FAILURE) {
        row_failure(row, e);
    } else if (e->type == EVENT_REJECT) {
        row->rejected += e->count;
    } else if (e->type == EVENT_FIREWALL) {
        row->messages += e->count;
        row_bars(t, row, e)->messages += e->count;
    }
}

void tally_event(struct tally *t, const struct event *e, const struct verdict *v, bool focus)
{
    struct row *row;

    if (e->type == EVENT_LOGIN_FAILURE)
        bar_add(&bars_at(&t->all, e->at)->login_failures, e->count);
    if (v->fuse == UINT32_MAX || e->type == EVENT_RECEIVED)
        return;
    row = row_of(t, v->fuse);
    if (!row->seen)
        row->first = e->at;
    row->seen = true;
    row->focus = focus;
    row->last = e->at;
    if ((float)v->score > row->highest)
        row->highest = (float)v->score;
    row_notes(t, row, e, v);
    row_run(row, e, v->score);
    row_event(t, row, e);
    if (row->notes == NULL)
        return;
    if (e->type == EVENT_SUBMISSION || e->type == EVENT_FIREWALL)
        note_message(row->notes, e, v);
    else if (e->type == EVENT_DELIVERY)
        note_delivery(row->notes, e, &t->replies);
}
