#include "report/build.h"

#include <stdlib.h>

#include "base/buf.h"

#include "base/ban.h"

enum { TOP_REPLIES = 2, TOP_NAMES = 5, WORDS_MAX = 400 };

void report_build_bars(struct report *r, const struct bars *bars, struct report_timeline *out)
{
    out->start = (struct wall){ bars->start_ms };
    out->width_ms = bars->width_ms;
    out->n = bars_used(bars);
    out->bars = arena_take(&r->arena, (out->n + 1) * sizeof *out->bars);
    for (size_t i = 0; i < out->n; i++)
        out->bars[i] = (struct report_bar){ bars->bar[i].messages, bars->bar[i].recipients,
                                            bars->bar[i].refused, bars->bar[i].login_failures };
}

static void fuse_top(struct report *r, const struct top *top, size_t most,
                     struct report_count **out, size_t *out_n)
{
    struct top sorted = *top;
    size_t n = top_sort(&sorted);

    *out_n = n < most ? n : most;
    *out = arena_take(&r->arena, (*out_n + 1) * sizeof **out);
    for (size_t i = 0; i < *out_n; i++)
        (*out)[i] = (struct report_count){ arena_copy(&r->arena, top_text(&sorted.slots[i])),
                                           sorted.slots[i].count };
}

static int by_messages(const void *a, const void *b)
{
    const struct report_client *x = a, *y = b;

    if (x->messages != y->messages)
        return x->messages < y->messages ? 1 : -1;
    return memcmp(x->ip.b, y->ip.b, sizeof x->ip.b);
}

