#include "box/trail.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum {
    VERSION = 1,
    PROBES = 8,
    WEEK_HOURS = TRAIL_DAYS * 24,
    ROW_BYTES = 16,
    SUMS = 2 * TRAIL_ROWS,
};

/* An hour of one fuse. */
struct row {
    uint32_t fuse; /* + 1; 0: free */
    uint32_t hour; /* since 1970 */
    uint32_t recipients;
    uint16_t fresh, refused;
};

struct trail {
    struct row rows[TRAIL_BLOCKS][TRAIL_BLOCK_ROWS];
    bool changed[TRAIL_BLOCKS];
};

struct trail *trail_new(void)
{
    return memory_new(1, sizeof(struct trail));
}

void trail_free(struct trail *t)
{
    free(t);
}

static uint32_t hour_of(struct wall at)
{
    return (uint32_t)(at.ms / HOUR_MS);
}

/* What is lost with it. */
static uint32_t worth(const struct row *r)
{
    return r->recipients + 4u * r->fresh + 4u * r->refused;
}

/* It is over a week old, or of a time that is still to come: the clock was set back. */
static bool is_old(const struct row *r, uint32_t hour)
{
    return r->hour + WEEK_HOURS < hour || r->hour > hour + WEEK_HOURS;
}

static bool is_worse(const struct row *a, const struct row *b, uint32_t hour)
{
    if (a->fuse == 0 || b->fuse == 0)
        return a->fuse == 0 && b->fuse != 0;
    if (is_old(a, hour) != is_old(b, hour))
        return is_old(a, hour);
    return worth(a) != worth(b) ? worth(a) < worth(b) : a->hour < b->hour;
}

/* Its row of that hour, in the place of the least one if need be. */
static struct row *row_of(struct trail *t, uint32_t fuse, uint32_t hour)
{
    uint64_t hash = hash_u64((uint64_t)fuse << 32 | hour);
    struct row *rows = t->rows[hash % TRAIL_BLOCKS], *worst = NULL;

    for (uint32_t p = 0; p < PROBES; p++) {
        struct row *r = &rows[((hash >> 32) + p) % TRAIL_BLOCK_ROWS];

        if (r->fuse == fuse + 1 && r->hour == hour)
            return r;
        if (worst == NULL || is_worse(r, worst, hour))
            worst = r;
    }
    *worst = (struct row){ .fuse = fuse + 1, .hour = hour };
    return worst;
}

/* A provider that refuses us all says nothing of whose mail it refuses. */
static bool is_refused(const struct event *e)
{
    return e->status != DELIVERY_SENT && !e->site_refused &&
           (e->reply == REPLY_UNKNOWN_RECIPIENT || e->reply == REPLY_UNKNOWN_DOMAIN ||
            e->reply == REPLY_SPAM);
}

void trail_count(struct trail *t, uint32_t fuse, const struct event *e, bool fresh)
{
    struct row *r;

    if (e->type != EVENT_DELIVERY || e->local || e->retry)
        return;
    r = row_of(t, fuse, hour_of(e->at));
    r->recipients += r->recipients < UINT32_MAX;
    r->fresh += (uint16_t)(fresh && r->fresh < UINT16_MAX);
    r->refused += (uint16_t)(is_refused(e) && r->refused < UINT16_MAX);
    t->changed[(size_t)(r - t->rows[0]) / TRAIL_BLOCK_ROWS] = true;
}

static bool is_within(const struct row *r, uint32_t until)
{
    return r->fuse != 0 && r->recipients > 0 && r->hour <= until && r->hour + WEEK_HOURS >= until;
}

static void add(struct trail_sum *sum, const struct row *r, uint32_t until)
{
    sum->recipients += r->recipients;
    sum->fresh += r->fresh;
    sum->refused += r->refused;
    sum->volume += (double)r->recipients * exp2(-(double)(until - r->hour) / 24);
}

struct trail_sum trail_of(const struct trail *t, uint32_t fuse, struct wall until)
{
    struct trail_sum sum = { .fuse = fuse };
    uint32_t last = hour_of(until);

