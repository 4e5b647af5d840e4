#include "proto/postfix_text.h"

#include "base/attributes.h"
#include "base/sixteen.h"

#include "base/ban.h"

/* Behind the quoted string that begins at `p`; NULL when it has no end: then the line was cut. */
static const char *quoted_end(const char *p, const char *end)
{
    for (const char *at = p + 1; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '"')
            return at + 1;
    }
    return NULL;
}

static bool is_among(char c, const char *set)
{
    while (*set != '\0' && *set != c)
        set++;
    return *set != '\0';
}

bool text_address(struct slice *rest, const char *follow, struct slice *address)
{
    const char *p = rest->p, *end = p + rest->n;
    const char *at = p;

    if (p < end && *p == '"')
        at = quoted_end(p, end);
    for (; at != NULL && at < end; at++) {
        at = memchr(at, '>', (size_t)(end - at));
        if (at == NULL)
            return false;
        if (at + 1 == end || is_among(at[1], follow)) {
            *address = slice_between(p, at);
            *rest = slice_between(at + 1, end);
            return true;
        }
    }
    return false;
}

/* A long id of a file with a 64-bit inode has 23 letters (Postfix, src/global/mail_queue.h). */
enum { ID_MIN = 5, ID_MAX = 24 };

enum { DIGIT = 1, UPPER = 2, LOWER = 4 };

/* A table, since no processor can guess which kind of letter an id has next. */
static const uint8_t id_letters[UINT8_MAX + 1] = {
    /* clang-format off */
    ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT, ['5'] = DIGIT,
    ['6'] = DIGIT, ['7'] = DIGIT, ['8'] = DIGIT, ['9'] = DIGIT,
    ['A'] = UPPER, ['B'] = UPPER, ['C'] = UPPER, ['D'] = UPPER, ['E'] = UPPER, ['F'] = UPPER,
    ['G'] = UPPER, ['H'] = UPPER, ['I'] = UPPER, ['J'] = UPPER, ['K'] = UPPER, ['L'] = UPPER,
    ['M'] = UPPER, ['N'] = UPPER, ['O'] = UPPER, ['P'] = UPPER, ['Q'] = UPPER, ['R'] = UPPER,
    ['S'] = UPPER, ['T'] = UPPER, ['U'] = UPPER, ['V'] = UPPER, ['W'] = UPPER, ['X'] = UPPER,
    ['Y'] = UPPER, ['Z'] = UPPER,
    ['a'] = LOWER, ['b'] = LOWER, ['c'] = LOWER, ['d'] = LOWER, ['e'] = LOWER, ['f'] = LOWER,
    ['g'] = LOWER, ['h'] = LOWER, ['i'] = LOWER, ['j'] = LOWER, ['k'] = LOWER, ['l'] = LOWER,
    ['m'] = LOWER, ['n'] = LOWER, ['o'] = LOWER, ['p'] = LOWER, ['q'] = LOWER, ['r'] = LOWER,
    ['s'] = LOWER, ['t'] = LOWER, ['u'] = LOWER, ['v'] = LOWER, ['w'] = LOWER, ['x'] = LOWER,
    ['y'] = LOWER, ['z'] = LOWER,
    /* clang-format on */
};

static unsigned id_letter(char c)
{
    return id_letters[(unsigned char)c];
}

/* How many letters and digits sixteen bytes begin with; `*kinds` is what they are. All bytes are
 * looked at together: no processor can guess how long an id is. */
static size_t id_span_sixteen(const char *p, unsigned *kinds)
{
    sixteen bytes = sixteen_at(p);
    uint64_t digits = sixteen_digits(bytes), lower = sixteen_within(bytes, 'a', 26);
    uint64_t others = ~(digits | lower | sixteen_within(bytes, 'A', 26)); /* bit 16 as well */
    unsigned n = bits_first(others);

    *kinds =
        ((digits & bits_below(n)) != 0 ? DIGIT : 0U) | ((lower & bits_below(n)) != 0 ? LOWER : 0U);
    return n;
}

/* How many letters and digits `s` begins with, up to one more than an id may have; `*kinds` is what
 * they are: DIGIT, LOWER, or neither of them. */
static size_t id_span(struct slice s, unsigned *kinds)
{
    size_t most = s.n <= ID_MAX ? s.n : ID_MAX + 1, n = 0;

    *kinds = 0;
    if (s.n >= 16)
        n = id_span_sixteen(s.p, kinds);
    if (n < 16 && s.n >= 16)
        return n;
    for (unsigned kind; n < most && (kind = id_letter(s.p[n])) != 0; n++)
        *kinds |= kind;
    return n;
}

/* `n` letters and digits of these kinds: no plain word. */
static bool is_id(size_t n, unsigned kinds)
{
    return n >= ID_MIN && n <= ID_MAX && (kinds & (LOWER | DIGIT)) != LOWER;
}

bool text_is_queue_id(struct slice s)
{
    unsigned kinds;

    return s.n > 0 && id_letter(s.p[0]) != LOWER && id_span(s, &kinds) == s.n && is_id(s.n, kinds);
}

bool text_queue_id(struct slice *rest, struct slice *id)
{
    struct slice head;
    unsigned kinds;

    if (rest->n == 0 || id_letter(rest->p[0]) == LOWER)
        return false;
    head = slice_head(*rest, id_span(*rest, &kinds));
    if (!is_id(head.n, kinds) || !slice_starts(slice_from(*rest, head.n), SLICE(": ")))
        return false;
    *id = slice_eq(head, SLICE("NOQUEUE")) ? (struct slice){ NULL, 0 } : head;
    *rest = slice_from(*rest, head.n + 2);
    return true;
}

static struct slice without_parentheses(struct slice s)
{
    struct slice head = s;

    return slice_cut_at(&s, SLICE(" ("), &head) ? head : s;
}

bool text_stage(struct slice *rest, struct slice *stage)
{
    enum { WORDS_MAX = 4 }; /* "DATA content (6253 bytes)" */
    struct slice at = *rest;

    for (int word = 0; word < WORDS_MAX; word++) {
        if (slice_ends(text_word(&at, ' '), SLICE(":")))
            return false;
        if (slice_skip(&at, SLICE(" from "))) {
            *stage = slice_head(*rest, rest->n - at.n - SLICE(" from ").n);
            *stage = without_parentheses(*stage);
            *rest = at;
            return true;
        }
        if (!slice_skip(&at, SLICE(" ")))
            return false;
    }
    return false;
}

bool text_dsn(struct slice *rest, struct record *out)
{
    struct slice at = *rest;
    size_t n;

    if (at.n < 5 || (at.p[0] != '2' && at.p[0] != '4' && at.p[0] != '5') || at.p[1] != '.')
        return false;
    at = slice_from(at, 2);
    if (text_digits(&at).n == 0 || !slice_skip(&at, SLICE(".")) || text_digits(&at).n == 0)
        return false;
    n = rest->n - at.n;
    if (at.n > 0 && !slice_skip(&at, SLICE(" ")))
        return false;
    record_set(out, FIELD_DSN, slice_head(*rest, n));
    *rest = at;
    return true;
}
