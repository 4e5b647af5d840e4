#include "box/refusals.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "box/refusals_private.h"

#include "base/ban.h"

enum {
    ELSEWHERE = 0, /* its row */
    DOUBTFUL = 3,  /* refusals that only sound like reputation */
    SHARE = 5,     /* of the new people: a fifth */
    BIG_SHARE = 20,
    BIG_LEAST = 50, /* messages a day */
    AGAIN_MOST = 4,
};

static uint32_t hash_of(struct slice name)
{
    return (uint32_t)hash_slice(name, 5);
}

static void give_name(struct refusals *r, struct refusals_row *row, struct slice name)
{
    memcpy(row->name, name.p, name.n);
    *refusals_key(r, row) = (struct refusals_key){ .hash = hash_of(name) };
}

struct refusals *refusals_new(void)
{
    struct refusals *r = memory_new(1, sizeof *r);

    r->rows_n = 1;
    give_name(r, &r->rows[ELSEWHERE], SLICE(REFUSALS_ELSEWHERE));
    r->keys[ELSEWHERE].known = true;
    return r;
}

void refusals_free(struct refusals *r)
{
    free(r);
}

uint32_t refusals_find(const struct refusals *r, struct slice name)
{
    uint32_t hash = hash_of(name);

    for (uint32_t i = 0; i < r->rows_n; i++)
        if (r->keys[i].hash == hash && slice_eq(slice_of(r->rows[i].name), name))
            return i;
    return REFUSALS_NOBODY;
}

/* A place for one more: a new one, or that of the least used that nothing is known of. */
static struct refusals_row *place(struct refusals *r)
{
    uint32_t least = REFUSALS_ROWS;

    if (r->rows_n < REFUSALS_ROWS)
        return &r->rows[r->rows_n++];
    for (uint32_t i = 0; i < r->rows_n; i++)
        if (!r->keys[i].known && (least == REFUSALS_ROWS || r->keys[i].use < r->keys[least].use) &&
            r->rows[i].block.since.ms == 0)
            least = i;
    return least < REFUSALS_ROWS ? &r->rows[least] : NULL;
}

static struct refusals_row *row_named(struct refusals *r, struct slice name)
{
    uint32_t number = refusals_find(r, name);
    struct refusals_row *row;

    if (number != REFUSALS_NOBODY)
        return &r->rows[number];
    row = name.n > 0 && name.n < REFUSALS_NAME ? place(r) : NULL;
    if (row != NULL) {
        *row = (struct refusals_row){ .slot = 0 };
        give_name(r, row, name);
    }
    return row;
}

static struct slice name_of(const struct refusals_result *result)
{
    return result->provider != NULL ? slice_of(result->provider->name) : result->site;
}

/* Ours get a twentieth of all mail. */
static bool is_busy(const struct refusals *r, uint32_t row)
{
    return r->keys[row].use >= BIG_LEAST && r->keys[row].use * BIG_SHARE >= r->use;
}

static bool is_big(const struct refusals *r, const struct refusals_row *row)
{
    return row->big || is_busy(r, (uint32_t)(row - r->rows));
}

/* Enough of those that only sound like it? */
static bool is_enough(struct refusals_row *row, const struct refusals_result *result)
{
    if (result->at.ms - row->doubt_since.ms > DAY_MS || row->doubts == 0) {
        row->doubts = 0;
        row->doubt_since = result->at;
        row->doubt_recipient = result->recipient;
        row->doubt_several = false;
    }
    row->doubts++;
    row->doubt_several = row->doubt_several || row->doubt_recipient != result->recipient;
    return row->doubts >= DOUBTFUL && row->doubt_several;
}

/* Three sites within a day? */
static bool is_everywhere(struct refusals *r, const struct refusals_result *result)
{
    uint64_t site = hash_slice(name_of(result), 3);
    uint32_t sites = 0;
    bool known = false;

    for (size_t i = 0; i < REFUSALS_SITES; i++) {
        struct refusals_site *s = &r->sites[i];

        if (s->key == site) {
            s->at = result->at;
            known = true;
        }
        sites += s->key != 0 && result->at.ms - s->at.ms < DAY_MS;
    }
    if (!known) {
        r->sites[r->sites_next++ % REFUSALS_SITES] = (struct refusals_site){ site, result->at };
        sites++;
    }
    return sites >= DOUBTFUL;
}

static void copy_text(char *to, size_t room, struct slice from)
{
    from = slice_head_utf8(from, room - 1);
    if (from.n > 0)
        memcpy(to, from.p, from.n);
    to[from.n] = '\0';
}

static void begin(struct refusals *r, struct refusals_row *row,
                  const struct refusals_result *result)
{
    struct refusals_block *b = &row->block;
    uint32_t again = row->ended.ms != 0 && result->at.ms - row->ended.ms < DAY_MS
                         ? b->again + (b->again < AGAIN_MOST)
                         : 0;

    *b = (struct refusals_block){ .since = result->at,
                                  .last = result->at,
                                  .refused = 1,
                                  .again = again,
                                  .cause = result->cause,
                                  .class = result->class };
    copy_text(b->dsn, sizeof b->dsn, result->dsn);
    copy_text(b->host, sizeof b->host, result->host);
    copy_text(b->text, sizeof b->text, result->text);
    refusals_blame(r, row, result);
}

