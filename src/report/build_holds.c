#include "report/build.h"

#include "base/ban.h"

static bool locked(const struct build *b, uint32_t fuse)
{
    const struct incident *incident = detect_incident(b->detect, fuse);

    return incident != NULL && incident->locked.ms != 0;
}

static bool wanted(const struct build *b, const struct subject *subject)
{
    return b->only.name.n == 0 || subject->hash == b->only.hash;
}

/* Messages of those who were never locked. A LAN host sends none. */
static uint64_t honest_messages(const struct build *b)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < b->tally->rows.n; i++) {
        struct subject subject = detect_subject(b->detect, i);
        const struct row *row = tally_row(b->tally, i);

        if (row != NULL && subject.kind != SUBJECT_LAN && wanted(b, &subject) && !locked(b, i))
            sum += row->messages;
    }
    return sum;
}

static void delay(struct report_delays *d, const struct rehearsed_hold *hold)
{
    d->messages += hold->messages;
    d->recipients += hold->recipients;
    if (hold->longest_ms > d->longest_ms)
        d->longest_ms = hold->longest_ms;
}

void report_build_holds(struct report *r, const struct build *b)
{
    const struct rehearsed_hold *holds;
    size_t n;

    if (b->rehearsal == NULL)
        return;
    holds = rehearsal_holds(b->rehearsal, &n);
    r->holds = arena_take(&r->arena, (n + 1) * sizeof *r->holds);
    r->delays.all = honest_messages(b);
    for (size_t i = 0; i < n; i++) {
        struct subject subject = detect_subject(b->detect, holds[i].fuse);

        if (!wanted(b, &subject))
            continue;
        r->holds[r->holds_n++] = (struct report_hold){ .kind = subject.kind,
                                                       .name = arena_copy(&r->arena, subject.name),
                                                       .from = holds[i].from,
                                                       .until = holds[i].until,
                                                       .messages = holds[i].messages,
                                                       .recipients = holds[i].recipients,
                                                       .longest_ms = holds[i].longest_ms };
        if (!locked(b, holds[i].fuse))
            delay(&r->delays, &holds[i]);
    }
}
