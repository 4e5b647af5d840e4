/* template_fill.c - templates filled in, and broken into lines. */
#include "base/escape.h"
#include "tell/harmless.h"
#include "tell/template.h"

#include "base/ban.h"

enum { LINE_LIMIT = 32 * 1024, VALUE_LIMIT = 16 * 1024 };

void template_set(struct template_fields *fields, const char *name, struct slice value)
{
    if (fields->n < COUNT(fields->all))
        fields->all[fields->n++] =
            (struct template_field){ .name = slice_of(name), .value = value };
}

static const struct template_field *field_of(const struct template_fields *fields,
                                             struct slice name)
{
    for (uint32_t i = 0; i < fields->n; i++)
        if (slice_eq(fields->all[i].name, name))
            return &fields->all[i];
    return NULL;
}

static void add_value(struct buf *out, const struct template_field *f)
{
    struct slice rest = slice_head_utf8(f->value, VALUE_LIMIT), line;
    bool first = true;

    while (rest.n > 0 || first) {
        if (!f->lines || !slice_cut(&rest, '\n', &line)) {
            line = rest;
            rest.n = 0;
        }
        if (!first)
            buf_add_char(out, '\n');
        first = false;
        if (f->ours)
            escape_terminal(out, line);
        else
            harmless_text(out, line);
    }
}

/* One line. False: it has places, and all of them are empty. `*column` gets where the first of them
 * begins. */
static bool fill(struct buf *out, struct slice text, const struct template_fields *fields,
                 size_t *column)
{
    struct slice head, name;
    bool some = false, places = false;

    while (slice_cut(&text, '{', &head)) {
        const struct template_field *f;

        buf_add(out, head);
        if (slice_skip(&text, SLICE("{"))) {
            buf_add_char(out, '{');
            continue;
        }
        if (!slice_cut(&text, '}', &name))
            break;
        if (!places)
            *column = escape_columns(buf_slice(out));
        places = true;
        f = field_of(fields, name);
        if (f != NULL && f->value.n > 0) {
            add_value(out, f);
            some = true;
        }
    }
    buf_add(out, text);
    return some || !places;
}

void template_line(struct buf *out, struct slice text, const struct template_fields *fields)
{
    struct buf line = buf_make(LINE_LIMIT);
    size_t column = 0;

    (void)fill(&line, text, fields, &column);
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '\n' || line.p[i] == '\r')
            line.p[i] = ' ';
    buf_add(out, slice_trim(buf_slice(&line)));
    buf_done(&line);
}

/* The next word, with the blanks in front of it. */
static struct slice next_word(struct slice rest)
{
    size_t n = 0;

    while (n < rest.n && rest.p[n] == ' ')
        n++;
    while (n < rest.n && rest.p[n] != ' ')
        n++;
    return slice_head(rest, n);
}

static void add_blanks(struct buf *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_add_char(out, ' ');
}

/* at  the column where it begins */
static void wrap(struct buf *out, struct slice line, size_t at, size_t indent, size_t width)
{
    if (width == 0 || slice_starts(line, SLICE("    "))) {
        buf_add(out, line);
        buf_add_char(out, '\n');
        return;
    }
    while (line.n > 0) {
        struct slice word = next_word(line);
        size_t columns = escape_columns(word);

        line = slice_from(line, word.n);
        if (at > indent && at + columns > width) {
            buf_add_char(out, '\n');
            add_blanks(out, indent);
            at = indent;
            word = slice_trim(word);
            columns = escape_columns(word);
        }
        buf_add(out, word);
        at += columns;
    }
    buf_add_char(out, '\n');
}

/* A value behind a label, "Since:    ...", goes on below itself. */
static size_t indent_of(struct slice text, size_t column)
{
    struct slice head, rest = text;

    if (slice_cut(&rest, '{', &head) && slice_ends(head, SLICE("  ")) && column < 40)
        return column;
    return 0;
}

static void add_lines(struct buf *out, struct slice lines, size_t indent, size_t width)
{
    struct slice line;
    bool first = true;

    while (lines.n > 0) {
        if (!slice_cut(&lines, '\n', &line)) {
            line = lines;
            lines.n = 0;
        }
        if (!first)
            add_blanks(out, indent);
        wrap(out, line, first ? 0 : indent, indent, width);
        first = false;
    }
}

/* Lines of prose become one paragraph; a line keeps its end when it is a label or a column (two
 * blanks somewhere), an item ("1."), or is indented. */
static bool is_prose(struct slice line)
{
    return line.n > 0 && line.p[0] != ' ' && (line.p[0] < '0' || line.p[0] > '9') &&
           memmem(line.p, line.n, "  ", 2) == NULL;
}

static void end_paragraph(struct buf *out, struct buf *paragraph, size_t width)
{
    if (paragraph->n > 0)
        add_lines(out, buf_slice(paragraph), 0, width);
    buf_clear(paragraph);
}

static void add_prose(struct buf *paragraph, struct slice line)
{
    if (paragraph->n > 0)
        buf_add_char(paragraph, ' ');
    buf_add(paragraph, slice_trim(line));
}

void template_body(struct buf *out, struct slice text, const struct template_fields *fields,
                   size_t width)
{
    CLEANUP(buf_done) struct buf line = buf_make(LINE_LIMIT);
    CLEANUP(buf_done) struct buf paragraph = buf_make(LINE_LIMIT);
    struct slice one;
    bool blank = true; /* the line before: no two of them */

    while (text.n > 0) {
        size_t column = 0;

        if (!slice_cut(&text, '\n', &one)) {
            one = text;
            text.n = 0;
        }
        buf_clear(&line);
        if (!fill(&line, one, fields, &column))
            continue;
        if (is_prose(one) && line.n > 0) {
            add_prose(&paragraph, buf_slice(&line));
            blank = false;
            continue;
        }
        end_paragraph(out, &paragraph, width);
        if (slice_trim(buf_slice(&line)).n > 0)
            add_lines(out, buf_slice(&line), indent_of(one, column), width);
        else if (!blank)
            buf_add_char(out, '\n');
        blank = slice_trim(buf_slice(&line)).n == 0;
    }
    end_paragraph(out, &paragraph, width);
}
