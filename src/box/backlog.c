#include "box/backlog.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "mail/address.h"

#include "base/ban.h"

enum {
    TIMES_LEARNED = 3,
    DAYS = 7,
    ENDS_PERCENT = 70, /* it is over below so much of the limit */
};

static const int64_t ages_ms[BACKLOG_AGES] = { MINUTE_MS,   10 * MINUTE_MS, HOUR_MS,
                                               6 * HOUR_MS, DAY_MS,         INT64_MAX };

int64_t backlog_age_ms(size_t i)
{
    return ages_ms[i];
}

struct backlog_look *backlog_look_new(struct wall at)
{
    struct backlog_look *l = memory_new(1, sizeof *l);

    l->at = at;
    return l;
}

void backlog_look_free(struct backlog_look *l)
{
    if (l == NULL)
        return;
    for (int k = 0; k < BACKLOG_LISTS; k++) {
        free(l->rows[k]);
        table_done(&l->known[k]);
    }
    arena_done(&l->names);
    free(l);
}

void backlog_done(struct backlog *b)
{
    backlog_look_free(b->look);
    b->look = NULL;
}

/* The row of that name, a new one if need be: its number, or UINT32_MAX when there is no room. */
static uint32_t row_of(struct backlog_look *l, enum backlog_list list, struct slice name)
{
    uint64_t hash = hash_slice(name, 7);
    struct table_probe p = table_find(&l->known[list], hash);
    uint32_t i;

    for (; table_at(&l->known[list], &p, &i); table_step(&l->known[list], &p))
        if (slice_eq(l->rows[list][i].name, name))
            return i;
    if (l->rows_n[list] == BACKLOG_ROWS)
        return UINT32_MAX;
    if (l->rows_n[list] == l->rows_room[list]) {
        l->rows_room[list] = l->rows_room[list] > 0 ? 2 * l->rows_room[list] : 64;
        l->rows[list] = memory_resize(l->rows[list], l->rows_room[list], sizeof *l->rows[list]);
    }
    i = l->rows_n[list]++;
    l->rows[list][i] = (struct backlog_row){ .name = arena_copy(&l->names, name) };
    table_add(&l->known[list], hash, i);
    return i;
}

static void add_amount(struct backlog_amount *a, const struct backlog_message *m,
                       uint64_t recipients)
{
    a->messages++;
    a->recipients += recipients;
    a->bytes += m->size;
    if (a->oldest.ms == 0 || m->arrival.ms < a->oldest.ms)
        a->oldest = m->arrival;
}

static void add_to_row(struct backlog_look *l, enum backlog_list list, uint32_t at,
                       const struct backlog_message *m, uint64_t recipients)
{
    struct backlog_row *row = at != UINT32_MAX ? &l->rows[list][at] : NULL;

    if (row == NULL)
        l->others[list]++;
    else if (m->state == BACKLOG_HOLD)
        row->held++;
    else
        add_amount(&row->waiting, m, recipients);
}

/* Deferred mail to that destination alone. Who may have the larger part of it is found by majority
 * vote (Boyer and Moore): with `votes` left over of `sole`, nobody has more than half of their sum.
 */
static void add_sole(struct backlog_look *l, uint32_t at, uint32_t account)
{
    struct backlog_row *row = &l->rows[BACKLOG_DESTINATIONS][at];

    row->sole++;
    if (row->votes == 0)
        row->voted = account;
    if (row->voted == account)
        row->votes++;
    else
        row->votes--;
}

/* The destinations of a message, each once. */
static void add_destinations(struct backlog_look *l, const struct backlog_message *m,
                             uint32_t account)
{
    enum { MOST = 64 }; /* of one message; those beyond count for the last */
    uint32_t at[MOST], n = 0;
    uint64_t recipients[MOST];
    struct slice rest = m->rcpts, one;
    char room[ADDRESS_MAX];

    while (slice_cut(&rest, '\0', &one)) {
        uint32_t row = row_of(l, BACKLOG_DESTINATIONS, address_domain(address_fold(one, room)));
        uint32_t k = 0;

        while (k < n && at[k] != row)
            k++;
        if (k == n && n < MOST) {
            at[n] = row;
            recipients[n++] = 0;
        }
        recipients[k < n ? k : n - 1]++;
    }
    for (uint32_t k = 0; k < n; k++)
        add_to_row(l, BACKLOG_DESTINATIONS, at[k], m, recipients[k]);
    if (n == 1 && at[0] != UINT32_MAX && m->state == BACKLOG_DEFERRED)
        add_sole(l, at[0], account);
}

