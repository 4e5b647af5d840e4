#include "report/build.h"

#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum { DEFAULT_TOP = 10, BRUTE_FAILURES = 10 };

/* What is worth telling an administrator although no fuse tripped. */
static const double watch_score = 4;

static size_t top_of(const struct build *b)
{
    return b->top > 0 ? b->top : DEFAULT_TOP;
}

static bool wanted(const struct build *b, uint32_t number)
{
    struct subject s = detect_subject(b->detect, number);
    const struct row *row = b->part != NULL ? tally_row(b->part, number) : NULL;
    bool same_kind =
        s.kind == b->only.kind || (b->only.kind == SUBJECT_RELAY && s.kind == SUBJECT_LAN);

    if (b->only.name.n > 0 && !(same_kind && slice_eq(s.name, b->only.name)))
        return false;
    return b->part == NULL || (row != NULL && row->seen);
}

static int by_hold(const void *a, const void *b)
{
    const struct report_fuse *x = a, *y = b;

    if (x->tripped != y->tripped)
        return x->tripped ? -1 : 1;
    if (x->held_from.ms != y->held_from.ms)
        return x->held_from.ms < y->held_from.ms ? -1 : 1;
    return x->score < y->score ? 1 : x->score > y->score ? -1 : 0;
}

static int by_score(const void *a, const void *b)
{
    const struct report_fuse *x = a, *y = b;

    return x->score < y->score ? 1 : x->score > y->score ? -1 : 0;
}

/* Tripped fuses and the one asked for go to `fuses`, what was suspicious to `watch`. */
static void build_fuses(struct report *r, const struct build *b)
{
    uint32_t all = detect_count(b->detect);
    size_t fuses = 0, watch = 0;

    for (uint32_t i = 0; i < all; i++) {
        const struct incident *incident = detect_incident(b->detect, i);

        fuses += incident != NULL;
    }
    fuses +=
        2; /* one that was asked for needs no incident; a relay client may be a LAN host as well */
    r->fuses = arena_take(&r->arena, fuses * sizeof *r->fuses);
    r->watch = arena_take(&r->arena, fuses * sizeof *r->watch);
    fuses = 0;
    for (uint32_t i = 0; i < all; i++) {
        const struct incident *incident = detect_incident(b->detect, i);

        if (!wanted(b, i))
            continue;
        if (b->only.name.n > 0 || (incident != NULL && incident->locked.ms != 0))
            report_build_fuse(r, b, i, &r->fuses[fuses++]);
        else if (incident != NULL && incident->score >= watch_score)
            report_build_fuse(r, b, i, &r->watch[watch++]);
    }
    qsort(r->fuses, fuses, sizeof *r->fuses, by_hold);
    qsort(r->watch, watch, sizeof *r->watch, by_score);
    r->fuses_n = fuses;
    r->watch_n = watch;
}

static int by_failures(const void *a, const void *b)
{
    const struct failure *x = *(const struct failure *const *)a;
    const struct failure *y = *(const struct failure *const *)b;

    if (x->failures != y->failures)
        return x->failures < y->failures ? 1 : -1;
    return memcmp(x->ip.b, y->ip.b, sizeof x->ip.b);
}

static void build_brutes(struct report *r, const struct build *b)
{
    const struct failures *f = ledger_failures(b->ledger);
    const struct failure **sorted = memory_new(f->used, sizeof *sorted);
    size_t n = 0;

    for (uint32_t i = 0; i < f->used; i++)
        if (f->all[i].failures >= (b->clients != NULL ? 1 : BRUTE_FAILURES) &&
            (b->clients == NULL || ip_in(&f->all[i].ip, b->clients)))
            sorted[n++] = &f->all[i];
    qsort(sorted, n, sizeof *sorted, by_failures);
    if (b->only.name.n > 0)
        n = 0;
    r->brutes_n = n < top_of(b) ? n : top_of(b);
    r->brutes = arena_take(&r->arena, (r->brutes_n + 1) * sizeof *r->brutes);
    for (size_t i = 0; i < r->brutes_n; i++) {
        struct report_brute *out = &r->brutes[i];
        uint32_t asn;

        *out = (struct report_brute){ .ip = sorted[i]->ip,
                                      .failures = sorted[i]->failures,
                                      .successes = sorted[i]->successes,
                                      .accounts = failure_names(sorted[i]),
                                      .first = sorted[i]->first,
                                      .last = sorted[i]->last };
        if (b->place != NULL)
            b->place(b->place_ctx, &out->ip, out->country, &asn, &out->network);
    }
    free(sorted);
}

