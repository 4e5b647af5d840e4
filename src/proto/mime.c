#include "proto/mime.h"

#include "base/ban.h"

bool mime_line(struct slice *rest, struct slice *line)
{
    size_t n = 0, end;

    if (rest->n == 0)
        return false;
    while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
        n++;
    *line = slice_head(*rest, n);
    end = n < rest->n ? 1 : 0;
    if (n + 1 < rest->n && rest->p[n] == '\r' && rest->p[n + 1] == '\n')
        end = 2;
    *rest = slice_from(*rest, n + end);
    return true;
}

struct mime_entity mime_split(struct slice in)
{
    struct slice rest = in, line;

    while (mime_line(&rest, &line))
        if (line.n == 0)
            return (struct mime_entity){ slice_head(in, (size_t)(line.p - in.p)), rest };
    return (struct mime_entity){ in, SLICE("") };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct slice mime_trim(struct slice value)
{
    while (value.n > 0 && is_blank(value.p[0]))
        value = slice_from(value, 1);
    while (value.n > 0 && is_blank(value.p[value.n - 1]))
        value.n--;
    return value;
}

static bool is_field_name(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f)
            return false;
    return s.n > 0;
}

/* What begins with a blank belongs to the field before it. */
static void unfold(struct slice *header, struct slice *value)
{
    struct slice more;

    while (header->n > 0 && (header->p[0] == ' ' || header->p[0] == '\t') &&
           mime_line(header, &more))
        value->n = (size_t)(more.p + more.n - value->p);
}

bool mime_next_field(struct slice *header, struct mime_field *out)
{
    struct slice line, name;

    while (mime_line(header, &line)) {
        if (!slice_cut(&line, ':', &name) || !is_field_name(slice_trim(name)))
            continue;
        unfold(header, &line);
        *out = (struct mime_field){ slice_trim(name), mime_trim(line) };
        return true;
    }
    return false;
}

struct slice mime_field(struct slice header, struct slice name)
{
    struct mime_field field;

    while (mime_next_field(&header, &field))
        if (slice_eq_nocase(field.name, name))
            return field.value;
    return SLICE("");
}

void mime_skip_blanks(struct slice *value)
{
    size_t depth = 0, i = 0;

    for (; i < value->n; i++) {
        char c = value->p[i];

        if (c == '(')
            depth++;
        else if (c == ')' && depth > 0)
            depth--;
        else if (c == '\\' && depth > 0 && i + 1 < value->n)
            i++;
        else if (depth == 0 && !is_blank(c))
            break;
    }
    *value = slice_from(*value, i);
}

/* A quoted string without its quotes, or what precedes a blank, ';' or '='. */
static struct slice take_word(struct slice *rest)
{
    struct slice word;
    size_t n = 0;

    if (slice_skip(rest, SLICE("\""))) {
        while (n < rest->n && rest->p[n] != '"')
            n += rest->p[n] == '\\' && n + 1 < rest->n ? 2 : 1;
        n = n < rest->n ? n : rest->n;
        word = slice_head(*rest, n);
        *rest = slice_from(*rest, n < rest->n ? n + 1 : n);
        return word;
    }
    while (n < rest->n && !is_blank(rest->p[n]) && rest->p[n] != ';' && rest->p[n] != '=' &&
           rest->p[n] != '"' && rest->p[n] != '(')
        n++;
    word = slice_head(*rest, n);
    *rest = slice_from(*rest, n);
    return word;
}

/* A boundary without quotes may have a '=', though it should not. */
static struct slice take_value(struct slice *rest)
{
    size_t n = 0;
    struct slice word;

    if (slice_starts(*rest, SLICE("\"")))
        return take_word(rest);
    while (n < rest->n && !is_blank(rest->p[n]) && rest->p[n] != ';')
        n++;
    word = slice_head(*rest, n);
    *rest = slice_from(*rest, n);
    return word;
}

struct mime_type mime_type_of(struct slice header)
{
    struct slice rest = mime_field(header, SLICE("Content-Type")), before, name, value;
    struct mime_type type = { 0 };

    mime_skip_blanks(&rest);
    type.type = take_word(&rest);
    while (slice_cut(&rest, ';', &before)) {
        mime_skip_blanks(&rest);
        name = take_word(&rest);
        mime_skip_blanks(&rest);
        if (!slice_skip(&rest, SLICE("=")))
            continue;
        mime_skip_blanks(&rest);
        value = take_value(&rest);
        if (slice_eq_nocase(name, SLICE("boundary")) && type.boundary.n == 0)
            type.boundary = value;
    }
    return type;
}

struct mime_parts mime_parts(struct slice body, struct slice boundary)
{
    return (struct mime_parts){ .rest = body, .boundary = boundary, .ended = boundary.n == 0 };
}

enum delimiter { NO_DELIMITER, DELIMITER, CLOSING };

static enum delimiter delimiter_of(struct slice line, struct slice boundary)
{
    enum delimiter found = DELIMITER;

    if (!slice_skip(&line, SLICE("--")) || !slice_skip(&line, boundary))
        return NO_DELIMITER;
    if (slice_skip(&line, SLICE("--")))
        found = CLOSING;
    return slice_trim(line).n == 0 ? found : NO_DELIMITER;
}

/* Past what stands before the first delimiter. */
static void skip_preamble(struct mime_parts *p)
{
    enum delimiter found = NO_DELIMITER;
    struct slice line;

    while (found == NO_DELIMITER && mime_line(&p->rest, &line))
        found = delimiter_of(line, p->boundary);
    p->begun = true;
    p->ended = found != DELIMITER;
    p->cut = found == NO_DELIMITER;
}

bool mime_next_part(struct mime_parts *p, struct slice *part)
{
    const char *begin, *end;
    enum delimiter found = NO_DELIMITER;
    struct slice line;

    if (!p->begun && !p->ended)
        skip_preamble(p);
    if (p->ended)
        return false;
    begin = end = p->rest.p;
    while (mime_line(&p->rest, &line) && (found = delimiter_of(line, p->boundary)) == NO_DELIMITER)
        end = line.p + line.n; /* the line end before a delimiter belongs to that */
    p->ended = found != DELIMITER;
    p->cut = found == NO_DELIMITER;
    *part = slice_between(begin, end);
    return true;
}
