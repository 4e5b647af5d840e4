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
    if (e->type == EVENT_SUBMISSION) {
        note_network(row, e, known);
        row->marks[row->marks_n++ % ACTIVE_MARKS] = box_mark(e->queue_id);
    }
    if (e->at.ms > row->last.ms)
        row->last = e->at;
}

static void row_clock_set(struct active_row *row, int64_t by_ms)
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
    for (uint32_t k = 0; k < row->networks_n && k < ACTIVE_NETWORKS; k++)
        row->from[k].last.ms += by_ms; /* what was first is as it is in the log */
}

void active_clock_set(struct active *a, int64_t by_ms)
{
    for (uint32_t i = 0; a->rows != NULL && i < ACTIVE_SLOTS; i++)
        if (a->rows[i].fuse != 0 && a->rows[i].part + by_ms / PART_MS > 0)
            row_clock_set(&a->rows[i], by_ms);
}

/* ---- on disk: networks, what came from others, how many networks */

enum { NETWORK_BYTES = 16 + 2 * 4 + 2 * 8, OTHERS_BYTES = 2 * 4 };

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
    struct coder c = { .out = out };
    uint8_t n = 0;

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
    code_u8(&c, &n);
}

bool active_cut(struct slice *bytes, struct slice *encoded)
{
    size_t n;

    if (bytes->n == 0)
        return false;
    n = (unsigned char)bytes->p[bytes->n - 1];
    n = n > 0 ? n * NETWORK_BYTES + OTHERS_BYTES : 0;
    if (n > ACTIVE_NETWORKS * NETWORK_BYTES + OTHERS_BYTES || n >= bytes->n)
        return false;
    bytes->n -= n + 1;
    *encoded = (struct slice){ bytes->p + bytes->n, n };
    return true;
}

void active_decode(struct active *a, uint32_t fuse, struct slice encoded)
{
    struct coder c = { .rest = encoded };
    struct active_row *row;

    if (encoded.n == 0)
        return;
    row = row_of(a, fuse);
    while (c.rest.n >= NETWORK_BYTES) {
        struct box_address *from = &row->from[row->networks_n++];

        code_network(&c, from);
        if (from->last.ms > row->last.ms)
            row->last = from->last;
    }
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
