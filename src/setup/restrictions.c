#include "setup/restrictions.h"

#include "base/ban.h"

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == '\n' || c == '\r';
}

struct slice restrictions_item(struct slice *rest)
{
    size_t from = 0, n;
    int depth = 0;
    struct slice item;

    if (rest->n == 0)
        return *rest;
    while (from < rest->n && is_separator(rest->p[from]))
        from++;
    for (n = from; n < rest->n && (depth > 0 || !is_separator(rest->p[n])); n++)
        depth += rest->p[n] == '{' ? 1 : rest->p[n] == '}' ? -1 : 0;
    item = slice_from(slice_head(*rest, n), from);
    *rest = slice_from(*rest, n);
    return item;
}

static bool has_blank(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_separator(s.p[i]) && s.p[i] != ',')
            return true;
    return false;
}

bool restrictions_compact(struct slice list, struct buf *out)
{
    struct slice item;

    for (bool first = true; (item = restrictions_item(&list)).n > 0; first = false) {
        if (has_blank(item))
            return false;
        if (!first)
            buf_add_char(out, ',');
        buf_add(out, item);
    }
    return true;
}

bool restrictions_without(struct slice value, struct slice reference, struct buf *out)
{
    struct slice rest = value, item, kept;
    size_t from;

    while ((item = restrictions_item(&rest)).n > 0 && !slice_eq(item, reference))
        ;
    if (item.n == 0)
        return false;
    from = (size_t)(item.p - value.p);
    kept = slice_from(value, from + item.n);
    while (kept.n > 0 && is_separator(kept.p[0]))
        kept = slice_from(kept, 1);
    buf_add(out, slice_head(value, from));
    buf_add(out, kept);
    while (kept.n == 0 && out->n > 0 && is_separator(out->p[out->n - 1]))
        out->n--; /* it was the last one */
    return true;
}

bool restrictions_mention(struct slice s, const char *word)
{
    return s.n > 0 && memmem(s.p, s.n, word, strlen(word)) != NULL;
}

bool restrictions_ended_before(struct slice list, const char *word)
{
    struct slice item;

    while ((item = restrictions_item(&list)).n > 0 && !restrictions_mention(item, word))
        if (slice_starts(item, SLICE("permit")) || slice_eq(item, SLICE("reject")))
            return true;
    return false;
}
