#include "report/text_page.h"

#include "base/escape.h"

#include "base/ban.h"

enum {
    TEXT_COLUMNS = 80,
    TEXT_COLUMNS_MIN = 60,
    TEXT_TOP = 10,
    TEXT_WORDS_MAX = 1024 * 1024, /* bytes of one paragraph; what goes beyond is left out */
};

static const struct slice ellipsis = { "\342\200\246", 3 }; /* U+2026, one column */

void text_page_init(struct text_page *page, const struct report *r, const struct text_options *o,
                    struct buf *out)
{
    size_t columns = o->columns == 0 ? TEXT_COLUMNS : o->columns;

    *page = (struct text_page){
        .report = r,
        .options = o,
        .out = out,
        .columns = columns < TEXT_COLUMNS_MIN ? TEXT_COLUMNS_MIN : columns,
        .top = o->top == 0 ? TEXT_TOP : o->top,
        .words = buf_make(TEXT_WORDS_MAX),
        .shown = buf_make((size_t)4 * TEXT_WORDS_MAX),
    };
}

void text_page_done(struct text_page *page)
{
    buf_done(&page->words);
    buf_done(&page->shown);
}

void text_ink(struct text_page *page, enum text_ink ink)
{
    static const char *const codes[] = {
        [INK_PLAIN] = "0",    [INK_BOLD] = "1",  [INK_DIM] = "2",
        [INK_ALARM] = "1;31", [INK_CARE] = "33", [INK_FINE] = "32",
    };

    struct buf *out = page->out;
    bool ended = ink == INK_PLAIN && out->n > 0 && out->p[out->n - 1] == '\n';

    if (!page->options->colour)
        return;
    out->n -= ended; /* a colour ends before its line does */
    buf_printf(out, "\033[%sm%s", codes[ink], ended ? "\n" : "");
}

void text_blank(struct text_page *page, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_add_char(page->out, ' ');
}

void text_end(struct text_page *page)
{
    while (page->out->n > 0 && page->out->p[page->out->n - 1] == ' ')
        page->out->n--;
    buf_add_char(page->out, '\n');
}

void text_title(struct text_page *page, const char *title)
{
    buf_add_char(page->out, '\n');
    text_ink(page, INK_BOLD);
    buf_add(page->out, slice_of(title));
    text_ink(page, INK_PLAIN);
    buf_add_char(page->out, '\n');
}

/* Escape `words` into `shown`, and empty it. */
static struct slice text_show(struct text_page *page)
{
    buf_clear(&page->shown);
    escape_terminal(&page->shown, buf_slice(&page->words));
    buf_clear(&page->words);
    return buf_slice(&page->shown);
}

/* The bytes of the code point at the front of valid UTF-8. */
static size_t code_point(struct slice s)
{
    size_t n = 1;

    while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* The bytes of the longest head of `s` that takes at most `columns`. */
static size_t fitting_head(struct slice s, size_t columns)
{
    size_t n = 0, used = 0;

    while (n < s.n) {
        struct slice point = slice_head(slice_from(s, n), code_point(slice_from(s, n)));

        used += escape_columns(point);
        if (used > columns)
            break;
        n += point.n;
    }
    return n;
}

/* The same at the end of `s`. */
static size_t fitting_tail(struct slice s, size_t columns)
{
    size_t n = 0, used = 0;

    while (n < s.n) {
        size_t at = s.n - n - 1;

        while (at > 0 && ((unsigned char)s.p[at] & 0xc0) == 0x80)
            at--;
        used += escape_columns((struct slice){ s.p + at, s.n - n - at });
        if (used > columns)
            break;
        n = s.n - at;
    }
    return n;
}

/* Add escaped text, at most `width` (> 2) columns of it; returns the columns that it took. */
static size_t add_short(struct buf *out, struct slice s, size_t width)
{
    size_t columns = escape_columns(s);
    struct slice head, tail;

    if (columns <= width) {
        buf_add(out, s);
        return columns;
    }
    head = slice_head(s, fitting_head(s, width / 2));
    tail = slice_from(s, s.n - fitting_tail(s, width - 1 - width / 2));
    buf_add(out, head);
    buf_add(out, ellipsis);
    buf_add(out, tail);
    return escape_columns(head) + 1 + escape_columns(tail);
}

/* Put a word on the page that is wider than a whole line; returns the column behind it. */
static size_t broken_word(struct text_page *page, struct slice word, size_t hang)
{
    size_t piece;

    while ((piece = fitting_head(word, page->columns - hang)) < word.n) {
        buf_add(page->out, slice_head(word, piece));
        word = slice_from(word, piece);
        text_end(page);
        text_blank(page, hang);
    }
    buf_add(page->out, word);
    return hang + escape_columns(word);
}

void text_wrap(struct text_page *page, size_t hang)
{
    struct slice rest = text_show(page);
    size_t column = hang;

    while (rest.n > 0) {
        const char *blank = memchr(rest.p, ' ', rest.n);
        struct slice word = slice_head(rest, blank != NULL ? (size_t)(blank - rest.p) : rest.n);
        size_t width = escape_columns(word);

        rest = slice_from(rest, word.n + (blank != NULL));
        if (word.n == 0)
            continue;
        if (column > hang && column + 1 + width > page->columns) {
            text_end(page);
            text_blank(page, hang);
            column = hang;
        } else if (column > hang) {
            text_blank(page, 1);
            column++;
        }
        if (width > page->columns - hang) {
            column = broken_word(page, word, hang);
        } else {
            buf_add(page->out, word);
            column += width;
        }
    }
    text_end(page);
}

void text_paragraph(struct text_page *page, size_t indent)
{
    text_blank(page, indent);
    text_wrap(page, indent);
}

void text_label(struct text_page *page, const char *label)
{
    text_blank(page, 2);
    text_ink(page, INK_DIM);
    buf_printf(page->out, "%-*s", TEXT_LABEL - 2, label);
    text_ink(page, INK_PLAIN);
}

void text_row(struct text_page *page, const char *label)
{
    text_label(page, label);
    text_wrap(page, TEXT_LABEL);
}

void text_cell(struct text_page *page, size_t width)
{
    size_t columns = add_short(page->out, text_show(page), width);

    text_blank(page, width - columns);
}

void text_cell_right(struct text_page *page, size_t width)
{
    struct slice shown = text_show(page);
    size_t columns = escape_columns(shown);

    text_blank(page, columns < width ? width - columns : 0);
    add_short(page->out, shown, width);
}

void text_cell_number(struct text_page *page, uint64_t n, size_t width)
{
    words_number(&page->words, n);
    text_cell_right(page, width);
}

void text_cell_slice(struct text_page *page, struct slice s, size_t width)
{
    buf_add(&page->words, s);
    text_cell(page, width);
}

void text_short(struct text_page *page, struct slice s, size_t width)
{
    buf_clear(&page->shown);
    escape_terminal(&page->shown, s);
    add_short(&page->words, buf_slice(&page->shown), width);
}
