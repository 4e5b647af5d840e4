#include "mail/reply.h"

#include "mail/ip.h"
#include "mail/reply_words.h"

#include "base/ban.h"

#define DOTS SLICE("\xe2\x80\xa6") /* U+2026 */

struct pattern {
    char *out;
    size_t n, room;
    struct slice code;   /* "550": said again at the front of each line of a reply */
    struct slice detail; /* "5.1.1": likewise */
    bool gap;            /* a blank is due before what comes next */
    bool dots;           /* the last word was left out */
    bool again;          /* the last word was the code once more */
    bool bracket;        /* inside of "[host time id]" that was left out */
};

/* Append; what does not fit ends the pattern. */
static void put(struct pattern *w, struct slice s)
{
    size_t blank = w->gap && w->n > 0, left = w->room - w->n;
    struct slice fits = slice_head_utf8(s, left > blank ? left - blank : 0);

    w->gap = false;
    if (fits.n > 0) {
        if (blank)
            w->out[w->n++] = ' ';
        memcpy(w->out + w->n, fits.p, fits.n);
        w->n += fits.n;
    }
    if (fits.n < s.n)
        w->room = w->n;
}

static bool is_sign(char c)
{
    return c == '.' || c == ',' || c == ':' || c == ';';
}

/* The next word, or "<...>" with the punctuation after it. */
static bool word_next(struct slice *rest, struct slice *word)
{
    size_t n = 0;

    while (rest->n > 0 && reply_is_blank(rest->p[0]))
        *rest = slice_from(*rest, 1);
    if (rest->n == 0)
        return false;
    if (rest->p[0] == '<') {
        const char *close = memchr(rest->p, '>', rest->n);

        n = close != NULL ? (size_t)(close - rest->p) + 1 : 1;
        while (n < rest->n && is_sign(rest->p[n]))
            n++;
    } else {
        while (n < rest->n && !reply_is_blank(rest->p[n]) && rest->p[n] != '<')
            n++;
    }
    *word = slice_head(*rest, n);
    *rest = slice_from(*rest, n);
    return true;
}

/* Take the reply code, and the enhanced code after it, off the front of a word that says them
 * again; true when nothing is left. */
static bool code_again(struct pattern *w, struct slice *word)
{
    struct slice rest = *word;
    bool after = w->again;

    w->again = false;
    if (w->code.n > 0 && slice_skip(&rest, w->code) && (rest.n == 0 || rest.p[0] == '-')) {
        w->again = true;
        after = true;
        *word = rest.n > 0 ? slice_from(rest, 1) : rest;
    }
    return word->n == 0 || (after && slice_eq(*word, w->detail));
}

/* The codes that begin a reply: "550-5.1.1" is written as "550 5.1.1". */
static bool code_first(struct pattern *w, struct slice *word)
{
    if (w->n > 0 || word->n < 3 || (word->n > 3 && word->p[3] != '-'))
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!reply_is_digit(word->p[i]))
            return false;
    w->code = slice_head(*word, 3);
    put(w, w->code);
    w->gap = true;
    *word = slice_from(*word, word->n > 3 ? 4 : 3);
    return true;
}

/* A run of letters and digits that a machine made: four digits and more, or long with digits. */
static bool made_up(struct slice run)
{
    size_t digits = 0;

    for (size_t i = 0; i < run.n; i++)
        digits += reply_is_digit(run.p[i]);
    return digits == run.n ? digits >= 4 : digits > 0 && run.n >= 8;
}

/* Where the first such run begins; the length of the word without one. */
static size_t made_up_at(struct slice word)
{
    size_t start, at = 0;

    while (at < word.n) {
        for (start = at; at < word.n && reply_is_word(word.p[at]); at++)
            ;
        if (made_up(slice_between(word.p + start, word.p + at)))
            return start;
        at += at == start;
    }
    return word.n;
}

/* An IP address, a mail address, a quotation, "host[address]". */
static bool is_private(struct slice word)
{
    const char *bracket = memchr(word.p, '[', word.n);
    struct ip ip;

    if (memchr(word.p, '@', word.n) != NULL || (bracket != NULL && bracket > word.p) ||
        ((*word.p == '"' || *word.p == '\'') && memchr(word.p + 1, *word.p, word.n - 1) != NULL))
        return true;
    while (word.n > 0 && strchr("[(", word.p[0]) != NULL)
        word = slice_from(word, 1);
    while (word.n > 0 && strchr("]),.;:", word.p[word.n - 1]) != NULL)
        word.n--;
    return ip_parse(word, &ip);
}

/* A host name, unless the name of a block list is part of it. */
static bool is_host(struct slice word)
{
    bool host = false;
    struct slice label, rest = word;

    for (size_t i = 0; i < word.n; i++)
        host = host || reply_host_dot(word.p, word.p + i, word.p + word.n);
    while (rest.n > 0 && !reply_is_word(rest.p[rest.n - 1])) /* "RecipientNotFound;" */
        rest.n--;
    while (host && slice_cut(&rest, '.', &label))
        host = !reply_is_name(label);
    return host && !reply_is_name(rest);
}

/* Letters, and at most one sign after them: most words. */
static bool is_plain(struct slice word)
{
    size_t n = 0;

    while (n < word.n && reply_is_word(word.p[n]) && !reply_is_digit(word.p[n]))
        n++;
    return n > 0 && n + 1 >= word.n;
}

/* How much of the front of a word is the same for every recipient and message. */
static size_t word_same(struct slice word)
{
    struct slice rest = word, head;

    if (is_plain(word))
        return word.n;
    if (slice_cut_at(&rest, SLICE("://"), &head)) {
        const char *path = memchr(rest.p, '/', rest.n);

        return path != NULL && path + 1 < word.p + word.n ? (size_t)(path - word.p) + 1 : word.n;
    }
    if (is_private(word) || is_host(word))
        return 0;
    if (slice_cut(&rest, '=', &head))
        return head.n + 1;
    return made_up_at(word);
}

static void word_put(struct pattern *w, struct slice word)
{
    size_t same = word_same(word);
    bool closed = memchr(word.p, ']', word.n) != NULL;

    if (w->bracket) {
        w->bracket = !closed;
        return;
    }
    w->bracket = word.p[0] == '[' && same < word.n && !closed;
    w->gap = true;
    if (same > 0)
        put(w, slice_head(word, same));
    if (same < word.n && (same > 0 || !w->dots))
        put(w, DOTS);
    w->gap = false;
    w->dots = same < word.n;
    if (w->dots && word.p[word.n - 1] == ':') {
        put(w, SLICE(":"));
        w->dots = false;
    }
}

size_t reply_pattern(struct slice text, char *out, size_t room)
{
    struct pattern w = { .out = out, .room = room };
    uint64_t says = 0;
    struct slice rest = reply_core(text, &says), word;

    while (w.n < w.room && word_next(&rest, &word)) {
        if (word.p[0] == '<' || (!code_first(&w, &word) && code_again(&w, &word)))
            continue;
        if (w.detail.n == 0 && w.code.n > 0 && reply_code(word) != 0)
            w.detail = word;
        if (word.n > 0)
            word_put(&w, word);
    }
    return w.n;
}
