#include "run/active.h"

#include <stdlib.h>

#include "base/memory.h"
#include "detect/coder.h"

#include "base/ban.h"

enum { PART_MS = 10 * MINUTE_MS, PROBES = 8 };

void active_done(struct active *a)
{
    free(a->rows);
    a->rows = NULL;
}

static struct active_row *slot(const struct active *a, uint32_t fuse, uint32_t probe)
{
    return &a->rows[(hash_u64(fuse) + probe) % ACTIVE_SLOTS];
}

void active_prefetch(const struct active *a, uint32_t fuse)
{
    for (uint32_t p = 0; a->rows != NULL && p < PROBES; p++)
        __builtin_prefetch(slot(a, fuse, p));
}

const struct active_row *active_of(const struct active *a, uint32_t fuse)
{
    for (uint32_t p = 0; a->rows != NULL && p < PROBES; p++)
        if (slot(a, fuse, p)->fuse == fuse + 1)
            return slot(a, fuse, p);
    return NULL;
}

/* Its row, in the place of who was quiet for longest if need be. */
static struct active_row *row_of(struct active *a, uint32_t fuse)
{
    struct active_row *oldest;

    if (a->rows == NULL)
        a->rows = memory_new(ACTIVE_SLOTS, sizeof *a->rows);
    oldest = slot(a, fuse, 0);
    for (uint32_t p = 0; p < PROBES; p++) {
        struct active_row *row = slot(a, fuse, p);

        if (row->fuse == fuse + 1)
            return row;
        if (row->last.ms < oldest->last.ms)
            oldest = row;
    }
    if (oldest->fuse != 0 && oldest->today.day > a->crowded_day)
        a->crowded_day = oldest->today.day;
    *oldest = (struct active_row){ .fuse = fuse + 1 };
    return oldest;
}

static void turn(struct active_row *row, int64_t part)
{
    if (part <= row->part)
        return;
    if (part - row->part >= ACTIVE_PARTS) {
        *row = (struct active_row){ .fuse = row->fuse, .part = part };
        return;
    }
    for (; row->part < part;) {
        size_t k = (size_t)(++row->part % ACTIVE_PARTS);

        row->messages[k] = row->recipients[k] = row->failures[k] = 0;
    }
}

static void note_network(struct active_row *row, const struct event *e, bool known)
{
    struct box_address *from = row->from;
    uint32_t k = 0;

    if (ip_none(&e->client))
        return;
    while (k < row->networks_n && k < ACTIVE_NETWORKS && !ip_eq(&from[k].ip, &e->client))
        k++;
    if (k == row->networks_n || k == ACTIVE_NETWORKS)
        row->networks_n += row->networks_n < UINT32_MAX;
    if (k == ACTIVE_NETWORKS) {
        row->others.messages += !known;
        row->others.recipients += known ? 0 : e->recipients;
        return;
    }
    if (from[k].messages == 0)
        from[k] = (struct box_address){ .ip = e->client, .known = known, .first = e->at };
    from[k].messages++;
    from[k].recipients += e->recipients;
    from[k].last = e->at;
}

static void note_day(const struct active *a, struct active_row *row, const struct event *e)
{
    int32_t day = (int32_t)((e->at.ms + (int64_t)e->utc_offset_s * SECOND_MS) / DAY_MS);
    struct active_day *today = &row->today;

    if (day < today->day)
        return; /* a line that is late */
    if (day > today->day)
        *today =
            (struct active_day){ .day = day, .partial = today->day == 0 && a->crowded_day == day };
    today->messages += e->type == EVENT_SUBMISSION;
    today->recipients += e->type == EVENT_SUBMISSION ? e->recipients : 0;
    today->failures += e->type == EVENT_LOGIN_FAILURE ? e->count : 0;
}

void active_count(struct active *a, uint32_t fuse, const struct event *e, bool known)
{
    struct active_row *row;
    size_t k;

    if (e->type != EVENT_SUBMISSION && e->type != EVENT_LOGIN_FAILURE && e->type != EVENT_LOGIN)
        return;
    row = row_of(a, fuse);
    turn(row, e->at.ms / PART_MS);
    k = (size_t)(row->part % ACTIVE_PARTS);
    row->messages[k] += e->type == EVENT_SUBMISSION;
    row->recipients[k] += e->type == EVENT_SUBMISSION ? e->recipients : 0;
    row->failures[k] += e->type == EVENT_LOGIN_FAILURE ? e->count : 0;
    note_day(a, row, e);
    if (e->type == EVENT_SUBMISSION) {
        note_network(row, e, known);
        row->marks[row->marks_n++ % ACTIVE_MARKS] = box_mark(e->queue_id);
    }
    if (e->at.ms > row->last.ms)
        row->last = e->at;
}

static void row_clock_set(struct active_row *row, int64_t by_ms, int32_t today)
{
    const struct active_row old = *row;
    int64_t by = (by_ms + (by_ms < 0 ? -PART_MS : PART_MS) / 2) / PART_MS;

    row->part += by;
    for (int64_t k = 0; k < ACTIVE_PARTS; k++) {
        size_t from = (size_t)((old.part + k) % ACTIVE_PARTS);
        size_t to = (size_t)((row->part + k) % ACTIVE_PARTS);

        row->messages[to] = old.messages[from];
        row->recipients[to] = old.recipients[from];
        row->failures[to] = old.failures[from];
    }
    row->last.ms += by_ms;
    if (row->today.day > today)
        row->today.day = today;
    for (uint32_t k = 0; k < row->networks_n && k < ACTIVE_NETWORKS; k++)
        row->from[k].last.ms += by_ms; /* what was first is as it is in the log */
}