static int by_blocks(const void *a, const void *b)
{
    const struct report_block *x = a, *y = b;

    return x->n < y->n ? 1 : x->n > y->n ? -1 : 0;
}

static void build_blocks(struct report *r, const struct build *b)
{
    r->blocks = arena_take(&r->arena, TALLY_BLOCKS * sizeof *r->blocks);
    for (int i = 0; i < TALLY_BLOCKS && b->only.name.n == 0 && b->part == NULL; i++) {
        const struct block *in = &b->tally->blocks[i];

        if (in->n > 0)
            r->blocks[r->blocks_n++] =
                (struct report_block){ .who = arena_copy(&r->arena, slice_of(in->who)),
                                       .reply = arena_copy(&r->arena, slice_of(in->reply)),
                                       .n = in->n,
                                       .first = in->first,
                                       .last = in->last };
    }
    qsort(r->blocks, r->blocks_n, sizeof *r->blocks, by_blocks);
    if (r->blocks_n > top_of(b))
        r->blocks_n = top_of(b);
}

static int by_recipients(const void *a, const void *b)
{
    const struct report_account *x = a, *y = b;

    if (x->recipients != y->recipients)
        return x->recipients < y->recipients ? 1 : -1;
    if (x->messages != y->messages)
        return x->messages < y->messages ? 1 : -1;
    return x->login_failures < y->login_failures   ? 1
           : x->login_failures > y->login_failures ? -1
                                                   : 0;
}

static void build_accounts(struct report *r, const struct build *b)
{
    const struct tally *tally = b->part != NULL ? b->part : b->tally;
    uint32_t all = detect_count(b->detect);

    r->accounts = arena_take(&r->arena, (all + 1) * sizeof *r->accounts);
    for (uint32_t i = 0; i < all && i < tally->rows.n; i++) {
        const struct row *row = tally_row(tally, i);
        struct subject s = detect_subject(b->detect, i);

        if (!row->seen || !wanted(b, i))
            continue;
        r->accounts[r->accounts_n++] =
            (struct report_account){ .kind = s.kind,
                                     .name = arena_copy(&r->arena, s.name),
                                     .messages = row->messages,
                                     .recipients = row->recipients,
                                     .sent = row->sent,
                                     .deferred = row->deferred,
                                     .bounced = row->bounced,
                                     .rejected = row->rejected,
                                     .logins = row->logins,
                                     .login_failures = row->login_failures,
                                     .clients = tally_addresses(&row->addresses, 1),
                                     .score = (double)row->highest,
                                     .first = row->first,
                                     .last = row->last };
    }
    qsort(r->accounts, r->accounts_n, sizeof *r->accounts, by_recipients);
    if (b->top > 0 && r->accounts_n > b->top)
        r->accounts_n = b->top;
}

static void build_totals(struct report *r, struct totals *t)
{
    r->totals = (struct report_totals){ .submitted = t->submitted,
                                        .received = t->received,
                                        .delivered = t->delivered,
                                        .forwarded = t->forwarded,
                                        .deferred = t->deferred,
                                        .deferrals = t->deferrals,
                                        .bounced = t->bounced,
                                        .rejected = t->rejected,
                                        .reject_warnings = t->reject_warnings,
                                        .held = t->held,
                                        .discarded = t->discarded,
                                        .bytes_received = t->bytes_received,
                                        .bytes_delivered = t->bytes_delivered,
                                        .senders = distinct_count(&t->senders),
                                        .recipients = distinct_count(&t->recipients),
                                        .sending_domains = distinct_count(&t->sending_domains),
                                        .recipient_domains = distinct_count(&t->recipient_domains),
                                        .logins = t->logins,
                                        .login_failures = t->login_failures,
                                        .local_submissions = t->local_submissions };
}

void report_build(struct report *r, const struct build *b)
{
    build_fuses(r, b);
    report_build_holds(r, b);
    build_brutes(r, b);
    build_blocks(r, b);
    build_accounts(r, b);
    build_totals(r, ledger_totals(b->ledger));
    report_build_bars(r, &b->tally->all, &r->timeline);
    r->lines.forgotten =
        ledger_forgotten(b->ledger) + detect_forgotten(b->detect) + b->tally->forgotten;
}
