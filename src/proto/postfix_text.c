#include "proto/postfix_text.h"

#include "base/attributes.h"
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

enum { ID_MIN = 5, ID_MAX = 20 };

enum { DIGIT = 1, UPPER = 2, LOWER = 4 };

static unsigned id_letter(char c)
{
    if (text_is_digit(c))
        return DIGIT;
    if ((unsigned char)(c - 'A') < 26)
        return UPPER;
    return (unsigned char)(c - 'a') < 26 ? LOWER : 0;
}

/* The length of the queue id at the front of `s`; 0 without one. */
static size_t id_length(struct slice s)
{
    unsigned kinds = 0, kind;
    size_t n = 0;

    while (n < s.n && n <= ID_MAX && (kind = id_letter(s.p[n])) != 0) {
        if (n == 0 && kind == LOWER)
            return 0;
        kinds |= kind;
        n++;
    }
    if (n < ID_MIN || n > ID_MAX || (kinds & (LOWER | DIGIT)) == LOWER)
        return 0;
    return n;
}

bool text_is_queue_id(struct slice s)
{
    return s.n > 0 && id_length(s) == s.n;
}

bool text_queue_id(struct slice *rest, struct slice *id)
{
    size_t n = id_length(*rest);

    if (n == 0 || rest->n < n + 2 || rest->p[n] != ':' || rest->p[n + 1] != ' ')
        return false;
    *id = slice_head(*rest, n);
    if (slice_eq(*id, SLICE("NOQUEUE")))
        *id = (struct slice){ NULL, 0 };
    *rest = slice_from(*rest, n + 2);
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
