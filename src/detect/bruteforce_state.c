#include <endian.h>

#include "base/hash.h"
#include "detect/bruteforce_tables.h"

#include "base/ban.h"

/* The form: the name, then numbers of eight bytes in little-endian order: version, seed, and for
 * each of the six tables how many entries follow; a count has nine numbers, a mark two. At the end
 * the XXH3 hash of all that. Times are those of the clock when it was saved. */
static const struct slice name = SLICE_INIT("mailfuse guessing\n");

enum { VERSION = 1, NUMBER = 8, COUNT_NUMBERS = 9, MARK_NUMBERS = 2 };

/* An entry at once: there are tens of thousands. `numbers` are changed. */
static void put_row(struct buf *out, uint64_t *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        numbers[i] = htole64(numbers[i]);
    buf_add(out, (struct slice){ (const char *)numbers, n * NUMBER });
}

static void put(struct buf *out, uint64_t n)
{
    put_row(out, &n, 1);
}

/* The caller has looked that there are so many. */
static uint64_t get(struct slice *in)
{
    uint64_t n = 0;

    for (int i = 0; i < NUMBER; i++)
        n |= (uint64_t)(unsigned char)in->p[i] << 8 * i;
    *in = slice_from(*in, NUMBER);
    return n;
}

static uint64_t half(const struct ip *ip, int which)
{
    struct slice bytes = { (const char *)ip->b + which * (int)NUMBER, NUMBER };

    return get(&bytes);
}

static void half_set(struct ip *ip, int which, uint64_t n)
{
    for (int i = 0; i < NUMBER; i++)
        ip->b[which * NUMBER + i] = (uint8_t)(n >> 8 * i & 0xff);
}

static void save_counts(const struct bruteforce *b, enum count_kind kind, int64_t now_ms,
                        struct buf *out)
{
    uint64_t n = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < (size_t)b->sets * SET; i++) {
            const struct count *c = &b->counts[kind][i];

            if (!count_alive(b, kind, c, now_ms))
                continue;
            n++;
            if (pass == 0)
                continue;
            put_row(out,
                    (uint64_t[COUNT_NUMBERS]){
                        c->account, half(&c->ip, 0), half(&c->ip, 1),
                        (uint64_t)(c->first_ms - b->shift_ms), (uint64_t)(c->last_ms - b->shift_ms),
                        (uint64_t)(c->until_ms > 0 ? c->until_ms - b->shift_ms : 0),
                        (uint64_t)(c->leak_ms - b->shift_ms), c->failures, c->level },
                    COUNT_NUMBERS);
        }
        if (pass == 0)
            put(out, n);
    }
}

static void save_marks(const struct bruteforce *b, const struct mark *marks, struct buf *out)
{
    size_t room = 4 * (size_t)b->sets * SET;
    uint64_t n = 0;

    for (size_t i = 0; i < room; i++)
        n += marks[i].key != 0;
    put(out, n);
    for (size_t i = 0; i < room; i++) {
        int64_t at_s = marks[i].at_s - b->shift_ms / SECOND_MS;

        if (marks[i].key == 0)
            continue;
        put_row(out,
                (uint64_t[MARK_NUMBERS]){ marks[i].key,
                                          (uint64_t)(at_s > 0 ? at_s : 1) << 32 | marks[i].n },
                MARK_NUMBERS);
    }
}

void bruteforce_save(const struct bruteforce *b, struct wall at, struct buf *out)
{
    size_t from = out->n;

    buf_add(out, name);
    put(out, VERSION);
    put(out, b->options.seed);
    for (enum count_kind kind = 0; kind < COUNT_KINDS; kind++)
        save_counts(b, kind, kept_ms(b, at), out);
    save_marks(b, b->failed, out);
    save_marks(b, b->worked, out);
    if (!out->full)
        put(out, hash_slice(slice_from(buf_slice(out), from), 0));
}

static int64_t at_most(uint64_t n, int64_t most)
{
    return n < (uint64_t)most ? (int64_t)n : most;
}

/* The clock may have stepped back meanwhile: nothing was later than now. */
static void load_count(struct bruteforce *b, enum count_kind kind, struct slice *in, int64_t now_ms)
{
    struct count c = { .account = get(in) }, *to;

    half_set(&c.ip, 0, get(in));
    half_set(&c.ip, 1, get(in));
    c.first_ms = at_most(get(in), now_ms);
    c.last_ms = at_most(get(in), now_ms);
    c.until_ms = at_most(get(in), now_ms + b->options.refuse_ms);
    c.leak_ms = at_most(get(in), now_ms);
    c.failures = (uint32_t)at_most(get(in), UINT32_MAX);
    c.level = (uint32_t)at_most(get(in), UINT32_MAX);
    if (!count_alive(b, kind, &c, now_ms))
        return;
    to = count_take(b, kind, c.account, &c.ip, now_ms);
    *to = c;
}

static void load_mark(struct bruteforce *b, struct mark *marks, struct slice *in, int64_t now_ms)
{
    uint64_t key = get(in), rest = get(in);
    struct mark *m;

    if (key == 0)
        return;
    m = mark_take(b, marks, key, marks == b->failed);
    m->at_s = (uint32_t)at_most(rest >> 32, now_ms / SECOND_MS);
    m->n = (uint32_t)rest;
}

/* Are the tables as long as they say? */
static bool is_whole(struct slice in)
{
    for (int table = 0; table < COUNT_KINDS + 2; table++) {
        size_t size = NUMBER * (table < COUNT_KINDS ? COUNT_NUMBERS : MARK_NUMBERS);
        uint64_t n;

        if (in.n < NUMBER)
            return false;
        n = get(&in);
        if (n > in.n / size)
            return false;
        in = slice_from(in, (size_t)n * size);
    }
    return in.n == 0;
}

static void load_tables(struct bruteforce *b, struct slice in, int64_t now_ms)
{
    for (enum count_kind kind = 0; kind < COUNT_KINDS; kind++)
        for (uint64_t n = get(&in); n > 0; n--)
            load_count(b, kind, &in, now_ms);
    for (uint64_t n = get(&in); n > 0; n--)
        load_mark(b, b->failed, &in, now_ms);
    for (uint64_t n = get(&in); n > 0; n--)
        load_mark(b, b->worked, &in, now_ms);
}

const char *bruteforce_load(struct bruteforce *b, struct slice bytes, struct wall at)
{
    struct slice in = bytes, end;

    if (!slice_skip(&in, name))
        return "is no record of guessed passwords";
    if (in.n < 3 * NUMBER)
        return "ends too early";
    if (get(&in) != VERSION)
        return "was written by another version of mailfuse";
    end = slice_from(bytes, bytes.n - NUMBER);
    if (get(&end) != hash_slice(slice_head(bytes, bytes.n - NUMBER), 0))
        return "is damaged or cut";
    in.n -= NUMBER;
    if (!is_whole(slice_from(in, NUMBER)))
        return "is damaged";
    tables_clear(b);
    b->options.seed = get(&in);
    b->shift_ms = 0;
    b->newest_ms = at.ms;
    load_tables(b, in, at.ms);
    return NULL;
}
