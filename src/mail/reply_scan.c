#include "mail/reply_words.h"

#include "base/ban.h"

enum {
    WORD_MAX = 24, /* longer ones are no words of ours */
    NOT_REACH = 3, /* "not a known user", "does not currently exist" */
};

#define HOW (W_NOT | W_NOT_AFTER | W_NEAR | W_NAME)

/* What was understood up to some place in the text. */
struct reading {
    uint64_t says;
    uint64_t names;     /* the same, of words that count even in a host name; of one chunk */
    uint64_t turned;    /* what the word before would mean after a "not" */
    uint64_t code;      /* C_ bits of the first enhanced status code in the text */
    unsigned since_not; /* words since the last "not" of this sentence */
};

/* Of a byte for which reply_is_word holds; a digit has the bit already. */
static char lower(char c)
{
    return (unsigned char)c < 0x80 ? (char)(c | 0x20) : c;
}

bool reply_is_name(struct slice word)
{
    char lowered[WORD_MAX];
    const struct reply_word *w;

    if (word.n > WORD_MAX)
        return false;
    for (size_t i = 0; i < word.n; i++)
        lowered[i] = lower(word.p[i]);
    w = reply_word_find((struct slice){ lowered, word.n });
    return w != NULL && (w->means & W_NAME) != 0;
}

/* `word` is in lower case. */
static void word_read(struct reading *r, struct slice word)
{
    const struct reply_word *w = reply_word_find(word);
    uint64_t says;

    r->since_not++;
    if (w == NULL) {
        r->turned = 0;
        return;
    }
    if (w->means & W_NOT) {
        r->since_not = 0;
        r->says |= w->means & W_NOT_AFTER ? r->turned : 0;
        r->turned = 0;
        return;
    }
    says = w->means;
    if (w->negated != 0 && r->since_not <= (w->negated & W_NEAR ? 1 : NOT_REACH))
        says = w->negated;
    r->turned = w->negated & W_NEAR ? 0 : w->negated;
    r->says |= says;
    r->names |= says & W_NAME ? says : 0;
}

/* Read the word at `p`; returns where it ends. */
static const char *letters_read(struct reading *r, const char *p, const char *end)
{
    char word[WORD_MAX];
    const char *start = p;

    for (; p < end && reply_is_word(*p); p++)
        if (p - start < WORD_MAX)
            word[p - start] = lower(*p);
    if (!reply_is_digit(*start)) {
        if (p - start <= WORD_MAX)
            word_read(r, (struct slice){ word, (size_t)(p - start) });
    } else if (r->code == 0) {
        r->code = reply_code(slice_between(start, end));
    }
    return p;
}

/* Read the words up to the next white space or '<', unless that is an address, a host name, a path
 * or a quotation: then what they mean is chance. Returns where it ends. */
static const char *chunk_read(struct reading *r, const char *p, const char *end)
{
    const struct reading before = *r;
    const char *start = p;
    bool host = false, skip = *p == '/', address = false;

    r->names = 0;
    while (p < end && !reply_is_blank(*p) && *p != '<' && !(address && *p == ':')) {
        if (reply_is_word(*p)) {
            p = letters_read(r, p, end);
            continue;
        }
        if (*p == '.' || *p == ';') {
            if (p + 1 == end || reply_is_blank(p[1]))
                r->since_not = NOT_REACH; /* a new sentence */
            host = host || reply_host_dot(start, p, end);
        }
        host = host || (*p == ':' && end - p > 2 && p[1] == '/' && p[2] == '/');
        address = address || *p == '@';
        skip = skip || (*p == '=' && !host) ||
               (p > start && *p == *start && (*p == '"' || *p == '\'')) ||
               (*p == '[' && p > start && reply_is_word(p[-1]));
        p++;
    }
    if (host || skip || address) {
        uint64_t names = skip || address ? 0 : r->names;

        *r = before;
        r->says |= names;
    }
    return p;
}

/* Past "<...>", or past the '<' when it is not closed. */
static const char *angle_skip(const char *p, const char *end)
{
    const char *close = memchr(p, '>', (size_t)(end - p));

    return close != NULL ? close + 1 : p + 1;
}

uint64_t reply_scan(struct slice dsn, struct slice text)
{
    struct reading r = { .since_not = NOT_REACH };
    uint64_t code = reply_code(dsn);
    struct slice core = slice_head(reply_core(text, &r.says), REPLY_SCAN_MAX);
    const char *p = core.n > 0 ? core.p : "", *end = p + core.n;

    while (p < end) {
        if (reply_is_blank(*p) || *p == '>')
            p++;
        else if (*p == '<')
            p = angle_skip(p, end);
        else
            p = chunk_read(&r, p, end);
    }
    if (code == 0 || (code & C_NONE && r.code != 0))
        code = (code & C_TEMPORARY) | (r.code != 0 ? r.code : C_NONE);
    return (r.says & ~HOW) | code;
}