static void fuse_clients(struct report *r, const struct build *b, const struct notes *notes,
                         const struct incident *incident, struct report_fuse *out)
{
    size_t most = b->top > 0 ? b->top : 10;

    out->clients = arena_take(&r->arena, (notes->clients_n + 1) * sizeof *out->clients);
    for (uint32_t i = 0; i < notes->clients_n; i++) {
        const struct note_client *in = &notes->clients[i];
        struct report_client *client = &out->clients[i];
        struct slice network = { NULL, 0 };

        *client = (struct report_client){ .ip = in->ip,
                                          .first = in->first,
                                          .last = in->last,
                                          .messages = in->messages,
                                          .recipients = in->recipients };
        client->new_here = incident != NULL && in->first.ms >= incident->since.ms - DAY_MS &&
                           in->first.ms <= incident->since.ms + DAY_MS;
        if (b->place != NULL)
            b->place(b->place_ctx, &in->ip, client->country, &client->asn, &network);
        client->network = arena_copy(&r->arena, network);
    }
    qsort(out->clients, notes->clients_n, sizeof *out->clients, by_messages);
    out->clients_n = notes->clients_n < most ? notes->clients_n : most;
    out->clients_all =
        notes->clients_n < NOTES_CLIENTS ? notes->clients_n : tally_addresses(notes->addresses, 4);
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What of the incident's mail was held when it was locked, or is held still. */
static struct amount still_held(const struct build *b, uint32_t number, const struct notes *notes)
{
    struct amount held = { 0 };

    if (detect_subject(b->detect, number).kind == SUBJECT_LAN)
        return notes->held;
    if (b->rehearsal != NULL)
        rehearsal_held(b->rehearsal, number, &held.messages, &held.recipients);
    return (struct amount){ least(held.messages, notes->held.messages),
                            least(held.recipients, notes->held.recipients) };
}

/* What was let go by holds of this incident that ended by themselves. */
static struct amount let_go(const struct build *b, uint32_t number, const struct incident *incident)
{
    struct amount sum = { 0 };
    const struct rehearsed_hold *holds;
    size_t n;

    if (b->rehearsal == NULL)
        return sum;
    holds = rehearsal_holds(b->rehearsal, &n);
    for (size_t i = 0; i < n; i++)
        if (holds[i].fuse == number && holds[i].from.ms >= incident->since.ms) {
            sum.messages += holds[i].messages;
            sum.recipients += holds[i].recipients;
        }
    return sum;
}

/* A message has got out unless it was refused, or was held and is held still. */
static void fuse_amounts(const struct build *b, uint32_t number, const struct notes *notes,
                         const struct incident *incident, struct report_fuse *out)
{
    struct amount held = still_held(b, number, notes), gone;

    out->messages_after = held.messages + notes->refused.messages;
    out->recipients_after = held.recipients + notes->refused.recipients;
    out->messages_before = less(notes->all.messages, out->messages_after);
    out->recipients_before = less(notes->all.recipients, out->recipients_after);
    if (incident == NULL || !out->tripped)
        return;
    gone = let_go(b, number, incident);
    out->messages_canaries =
        notes->passed.messages + less(notes->held.messages, held.messages + gone.messages);
    out->recipients_canaries =
        notes->passed.recipients + less(notes->held.recipients, held.recipients + gone.recipients);
}

static void fuse_notes(struct report *r, const struct build *b, const struct notes *notes,
                       const struct incident *incident, struct report_fuse *out)
{
    out->sent = notes->sent;
    out->deferred = notes->deferred;
    out->bounced = notes->bounced;
    out->unknown_recipients = notes->unknown;
    out->refused_as_spam = notes->spam;
    out->first_abuse = notes->first;
    out->last_abuse = notes->last;
    fuse_top(r, &notes->replies, TOP_REPLIES, &out->replies, &out->replies_n);
    fuse_top(r, &notes->domains, TOP_NAMES, &out->domains, &out->domains_n);
    fuse_top(r, &notes->senders, TOP_NAMES, &out->senders, &out->senders_n);
    fuse_clients(r, b, notes, incident, out);
}

/* A date and time for a sentence, on the clock of the log. */
static void words_at(struct buf *out, const struct report *r, struct wall at)
{
    struct civil c = wall_to_civil(at, report_offset(r, at));

    buf_printf(out, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

static void words_attempts(struct buf *out, const struct report *r, const struct attempts *a)
{
    char ip[IP_TEXT_MAX];

    buf_printf(out, "The password was probably guessed: after %u failed login%s from %s, since ",
               a->failures, a->failures == 1 ? "" : "s", ip_text(&a->ip, ip));
    words_at(out, r, a->first);
    buf_add(out, SLICE(", one from there worked at "));
    words_at(out, r, a->success);
    buf_add_char(out, '.');
}

static void words_failed(struct buf *out, const struct row *row)
{
    unsigned long long addresses = tally_addresses(&row->failed_from, 1);

    buf_printf(out, " In the two weeks before, %u login%s failed, from %s%llu address%s.",
               row->failed_n, row->failed_n == 1 ? "" : "s", addresses > 8 ? "about " : "",
               addresses, addresses == 1 ? "" : "es");
}

/* How the thief got in, as far as the log tells. */
static void fuse_way_in(struct report *r, const struct incident *incident, const struct row *row,
                        struct report_fuse *out)
{
    const struct evidence *network = &incident->at_peak[SIGNAL_NEW_NETWORK];
    struct buf words = buf_make(WORDS_MAX);

    if (row->got_in.failures > 0 && row->got_in.success.ms <= incident->since.ms + DAY_MS) {
        words_attempts(&words, r, &row->got_in);
    } else if (network->weight > 0) {
        buf_add(&words, SLICE("It was used from a new network, without failed logins from there:"
                              " the password was known (phished, stolen by malware, or the same"
                              " elsewhere)."));
        if (row->failed_n > 0)
            words_failed(&words, row);
    }
    out->way_in = arena_copy(&r->arena, buf_slice(&words));
    buf_done(&words);
}

void report_build_fuse(struct report *r, const struct build *b, uint32_t number,
                       struct report_fuse *out)
{
    struct subject subject = detect_subject(b->detect, number);
    const struct incident *incident = detect_incident(b->detect, number);
    const struct row *row = tally_row(b->tally, number);
    struct wall since = { 0 };

    *out =
        (struct report_fuse){ .kind = subject.kind, .name = arena_copy(&r->arena, subject.name) };
    if (incident != NULL) {
        out->tripped = incident->locked.ms != 0;
        out->locked = incident->locked;
        out->held_from = incident->held_from;
        if (out->tripped && out->held_from.ms > out->locked.ms)
            out->held_from = out->locked; /* the next message would have been held */
        out->score = incident->score;
        since = incident->since;
        report_build_evidence(r, incident, out);
    }
    if (row != NULL) {
        out->messages = row->messages;
        out->recipients = row->recipients;
        if (row->bars != NULL)
            report_build_bars(r, row->bars, &out->timeline);
        if (row->notes != NULL) {
            fuse_amounts(b, number, row->notes, incident, out);
            fuse_notes(r, b, row->notes, incident, out);
        }
        if (incident != NULL && out->tripped && subject.kind == SUBJECT_ACCOUNT)
            fuse_way_in(r, incident, row, out);
    }
    if (out->first_abuse.ms != 0 && out->first_abuse.ms < since.ms)
        since = out->first_abuse;
    if (b->only.name.n > 0 && !out->tripped)
        since.ms = 0; /* all of its mail was asked for */
    report_build_queues(r, b, &subject, since, out);
}
