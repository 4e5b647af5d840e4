/* text_drop.c - finds sections again in a text that is ready, and leaves parts of it out. */
#include "conf/text.h"

#include "base/ban.h"

uint32_t conf_text_opening(const struct conf_text *t, uint32_t close, uint32_t depth)
{
    uint32_t low = 0, high = t->braces_n; /* they are sorted by `close` */

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (t->braces[middle].close < close)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < t->braces_n && t->braces[low].close == close; low++)
        if (t->braces[low].depth == depth)
            return t->braces[low].open;
    return close;
}

/* Past the quoted text that begins at `i`. */
static size_t quoted_end(const char *p, size_t n, size_t i)
{
    char quote = p[i++];

    while (i < n && p[i] != quote)
        i += p[i] == '\\' ? 2 : 1;
    return i < n ? i + 1 : n;
}

/* Where the line begins, or in it the first `word` that stands for itself. */
static size_t drop_from(const struct conf_text *t, uint32_t line, struct slice word)
{
    const char *p = t->clean.p;
    size_t i = 0;
    struct slice rest, text;

    for (uint32_t l = 1; l < line && i < t->clean.n; i++)
        l += p[i] == '\n';
    rest = (struct slice){ p + i, t->clean.n - i };
    if (!slice_cut(&rest, '\n', &text))
        text = rest;
    for (size_t at = 0; word.n > 0 && at + word.n <= text.n; at++)
        if (slice_starts(slice_from(text, at), word) &&
            (at == 0 || strchr(" {}", text.p[at - 1]) != NULL))
            return i + at;
    return i;
}

bool conf_text_drop(struct conf_text *t, uint32_t line, struct slice word)
{
    char *p = t->clean.p;
    size_t n = t->clean.n, i = drop_from(t, line, word), end;
    uint32_t depth = 0;
    bool dropped = false;

    for (end = i; end < n && (p[end] != '\n' || depth > 0); end++) {
        if (p[end] == '"' || p[end] == '\'')
            end = quoted_end(p, n, end) - 1;
        else if (p[end] == '{')
            depth++;
        else if (p[end] == '}' && depth-- == 0)
            break;
    }
    for (; i < end; i++) {
        dropped = dropped || (p[i] != ' ' && p[i] != '\n');
        p[i] = p[i] == '\n' ? '\n' : ' ';
    }
    t->whole = t->whole && !dropped;
    return dropped;
}
