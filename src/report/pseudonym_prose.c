#include "report/pseudonym_prose.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "mail/address.h"
#include "mail/reply.h"

#include "base/ban.h"

/* What is being read, and where its pseudonyms go. */
struct prose {
    const struct pseudonym_key *key;
    const struct known_names *known;
    struct buf *out;
    bool reply; /* of another server */
};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* A byte of a mail address (RFC 5321 section 4.1.2, atom and dot), or of UTF-8. */
static bool is_word(char c)
{
    return is_alnum(c) || (c != '\0' && strchr(".@_+-='~%&!#$*^|", c) != NULL) ||
           (unsigned char)c >= 0x80;
}

/* U+2000 to U+203F, without the third byte: the ellipsis of reply patterns is among them. */
static const struct slice general_punctuation = { "\342\200", 2 };

/* Bytes of the word at the front of `s`. */
static size_t word_length(struct slice s)
{
    size_t n = 0;

    while (n < s.n && is_word(s.p[n]) && !slice_starts(slice_from(s, n), general_punctuation))
        n++;
    return n;
}

void known_names_done(struct known_names *k)
{
    free(k->list);
    free(k->odd);
    table_done(&k->by_hash);
    *k = (struct known_names){ 0 };
}

static uint64_t known_hash(struct slice name)
{
    char room[ADDRESS_MAX];

    return hash_slice(address_fold(name, room), 0);
}

static const struct known_name *known_find(const struct known_names *k, struct slice name)
{
    uint64_t hash = known_hash(name);
    uint32_t i;

    for (struct table_probe p = table_find(&k->by_hash, hash); table_at(&k->by_hash, &p, &i);
         table_step(&k->by_hash, &p))
        if (slice_eq_nocase(k->list[i].name, name))
            return &k->list[i];
    return NULL;
}

void known_names_add(struct known_names *k, struct slice name, struct slice pseudonym)
{
    if (name.n == 0 || k->n >= UINT32_MAX - 1 || known_find(k, name) != NULL)
        return;
    if (k->n == k->room) {
        k->room = k->room > 0 ? 2 * k->room : 64;
        k->list = memory_resize(k->list, k->room, sizeof *k->list);
    }
    if (word_length(name) < name.n) {
        if (k->odd_n == k->odd_room) {
            k->odd_room = k->odd_room > 0 ? 2 * k->odd_room : 16;
            k->odd = memory_resize(k->odd, k->odd_room, sizeof *k->odd);
        }
        k->odd[k->odd_n++] = k->n;
    }
    table_add(&k->by_hash, known_hash(name), (uint32_t)k->n);
    k->list[k->n++] = (struct known_name){ name, pseudonym };
}

/* The longest known name of more than one word at the front of `s`. */
static const struct known_name *odd_at(const struct known_names *k, struct slice s)
{
    const struct known_name *best = NULL;

    for (size_t i = 0; i < k->odd_n; i++) {
        const struct known_name *name = &k->list[k->odd[i]];

        if ((best == NULL || name->name.n > best->name.n) && name->name.n <= s.n &&
            slice_eq_nocase(slice_head(s, name->name.n), name->name))
            best = name;
    }
    return best;
}

/* At least two labels of letters, digits, '-' and '_', the last of letters (RFC 3696 section 2). */
static bool looks_like_host(struct slice s)
{
    struct slice label;

    if (!slice_cut_last(&s, '.', &label) || label.n < 2 || s.n == 0)
        return false;
    for (size_t i = 0; i < label.n; i++)
        if (!is_alnum(label.p[i]) && label.p[i] != '-' && (unsigned char)label.p[i] < 0x80)
            return false;
    if (label.p[0] >= '0' && label.p[0] <= '9')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && strchr(".-_", s.p[i]) == NULL && (unsigned char)s.p[i] < 0x80)
            return false;
    return true;
}

/* 550 and 5.7.1, but no number of a customer. */
static bool is_code(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n <= 4;
}

/* An ellipsis for one or more words. */
static void put_ellipsis(struct buf *out)
{
    static const struct slice ellipsis = { "\342\200\246", 3 };
    struct slice before = slice_trim(buf_slice(out));

    if (slice_ends(before, ellipsis))
        out->n = before.n;
    else
        buf_add(out, ellipsis);
}

/* A word of a reply that looks like no name, "550-5.7.1" in its pieces. */
static void put_plain(const struct prose *p, struct slice word)
{
    while (word.n > 0) {
        size_t n = 0;

        while (n < word.n && (is_alnum(word.p[n]) || (unsigned char)word.p[n] >= 0x80))
            n++;
        if (n > 0 && !is_code(slice_head(word, n)) && !reply_is_plain(slice_head(word, n)))
            put_ellipsis(p->out);
        else
            buf_add(p->out, slice_head(word, n > 0 ? n : 1));
        word = slice_from(word, n > 0 ? n : 1);
    }
}