void backlog_look_add(struct backlog_look *l, const struct backlog_message *m)
{
    uint32_t account = row_of(l, BACKLOG_ACCOUNTS, m->who);
    size_t age = 0;

    add_amount(&l->states[m->state], m, m->todo);
    add_to_row(l, BACKLOG_ACCOUNTS, account, m, m->todo);
    add_destinations(l, m, account);
    if (m->state == BACKLOG_HOLD)
        return;
    while (age + 1 < BACKLOG_AGES && l->at.ms - m->arrival.ms > ages_ms[age])
        age++;
    l->ages[age]++;
}

uint64_t backlog_waiting(const struct backlog_look *l)
{
    return l->states[BACKLOG_INCOMING].messages + l->states[BACKLOG_ACTIVE].messages +
           l->states[BACKLOG_DEFERRED].messages;
}

/* Nobody has more than six of ten: (sole + votes) / 2 is the most that the elected one can have. */
bool backlog_is_dead(const struct backlog_row *row)
{
    return row->sole >= BACKLOG_DEAD && row->votes * 5 < row->sole;
}

uint64_t backlog_counted(const struct backlog_look *l)
{
    uint64_t n = backlog_waiting(l);

    for (uint32_t i = 0; i < l->rows_n[BACKLOG_DESTINATIONS]; i++)
        if (backlog_is_dead(&l->rows[BACKLOG_DESTINATIONS][i]))
            n -= l->rows[BACKLOG_DESTINATIONS][i].sole;
    return n;
}

uint64_t backlog_limit(const struct backlog *b, uint32_t least)
{
    uint64_t learned = (uint64_t)(TIMES_LEARNED * b->learned);

    if (least == 0)
        return UINT64_MAX;
    return learned > least ? learned : least;
}

/* A day is over: its highest figure becomes part of the mean. */
static void learn_day(struct backlog *b)
{
    if (b->days < DAYS)
        b->days++;
    b->learned += ((double)b->today - b->learned) / b->days;
    b->today = 0;
}

enum backlog_news backlog_keep(struct backlog *b, struct backlog_look *l, uint32_t least,
                               int32_t utc_offset_s)
{
    int64_t day = (l->at.ms + utc_offset_s * (int64_t)SECOND_MS) / DAY_MS;
    uint64_t counted = backlog_counted(l), limit;

    backlog_look_free(b->look);
    b->look = l;
    if (b->day != 0 && day > b->day)
        learn_day(b);
    b->day = day;
    limit = backlog_limit(b, least);
    /* What is too much teaches no more than the limit. */
    if ((counted < limit ? counted : limit) > b->today)
        b->today = counted < limit ? counted : limit;
    if (b->since.ms == 0 && counted > limit) {
        b->since = l->at;
        return BACKLOG_BEGAN;
    }
    if (b->since.ms != 0 &&
        (limit == UINT64_MAX ||
         counted <= limit / 100 * ENDS_PERCENT + limit % 100 * ENDS_PERCENT / 100)) {
        b->since.ms = 0;
        return BACKLOG_ENDED;
    }
    return BACKLOG_SAME;
}

static bool busier(const struct backlog_row *a, const struct backlog_row *b)
{
    if (a->waiting.messages != b->waiting.messages)
        return a->waiting.messages > b->waiting.messages;
    return a->held > b->held;
}

size_t backlog_top(const struct backlog_look *l, enum backlog_list list, bool held,
                   const struct backlog_row **out, size_t n)
{
    size_t found = 0;

    n = n < BACKLOG_TOP ? n : BACKLOG_TOP;
    for (uint32_t i = 0; n > 0 && i < l->rows_n[list]; i++) {
        const struct backlog_row *row = &l->rows[list][i];
        size_t at = found;

        if ((row->waiting.messages == 0 && !held) || (found == n && !busier(row, out[n - 1])))
            continue;
        if (found == n)
            at--;
        for (; at > 0 && busier(row, out[at - 1]); at--)
            out[at] = out[at - 1];
        out[at] = row;
        found += found < n;
    }
    return found;
}
