/* slice.h - text with a length and no terminator; borrowed, never owned.
 * Whoever made the bytes says how long they live. Allocates nothing, copies nothing. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *p; /* may be NULL when n is 0 */
    size_t n;
};

/* The slice of a string literal, and of a C string. */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })
/* The same as an initializer of static storage, where a compound literal is no constant. */
#define SLICE_INIT(literal)                                                                        \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
/* For "%.*s": the length and the bytes. The length is cut to INT_MAX. */
#define SLICE_ARG(s) (int)((s).n < INT32_MAX ? (s).n : INT32_MAX), (s).n > 0 ? (s).p : ""

static inline struct slice slice_of(const char *string)
{
    return (struct slice){ string, string != NULL ? strlen(string) : 0 };
}

static inline struct slice slice_between(const char *from, const char *to)
{
    return (struct slice){ from, (size_t)(to - from) };
}

/* Fastest when a literal is the second. */
static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (b.n == 0 || memcmp(a.p, b.p, b.n) == 0);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

static inline bool slice_ends(struct slice s, struct slice suffix)
{
    return s.n >= suffix.n && memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0;
}

/* `s` without its first `n` bytes; `n` is at most s.n. */
static inline struct slice slice_from(struct slice s, size_t n)
{
    return (struct slice){ s.p + n, s.n - n };
}

/* The first `n` bytes of `s`, or all of it when it is shorter. */
static inline struct slice slice_head(struct slice s, size_t n)
{
    return (struct slice){ s.p, n < s.n ? n : s.n };
}

/* The first `n` bytes of `s`, or fewer so as not to end inside of a UTF-8 character. */
struct slice slice_head_utf8(struct slice s, size_t n);

/* Move past `prefix`; false, and no change, when `*s` does not start with it. */
static inline bool slice_skip(struct slice *s, struct slice prefix)
{
    if (!slice_starts(*s, prefix))
        return false;
    *s = slice_from(*s, prefix.n);
    return true;
}

/* Move what precedes the first `sep` from `*rest` to `*head`; false, and no change, without one. */
static inline bool slice_cut(struct slice *rest, char sep, struct slice *head)
{
    const char *at = rest->n > 0 ? memchr(rest->p, sep, rest->n) : NULL;

    if (at == NULL)
        return false;
    *head = (struct slice){ rest->p, (size_t)(at - rest->p) };
    *rest = (struct slice){ at + 1, rest->n - head->n - 1 };
    return true;
}

/* The same at the last `sep`: `*rest` keeps what precedes it, `*tail` gets what follows. */
static inline bool slice_cut_last(struct slice *rest, char sep, struct slice *tail)
{
    const char *at = rest->n > 0 ? memrchr(rest->p, sep, rest->n) : NULL;

    if (at == NULL)
        return false;
    *tail = (struct slice){ at + 1, rest->n - (size_t)(at - rest->p) - 1 };
    rest->n = (size_t)(at - rest->p);
    return true;
}

/* The same at the first `sep` of more than one byte. */
static inline bool slice_cut_at(struct slice *rest, struct slice sep, struct slice *head)
{
    const char *at = rest->n >= sep.n ? memmem(rest->p, rest->n, sep.p, sep.n) : NULL;

    if (at == NULL)
        return false;
    *head = (struct slice){ rest->p, (size_t)(at - rest->p) };
    *rest = slice_from(*rest, head->n + sep.n);
    return true;
}

static inline struct slice slice_trim(struct slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = slice_from(s, 1);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

/* All of `s` as a decimal number; false, and no change, for anything else or above UINT64_MAX. */
bool slice_to_u64(struct slice s, uint64_t *out);

/* Equal when ASCII letters are compared without case. */
bool slice_eq_nocase(struct slice a, struct slice b);

#endif
