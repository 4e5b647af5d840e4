#include "base/pack.h"

#include "base/ban.h"

enum {
    AT_ONCE = 64,               /* words; a run has 256 at most */
    PACKED_MAX = PACK_WORD + 2, /* of one: tag, bytes, and how many words follow as they are */
    ALL_ZERO = 0,
    NONE_ZERO = 0xff,
};

/* ---- packing */

static bool is_zero(const unsigned char *word)
{
    uint64_t bits;

    memcpy(&bits, word, sizeof bits);
    return bits == 0;
}

/* One word to `out`; returns what is behind it. */
static unsigned char *pack_word(const unsigned char *word, unsigned char *out)
{
    unsigned char *tag = out++;
    unsigned bits = 0;

    for (unsigned i = 0; i < PACK_WORD; i++) { /* without branches: nobody can guess them */
        *out = word[i];
        out += word[i] != 0;
        bits |= (unsigned)(word[i] != 0) << i;
    }
    *tag = (unsigned char)bits;
    if (bits == NONE_ZERO)
        *out++ = 0;
    return out;
}

/* At most AT_ONCE words. */
static void pack_words(struct buf *out, const unsigned char *words, size_t n)
{
    unsigned char packed[AT_ONCE * PACKED_MAX], *end = packed;

    for (size_t i = 0, run; i < n; i += run) {
        for (run = 0; i + run < n && is_zero(words + (i + run) * PACK_WORD);)
            run++;
        if (run > 0) {
            *end++ = ALL_ZERO;
            *end++ = (unsigned char)(run - 1);
        } else {
            end = pack_word(words + i * PACK_WORD, end);
            run = 1;
        }
    }
    buf_add(out, (struct slice){ (const char *)packed, (size_t)(end - packed) });
}

void pack_add(struct buf *out, struct slice s)
{
    unsigned char last[PACK_WORD] = { 0 };
    size_t words = s.n / PACK_WORD;

    for (size_t i = 0; i < words; i += AT_ONCE)
        pack_words(out, (const unsigned char *)s.p + i * PACK_WORD,
                   words - i < AT_ONCE ? words - i : AT_ONCE);
    if (s.n % PACK_WORD == 0)
        return;
    memcpy(last, s.p + words * PACK_WORD, s.n % PACK_WORD);
    pack_words(out, last, 1);
}

/* ---- and back */

struct unpacking {
    struct slice rest;
    struct buf *out;
    size_t n; /* bytes in `words`, which `out` does not have yet; zero behind them */
    unsigned char words[AT_ONCE * PACK_WORD];
};

static void hand_over(struct unpacking *u)
{
    buf_add(u->out, (struct slice){ (const char *)u->words, u->n });
    memset(u->words, 0, u->n);
    u->n = 0;
}

/* Of zeros; valid until the next one. */
static unsigned char *next_word(struct unpacking *u)
{
    if (u->n == sizeof u->words)
        hand_over(u);
    u->n += PACK_WORD;
    return u->words + u->n - PACK_WORD;
}

/* A tag; or how many words go on a run, or follow as they are. */
static bool take_number(struct unpacking *u, unsigned *n)
{
    if (u->rest.n == 0)
        return false;
    *n = (unsigned char)u->rest.p[0];
    u->rest = slice_from(u->rest, 1);
    return true;
}

static bool undo_run(struct unpacking *u)
{
    size_t n, room;
    unsigned more;

    if (!take_number(u, &more))
        return false;
    n = ((size_t)more + 1) * PACK_WORD;
    while (n > (room = sizeof u->words - u->n)) {
        u->n += room;
        n -= room;
        hand_over(u);
    }
    u->n += n;
    return true;
}

static bool undo_plain(struct unpacking *u, unsigned words)
{
    for (unsigned i = 0; i < words; i++) {
        if (u->rest.n < PACK_WORD)
            return false;
        memcpy(next_word(u), u->rest.p, PACK_WORD);
        u->rest = slice_from(u->rest, PACK_WORD);
    }
    return true;
}

static bool undo_word(struct unpacking *u, unsigned tag)
{
    unsigned char *word = next_word(u);
    size_t n = 0;

    if (LIKELY(u->rest.n >= PACK_WORD)) { /* without branches, again */
        for (unsigned i = 0; i < PACK_WORD; i++) {
            unsigned is = tag >> i & 1;

            word[i] = (unsigned char)((unsigned char)u->rest.p[n] & -is);
            n += is;
        }
        u->rest = slice_from(u->rest, n);
        return true;
    }
    for (; tag != 0 && n < u->rest.n; tag &= tag - 1)
        word[__builtin_ctz(tag)] = (unsigned char)u->rest.p[n++];
    u->rest = slice_from(u->rest, n);
    return tag == 0;
}

bool pack_undo(struct buf *out, struct slice packed)
{
    struct unpacking u = { .rest = packed, .out = out };
    bool good = true;
    unsigned tag, more;

    while (good && !out->full && take_number(&u, &tag)) {
        if (tag == ALL_ZERO)
            good = undo_run(&u);
        else if (tag == NONE_ZERO)
            good = undo_plain(&u, 1) && take_number(&u, &more) && undo_plain(&u, more);
        else
            good = undo_word(&u, tag);
    }
    hand_over(&u);
    return good && !out->full;
}