void active_clock_set(struct active *a, int64_t by_ms, int32_t today)
{
    if (a->crowded_day > today)
        a->crowded_day = today;
    for (uint32_t i = 0; a->rows != NULL && i < ACTIVE_SLOTS; i++)
        if (a->rows[i].fuse != 0 && a->rows[i].part + by_ms / PART_MS > 0)
            row_clock_set(&a->rows[i], by_ms, today);
}

struct active_day active_today(const struct active *a, uint32_t fuse, int32_t today)
{
    const struct active_row *row = active_of(a, fuse);
    struct active_day none = { .day = today, .partial = row == NULL && a->crowded_day == today };

    return row != NULL && row->today.day == today ? row->today : none;
}

/* ---- on disk: its day; networks, what came from others; how many networks, and whether there is a
 * day */

enum {
    DAY_BYTES = 2 + 3 * 4 + 1 + 8,
    NETWORK_BYTES = 16 + 2 * 4 + 2 * 8,
    OTHERS_BYTES = 2 * 4,
    HAS_DAY = 0x80,
};

static void code_day(struct coder *c, struct active_day *today, struct wall *last)
{
    today->day = (int32_t)code_number(c, (uint64_t)today->day, 2);
    code_u32(c, &today->messages);
    code_u32(c, &today->recipients);
    code_u32(c, &today->failures);
    code_bool(c, &today->partial);
    code_wall(c, last);
}

static void code_amount(struct coder *c, struct box_amount *amount)
{
    amount->messages = code_number(c, amount->messages, 4);
    amount->recipients = code_number(c, amount->recipients, 4);
}

static void code_network(struct coder *c, struct box_address *from)
{
    code_bytes(c, from->ip.b, sizeof from->ip.b);
    from->messages = (uint32_t)code_number(c, from->messages, 4);
    from->recipients = (uint32_t)code_number(c, from->recipients, 4);
    code_wall(c, &from->first);
    code_wall(c, &from->last);
}

void active_encode(const struct active_row *row, struct wall at, struct buf *out)
{
    unsigned char room[CODER_ROOM];
    struct coder c = { .out = out, .buffer = room, .room = sizeof room };
    uint8_t n = 0, day = 0;

    if (row != NULL && row->today.day != 0) {
        struct active_day today = row->today;
        struct wall last = row->last;

        code_day(&c, &today, &last);
        day = HAS_DAY;
    }
    for (uint32_t k = 0; row != NULL && k < row->networks_n && k < ACTIVE_NETWORKS; k++) {
        struct box_address from = row->from[k];

        if (from.known || at.ms - from.last.ms > HOUR_MS)
            continue;
        code_network(&c, &from);
        n++;
    }
    if (n > 0) {
        struct box_amount others = row->others;

        code_amount(&c, &others);
    }
    n |= day;
    code_u8(&c, &n);
    coder_flush(&c);
}

bool active_cut(struct slice *bytes, struct slice *encoded)
{
    unsigned last;
    size_t n;

    if (bytes->n == 0)
        return false;
    last = (unsigned char)bytes->p[bytes->n - 1];
    n = (size_t)(last % HAS_DAY) * NETWORK_BYTES;
    if (n > ACTIVE_NETWORKS * NETWORK_BYTES)
        return false;
    n += n > 0 ? OTHERS_BYTES : 0;
    n += last >= HAS_DAY ? DAY_BYTES : 0;
    if (n >= bytes->n)
        return false;
    bytes->n -= n + 1;
    *encoded = (struct slice){ bytes->p + bytes->n, n + 1 };
    return true;
}

/* Is there room for it, without anybody leaving who was active later? */
static bool has_room(const struct active *a, uint32_t fuse, struct wall last)
{
    for (uint32_t p = 0; a->rows != NULL && p < PROBES; p++)
        if (slot(a, fuse, p)->last.ms < last.ms)
            return true;
    return a->rows == NULL;
}

void active_decode(struct active *a, uint32_t fuse, struct slice encoded, int32_t today)
{
    bool has_day = (unsigned char)encoded.p[encoded.n - 1] >= HAS_DAY;
    struct coder c = { .rest = slice_head(encoded, encoded.n - 1) };
    struct active_day day = { 0 };
    struct wall last = { 0 };
    struct active_row *row;

    if (has_day)
        code_day(&c, &day, &last);
    if (c.rest.n == 0 && day.day != today)
        return;
    if (has_day && !has_room(a, fuse, last)) {
        a->crowded_day = day.day > a->crowded_day ? day.day : a->crowded_day;
        return;
    }
    row = row_of(a, fuse);
    row->today = day;
    row->last = last;
    while (c.rest.n >= NETWORK_BYTES) {
        struct box_address *from = &row->from[row->networks_n++];

        code_network(&c, from);
        if (from->last.ms > row->last.ms)
            row->last = from->last;
    }
    if (c.rest.n > 0)
        code_amount(&c, &row->others);
    row->part = row->last.ms / PART_MS;
}

struct active_sum active_sum(const struct active_row *row, struct wall at)
{
    struct active_sum sum = { 0 };
    struct active_row now;

    if (row == NULL)
        return sum;
    now = *row;
    turn(&now, at.ms / PART_MS);
    for (size_t k = 0; k < ACTIVE_PARTS; k++) {
        sum.messages += now.messages[k];
        sum.recipients += now.recipients[k];
        sum.failures += now.failures[k];
    }
    sum.networks = now.networks_n;
    sum.last = row->last;
    return sum;
}