static enum refusals_news refused(struct refusals *r, struct refusals_row *row,
                                  const struct refusals_result *result, uint32_t *number)
{
    bool big = is_big(r, row), enough;

    if (!big && row->block.since.ms == 0)
        row = &r->rows[ELSEWHERE];
    *number = (uint32_t)(row - r->rows);
    if (row->block.since.ms != 0) {
        row->block.last = result->at;
        row->block.refused += row->block.refused < UINT32_MAX;
        row->block.accepted = 0;
        return REFUSALS_GOES_ON;
    }
    enough = big ? result->sure || is_enough(row, result) : is_everywhere(r, result);
    if (!enough)
        return REFUSALS_NOTHING;
    row->doubts = 0;
    begin(r, row, result);
    return REFUSALS_BEGAN;
}

static void end(struct refusals_row *row, struct wall at)
{
    row->block.since.ms = 0;
    row->ended = at;
}

static bool is_over(const struct refusals_block *b, const struct refusals_limits *limits,
                    struct wall at)
{
    return b->accepted >= limits->accepted << b->again ||
           (b->accepted > 0 && at.ms - b->last.ms >= limits->quiet_ms);
}

static enum refusals_news accepted(struct refusals *r, const struct refusals_limits *limits,
                                   struct refusals_row *row, struct wall at, uint32_t *number)
{
    if (row->block.since.ms == 0 && !row->big)
        row = &r->rows[ELSEWHERE];
    if (row->block.since.ms == 0)
        return REFUSALS_NOTHING;
    row->block.accepted++;
    if (!is_over(&row->block, limits, at))
        return REFUSALS_NOTHING;
    *number = (uint32_t)(row - r->rows);
    end(row, at);
    return REFUSALS_ENDED;
}

enum refusals_news refusals_take(struct refusals *r, const struct refusals_limits *limits,
                                 const struct refusals_result *result, uint32_t *number)
{
    struct refusals_row *row = row_named(r, name_of(result));

    if (row == NULL)
        return REFUSALS_NOTHING;
    refusals_key(r, row)->known = result->provider != NULL;
    row->big = result->provider != NULL && result->provider->big;
    refusals_note(r, row, result);
    if (result->status == DELIVERY_SENT)
        return accepted(r, limits, row, result->at, number);
    return reply_cause_is_reputation(result->cause) ? refused(r, row, result, number)
                                                    : REFUSALS_NOTHING;
}

bool refusals_wrote_much(const struct refusals_blame *b)
{
    return b->fresh > 0 && b->fresh * SHARE >= b->fresh_all;
}

bool refusals_is_common(const struct refusals *r, const struct refusals_result *result)
{
    const struct refusals_block *b = refusals_block(r, refusals_find(r, name_of(result)));

    if (b->since.ms == 0)
        return false;
    for (uint32_t k = 0; k < b->blamed_n; k++)
        if (b->blamed[k].fuse == result->fuse && refusals_wrote_much(&b->blamed[k]))
            return false;
    return true;
}

uint32_t refusals_over(struct refusals *r, const struct refusals_limits *limits, struct wall at)
{
    for (uint32_t i = 0; i < r->rows_n; i++) {
        struct refusals_row *row = &r->rows[i];

        if (row->block.since.ms != 0 && is_over(&row->block, limits, at)) {
            end(row, at);
            return i;
        }
    }
    return REFUSALS_NOBODY;
}

void refusals_clock_set(struct refusals *r, int64_t by_ms)
{
    for (uint32_t i = 0; i < r->rows_n; i++) {
        struct refusals_row *row = &r->rows[i];

        if (row->block.since.ms != 0) {
            row->block.since.ms += by_ms;
            row->block.last.ms += by_ms;
        }
        if (row->ended.ms != 0)
            row->ended.ms += by_ms;
        row->doubts = 0;
    }
}

const char *refusals_name(const struct refusals *r, uint32_t row)
{
    return row < r->rows_n ? r->rows[row].name : NULL;
}

bool refusals_is_known(const struct refusals *r, uint32_t row)
{
    return row < r->rows_n && r->keys[row].known;
}

bool refusals_is_big(const struct refusals *r, uint32_t row)
{
    return row < r->rows_n && row != ELSEWHERE && is_big(r, &r->rows[row]);
}

const struct refusals_block *refusals_block(const struct refusals *r, uint32_t row)
{
    static const struct refusals_block none = { 0 };

    return row < r->rows_n ? &r->rows[row].block : &none;
}

void refusals_load(struct refusals *r, struct slice name, const struct refusals_block *block)
{
    struct refusals_row *row = row_named(r, name);

    if (row != NULL)
        row->block = *block;
}
