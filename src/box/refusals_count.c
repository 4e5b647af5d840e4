/* refusals_count.c - how much goes to each provider, what becomes of it, and who sends it. */
#include <math.h>

#include "box/refusals_private.h"

#include "base/ban.h"

enum { SLOT_MS = 10 * MINUTE_MS, HOUR_SLOTS = HOUR_MS / SLOT_MS };

static const double use_half_life = 24, senders_half_life = 3; /* hours */
static const float least_messages = 0.5F;

/* `*hour` moves on; how much is left of what was counted until then. */
static double fade(int64_t *hour, struct wall at, double half_life)
{
    int64_t now = at.ms / HOUR_MS, passed = now - *hour;

    if (passed <= 0)
        return 1;
    *hour = now;
    return exp2(-(double)passed / half_life);
}

/* Slots of the time since then are empty. After a step back of the clock the present one goes on.
 */
static struct refusals_count *slot_of(struct refusals_row *row, struct wall at)
{
    int64_t now = at.ms / SLOT_MS;

    if (now - row->slot >= REFUSALS_SLOTS || row->slot - now >= REFUSALS_SLOTS) {
        memset(row->slots, 0, sizeof row->slots);
        row->slot = now;
    }
    while (row->slot < now)
        row->slots[++row->slot % REFUSALS_SLOTS] = (struct refusals_count){ 0 };
    return &row->slots[row->slot % REFUSALS_SLOTS];
}

static void fade_senders(struct refusals_row *row, struct wall at)
{
    float left = (float)fade(&row->senders_hour, at, senders_half_life);

    for (size_t i = 0; left < 1 && i < REFUSALS_SENDERS; i++) {
        struct refusals_sender *s = &row->senders[i];

        s->messages *= left;
        s->fresh *= left;
        if (s->messages < least_messages)
            *s = (struct refusals_sender){ 0 };
    }
}

/* Its place, an empty one, or that of who sent least. */
static void note_sender(struct refusals_row *row, const struct refusals_result *result)
{
    struct refusals_sender *at = &row->senders[0];

    fade_senders(row, result->at);
    for (size_t i = 0; i < REFUSALS_SENDERS; i++) {
        struct refusals_sender *s = &row->senders[i];

        if (s->messages > 0 && s->fuse == result->fuse) {
            at = s;
            break;
        }
        if (s->messages < at->messages)
            at = s;
    }
    if (at->messages > 0 && at->fuse != result->fuse && at->messages >= 1 && !result->fresh)
        return; /* those who write to strangers are what counts */
    if (at->messages <= 0 || at->fuse != result->fuse)
        *at = (struct refusals_sender){ .fuse = result->fuse };
    at->messages += 1;
    at->fresh += result->fresh;
}

static void add(struct refusals_count *to, const struct refusals_count *from)
{
    to->accepted += from->accepted;
    to->deferred += from->deferred;
    to->refused += from->refused;
    to->reputation += from->reputation;
}

void refusals_note(struct refusals *r, struct refusals_row *row,
                   const struct refusals_result *result)
{
    const struct refusals_count one = {
        .accepted = result->status == DELIVERY_SENT,
        .deferred = result->status == DELIVERY_DEFERRED,
        .refused = result->status == DELIVERY_BOUNCED,
        .reputation = result->status != DELIVERY_SENT && reply_cause_is_reputation(result->cause),
    };
    struct refusals_key *key = refusals_key(r, row);

    add(slot_of(row, result->at), &one);
    add(key->known ? &row->all : &r->rows[0].all, &one);
    key->use = key->use * fade(&key->use_hour, result->at, use_half_life) + 1;
    r->use = r->use * fade(&r->use_hour, result->at, use_half_life) + 1;
    if (result->fuse != REFUSALS_NOBODY)
        note_sender(row, result);
}

void refusals_total(const struct refusals *r, uint32_t number, struct refusals_count *out)
{
    *out = r->rows[number].all;
}

void refusals_counts(const struct refusals *r, uint32_t number, struct wall at,
                     struct refusals_count *hour, struct refusals_count *day)
{
    const struct refusals_row *row = &r->rows[number];
    int64_t now = at.ms / SLOT_MS;

    *hour = *day = (struct refusals_count){ 0 };
    for (int64_t s = row->slot; s > row->slot - REFUSALS_SLOTS && s > 0; s--) {
        if (s <= now - REFUSALS_SLOTS)
            break;
        add(day, &row->slots[s % REFUSALS_SLOTS]);
        if (s > now - HOUR_SLOTS)
            add(hour, &row->slots[s % REFUSALS_SLOTS]);
    }
}

/* Into `b`, the one that wrote to most strangers first; one more than fit falls out. */
static void blame(struct refusals_block *b, const struct refusals_blame *one)
{
    size_t at = b->blamed_n;

    while (at > 0 && b->blamed[at - 1].fresh < one->fresh)
        at--;
    if (at == REFUSALS_BLAMED)
        return;
    b->blamed_n += b->blamed_n < REFUSALS_BLAMED;
    for (size_t k = b->blamed_n - 1; k > at; k--)
        b->blamed[k] = b->blamed[k - 1];
    b->blamed[at] = *one;
}

/* Elsewhere nobody is: the senders are those of the site that refused last. */
static struct refusals_row *row_of_senders(struct refusals *r, struct refusals_row *row,
                                           const struct refusals_result *result)
{
    uint32_t site = REFUSALS_NOBODY;

    if (row == r->rows && result->provider == NULL)
        site = refusals_find(r, result->site);
    return site != REFUSALS_NOBODY ? &r->rows[site] : row;
}

void refusals_blame(struct refusals *r, struct refusals_row *row,
                    const struct refusals_result *result)
{
    struct refusals_row *from = row_of_senders(r, row, result);
    double all = 0;
    uint32_t n = 0;

    fade_senders(from, result->at);
    for (size_t i = 0; i < REFUSALS_SENDERS; i++) {
        all += (double)from->senders[i].fresh;
        n += from->senders[i].messages > 0;
    }
    for (size_t i = 0; i < REFUSALS_SENDERS; i++) {
        const struct refusals_sender *s = &from->senders[i];
        struct refusals_blame one = { .fuse = s->fuse,
                                      .fresh = (uint32_t)lrint((double)s->fresh),
                                      .fresh_all = (uint32_t)lrint(all),
                                      .senders = n,
                                      .refused = s->fuse == result->fuse };

        if (s->messages > 0 && (one.refused || refusals_wrote_much(&one)))
            blame(&row->block, &one);
    }
}