    for (uint32_t h = 0; h <= WEEK_HOURS && h <= last; h++) {
        uint64_t hash = hash_u64((uint64_t)fuse << 32 | (last - h));
        const struct row *rows = t->rows[hash % TRAIL_BLOCKS];

        for (uint32_t p = 0; p < PROBES; p++) {
            const struct row *r = &rows[((hash >> 32) + p) % TRAIL_BLOCK_ROWS];

            if (r->fuse == fuse + 1 && r->hour == last - h)
                add(&sum, r, last);
        }
    }
    return sum;
}

static double fresh_volume(const struct trail_sum *s)
{
    return s->recipients > 0 ? s->volume * s->fresh / s->recipients : 0;
}

/* The sum of that fuse in a table of SUMS; one without recipients is free. */
static struct trail_sum *sum_of(struct trail_sum *sums, uint32_t fuse)
{
    size_t at = hash_u64(fuse) % SUMS;

    while (sums[at].recipients > 0 && sums[at].fuse != fuse)
        at = (at + 1) % SUMS;
    sums[at].fuse = fuse;
    return &sums[at];
}

static bool is_heavier(const struct trail_sum *a, const struct trail_sum *b)
{
    double x = fresh_volume(a), y = fresh_volume(b);

    return x > y || (x >= y && a->fuse < b->fuse);
}

static size_t insert(struct trail_sum *out, size_t have, size_t most, const struct trail_sum *one)
{
    size_t at = have;

    while (at > 0 && is_heavier(one, &out[at - 1]))
        at--;
    if (at == most)
        return have;
    have += have < most;
    memmove(&out[at + 1], &out[at], (have - at - 1) * sizeof *out);
    out[at] = *one;
    return have;
}

size_t trail_top(const struct trail *t, struct wall until, struct trail_sum *out, size_t n)
{
    struct trail_sum *sums = memory_new(SUMS, sizeof *sums);
    uint32_t last = hour_of(until);
    size_t have = 0;

    for (size_t b = 0; b < TRAIL_BLOCKS; b++)
        for (const struct row *r = t->rows[b]; r < t->rows[b] + TRAIL_BLOCK_ROWS; r++)
            if (is_within(r, last))
                add(sum_of(sums, r->fuse - 1), r, last);
    for (size_t i = 0; i < SUMS && n > 0; i++)
        if (sums[i].fresh > 0)
            have = insert(out, have, n, &sums[i]);
    free(sums);
    return have;
}

/* ---- on disk: the version, then the rows, lowest byte first */

static void put(struct buf *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_add_char(out, (char)(value >> 8 * i & 0xff));
}

static uint32_t get(const char *p, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = bytes; i > 0; i--)
        value = value << 8 | (unsigned char)p[i - 1];
    return value;
}

bool trail_save(struct trail *t, uint32_t *block, struct buf *out)
{
    uint32_t b = 0;

    while (b < TRAIL_BLOCKS && !t->changed[b])
        b++;
    if (b == TRAIL_BLOCKS)
        return false;
    t->changed[b] = false;
    *block = b;
    put(out, VERSION, 1);
    for (const struct row *r = t->rows[b]; r < t->rows[b] + TRAIL_BLOCK_ROWS; r++) {
        put(out, r->fuse, 4);
        put(out, r->hour, 4);
        put(out, r->recipients, 4);
        put(out, r->fresh, 2);
        put(out, r->refused, 2);
    }
    return true;
}

void trail_unsaved(struct trail *t)
{
    for (size_t b = 0; b < TRAIL_BLOCKS; b++)
        t->changed[b] = true;
}

bool trail_load(struct trail *t, uint32_t block, struct slice bytes, uint32_t fuses)
{
    if (block >= TRAIL_BLOCKS || bytes.n != TRAIL_BYTES || bytes.p[0] != VERSION)
        return false;
    for (size_t i = 0; i < TRAIL_BLOCK_ROWS; i++) {
        const char *p = bytes.p + 1 + i * ROW_BYTES;
        struct row r = { get(p, 4), get(p + 4, 4), get(p + 8, 4), (uint16_t)get(p + 12, 2),
                         (uint16_t)get(p + 14, 2) };

        if (r.fuse > 0 && r.fuse <= fuses)
            t->rows[block][i] = r;
    }
    return true;
}
