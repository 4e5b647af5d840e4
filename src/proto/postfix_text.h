/* postfix_text.h - the small pieces of which Postfix builds its log texts. Each function moves
 * `*rest` past what it read; with false nothing moves and nothing is set. */
#ifndef PROTO_POSTFIX_TEXT_H
#define PROTO_POSTFIX_TEXT_H

#include "base/sixteen.h"
#include "proto/record.h"

static inline bool text_is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

/* The first `c`, or NULL: memchr() for what is near, without the call. */
static inline const char *text_find(struct slice s, char c)
{
    uint64_t near = 0;

    if (LIKELY(s.n >= 32))
        near = sixteen_find(sixteen_at(s.p), c) | sixteen_find(sixteen_at(s.p + 16), c) << 16;
    if (near != 0)
        return s.p + bits_first(near);
    return s.n > 0 ? memchr(s.p, c, s.n) : NULL;
}

/* What precedes the first `end`, which is left in `*rest`; all of it when there is none. */
static inline struct slice text_word(struct slice *rest, char end)
{
    const char *at = text_find(*rest, end);
    size_t n = at != NULL ? (size_t)(at - rest->p) : rest->n;
    struct slice word = slice_head(*rest, n);

    *rest = slice_from(*rest, n);
    return word;
}

/* A value that ends at a comma, which is left in `*rest`. False when the line was cut in it. */
static inline bool text_value(struct slice *rest, enum record_field f, struct record *out)
{
    const char *comma = text_find(*rest, ',');

    if (comma == NULL)
        return false;
    record_set(out, f, slice_between(rest->p, comma));
    *rest = slice_from(*rest, (size_t)(comma - rest->p));
    return true;
}

/* A run of digits, maybe none. */
static inline struct slice text_digits(struct slice *rest)
{
    size_t n = 0;
    struct slice digits;

    while (n < rest->n && text_is_digit(rest->p[n]))
        n++;
    digits = slice_head(*rest, n);
    *rest = slice_from(*rest, n);
    return digits;
}

/* A run of letters, digits and '-', maybe none. */
static inline struct slice text_letters(struct slice *rest)
{
    size_t n = 0;
    struct slice letters;

    while (n < rest->n && (text_is_digit(rest->p[n]) ||
                           (unsigned char)((rest->p[n] | 0x20) - 'a') < 26 || rest->p[n] == '-'))
        n++;
    letters = slice_head(*rest, n);
    *rest = slice_from(*rest, n);
    return letters;
}

/* "name[address]" or "name[address]:port", the name may be empty (postscreen). `name` is the first
 * of three fields in a row: name, address, port. */
static inline bool text_peer(struct slice *rest, enum record_field name, struct record *out)
{
    const char *open = text_find(*rest, '['), *end = rest->p + rest->n;
    const char *close = open != NULL ? text_find(slice_between(open, end), ']') : NULL;

    if (close == NULL)
        return false;
    if (open > rest->p)
        record_set(out, name, slice_between(rest->p, open));
    record_set(out, name + 1, slice_between(open + 1, close));
    *rest = slice_between(close + 1, end);
    if (rest->n > 1 && rest->p[0] == ':' && text_is_digit(rest->p[1])) {
        *rest = slice_from(*rest, 1);
        record_set(out, name + 2, text_digits(rest));
    }
    return true;
}

static inline bool text_client(struct slice *rest, struct record *out)
{
    _Static_assert(FIELD_CLIENT_PORT == FIELD_CLIENT_NAME + 2, "text_peer counts on it");
    return text_peer(rest, FIELD_CLIENT_NAME, out);
}

static inline bool text_relay(struct slice *rest, struct record *out)
{
    _Static_assert(FIELD_RELAY_PORT == FIELD_RELAY_NAME + 2, "text_peer counts on it");
    return text_peer(rest, FIELD_RELAY_NAME, out);
}

/* The rest of an address after its '<', up to the '>' that ends it: the first one outside a quoted
 * local part (RFC 5321 section 4.1.2) after which one of the bytes of `follow` or the end of the
 * line comes. The '>' is passed, what follows is not. False when the line was cut in it. */
bool text_address(struct slice *rest, const char *follow, struct slice *address);

/* The same, into a field. */
static inline bool text_address_field(struct slice *rest, const char *follow, enum record_field f,
                                      struct record *out)
{
    struct slice address;

    if (!text_address(rest, follow, &address))
        return false;
    record_set(out, f, address);
    return true;
}

/* A queue id and ": " ("NOQUEUE: " gives an empty id). Short ids are upper-case hexadecimal, long
 * ones (enable_long_queue_ids) digits and consonants; taken as opaque, 5 to 24 letters and digits,
 * but never a plain word like "warning" or "Untrusted". */
bool text_queue_id(struct slice *rest, struct slice *id);

/* True when all of `s` could be a queue id. */
bool text_is_queue_id(struct slice s);

/* "DATA from ", "DATA (6253 bytes) from ": an SMTP command in Postfix's own words; without what is
 * in parentheses. */
bool text_stage(struct slice *rest, struct slice *stage);

/* An enhanced status code (RFC 3463), "5.7.1", and the blank after it. */
bool text_dsn(struct slice *rest, struct record *out);

#endif