/* One word without the punctuation around it. */
static void put_word(const struct prose *p, struct slice word)
{
    const struct known_name *known = known_find(p->known, word);
    struct slice head, rest = word;
    struct ip ip;

    if (known != NULL) {
        buf_add(p->out, known->pseudonym);
    } else if (slice_cut(&rest, '=', &head) &&
               (known_find(p->known, rest) != NULL || memchr(word.p, '@', word.n) == NULL)) {
        put_word(p, head); /* user=anna@example.test */
        buf_add_char(p->out, '=');
        put_word(p, rest);
    } else if (memchr(word.p, '@', word.n) != NULL ||
               memmem(word.p, word.n, "%40", 3) != NULL) { /* an '@' in a URL, RFC 3986 */
        pseudonym_account(p->key, word, p->out);
    } else if (ip_parse(word, &ip) || looks_like_host(word)) {
        pseudonym_host(p->key, word, p->out);
    } else if (p->reply) {
        put_plain(p, word);
    } else {
        buf_add(p->out, word);
    }
}

/* An address of the network at the front of `s`; returns its bytes, 0 when there is none. IPv6 has
 * the colons that end a word. */
static size_t put_address(const struct prose *p, struct slice s)
{
    size_t n = 0;
    struct ip ip;

    while (n < s.n && n < IP_TEXT_MAX && s.p[n] != '\0' &&
           strchr("0123456789abcdefABCDEF:.", s.p[n]) != NULL)
        n++;
    if (n < s.n && is_alnum(s.p[n]))
        return 0;
    while (n > 1 && (s.p[n - 1] == '.' || (s.p[n - 1] == ':' && s.p[n - 2] != ':')))
        n--;
    if (n == 0 || memchr(s.p, ':', n) == NULL || !ip_parse(slice_head(s, n), &ip))
        return 0;
    pseudonym_host(p->key, slice_head(s, n), p->out);
    return n;
}

/* Punctuation that stands beside a name rather than in it. */
static bool is_beside(char c)
{
    return c == '.' || c == '\'' || c == '!' || c == '@' || c == '=';
}

/* A quoted local part (RFC 5321 section 4.1.2) with its domain; returns its bytes, 0 for none. */
static size_t put_quoted(const struct prose *p, struct slice s)
{
    const char *end = s.n > 1 && s.p[0] == '"' ? memchr(s.p + 1, '"', s.n - 1) : NULL;
    size_t n;

    if (end == NULL || end + 1 == s.p + s.n || end[1] != '@')
        return 0;
    n = (size_t)(end - s.p) + 1;
    n += word_length(slice_from(s, n));
    while (is_beside(s.p[n - 1]))
        n--;
    pseudonym_account(p->key, slice_head(s, n), p->out);
    return n;
}

/* The word at the front of `s` with the punctuation around it; returns its bytes. */
static size_t put_words(const struct prose *p, struct slice s)
{
    size_t n = word_length(s), from = 0, to = n;

    while (from < to && is_beside(s.p[from]))
        from++;
    while (to > from && is_beside(s.p[to - 1]))
        to--;
    buf_add(p->out, slice_head(s, from));
    if (from < to)
        put_word(p, (struct slice){ s.p + from, to - from });
    buf_add(p->out, (struct slice){ s.p + to, n - to });
    return n;
}

static void put_text(const struct prose *p, struct slice text)
{
    struct buf *out = p->out;

    while (text.n > 0) {
        const struct known_name *odd = odd_at(p->known, text);
        size_t n = odd != NULL ? odd->name.n : 0;

        if (odd != NULL)
            buf_add(out, odd->pseudonym);
        if (n == 0)
            n = put_address(p, text);
        if (n == 0)
            n = put_quoted(p, text);
        if (n == 0)
            n = put_words(p, text);
        if (n == 0) {
            n = text.n >= 3 && slice_starts(text, general_punctuation) ? 3 : 1;
            buf_add(out, slice_head(text, n));
        }
        text = slice_from(text, n);
    }
}

void pseudonym_prose(const struct pseudonym_key *key, const struct known_names *k,
                     struct slice text, struct buf *out)
{
    put_text(&(struct prose){ key, k, out, false }, text);
}

void pseudonym_reply(const struct pseudonym_key *key, const struct known_names *k,
                     struct slice text, struct buf *out)
{
    put_text(&(struct prose){ key, k, out, true }, text);
}
