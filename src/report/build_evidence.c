#include "report/build.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"

#include "base/ban.h"

enum { WORDS_MAX = 400 };

/* A signal below this weight is not worth a line of its own. */
static const double least_weight = 0.1;

struct weighed {
    enum signal signal;
    double weight;
};

static int by_weight(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return x->signal < y->signal ? -1 : x->signal > y->signal;
}

/* All that weigh anything, the heaviest first. */
static size_t sorted(const struct incident *incident, struct weighed out[SIGNALS])
{
    size_t n = 0;

    for (unsigned s = 0; s < SIGNALS; s++)
        if (incident->at_peak[s].weight != 0)
            out[n++] = (struct weighed){ (enum signal)s, (double)incident->at_peak[s].weight };
    qsort(out, n, sizeof *out, by_weight);
    return n;
}

static void add_piece(struct report *r, const struct evidence *e, enum signal s,
                      struct report_fuse *out)
{
    struct buf words = buf_make(WORDS_MAX);

    evidence_words(&words, s, e);
    out->evidence[out->evidence_n++] =
        (struct report_evidence){ .signal = slice_of(signal_name(s)),
                                  .words = arena_copy(&r->arena, buf_slice(&words)),
                                  .observed = (double)e->observed,
                                  .expected = (double)e->expected,
                                  .history = slice_of(evidence_history(s, e)),
                                  .weight = (double)e->weight,
                                  .at = evidence_at(e) };
    buf_done(&words);
}

/* One line for all that is too small, where it belongs by its weight: with it the sum is right. */
static void add_others(struct report *r, const struct report_evidence *small, unsigned n,
                       struct report_fuse *out)
{
    struct report_evidence *at = &out->evidence[out->evidence_n];
    struct buf words = buf_make(WORDS_MAX);

    if (n == 0)
        return;
    for (; at > out->evidence && at[-1].weight < small->weight; at--)
        *at = at[-1];
    *at = *small;
    buf_printf(&words, "%u smaller finding%s", n, n == 1 ? "" : "s");
    at->words = arena_copy(&r->arena, buf_slice(&words));
    out->evidence_n++;
    buf_done(&words);
}

/* One sentence: what the two strongest saw. */
static void add_reason(struct report *r, const struct incident *incident,
                       const struct weighed *list, size_t n, struct report_fuse *out)
{
    struct buf words = buf_make(2 * WORDS_MAX);

    for (size_t i = 0; i < n && i < 2 && list[i].weight > 0; i++) {
        buf_add(&words, i > 0 ? SLICE("; ") : SLICE(""));
        evidence_seen(&words, list[i].signal, &incident->at_peak[list[i].signal]);
    }
    out->reason = arena_copy(&r->arena, buf_slice(&words));
    buf_done(&words);
}

void report_build_evidence(struct report *r, const struct incident *incident,
                           struct report_fuse *out)
{
    struct weighed list[SIGNALS];
    size_t n = sorted(incident, list);
    struct report_evidence small = { .signal = SLICE("others"), .observed = NAN, .expected = NAN };
    unsigned small_n = 0;

    out->evidence = arena_take(&r->arena, (SIGNALS + 1) * sizeof *out->evidence);
    for (size_t i = 0; i < n; i++) {
        const struct evidence *e = &incident->at_peak[list[i].signal];

        if (fabs(list[i].weight) >= least_weight) {
            add_piece(r, e, list[i].signal, out);
            continue;
        }
        small_n++;
        small.weight += list[i].weight;
        if (evidence_at(e).ms > small.at.ms)
            small.at = evidence_at(e);
    }
    add_others(r, &small, small_n, out);
    add_reason(r, incident, list, n, out);
}
