/* text_page.h - lines on a terminal of a given width: escaped, wrapped between words, in columns.
 * A text is put together in `words`, raw; the function that puts it on the page escapes it, so that
 * no other way leads out. */
#ifndef REPORT_TEXT_PAGE_H
#define REPORT_TEXT_PAGE_H

#include "report/text.h"
#include "report/words.h"

enum text_ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_ALARM, INK_CARE, INK_FINE };

struct text_page {
    const struct report *report;
    const struct text_options *options;
    struct buf *out;
    size_t columns;
    size_t top;
    struct buf words; /* what the next function puts on the page, and empties */
    struct buf shown; /* the same, escaped: scratch */
};

void text_page_init(struct text_page *page, const struct report *r, const struct text_options *o,
                    struct buf *out);
void text_page_done(struct text_page *page);

/* From here on in this colour; nothing without `colour`. */
void text_ink(struct text_page *page, enum text_ink ink);

/* An empty line, and a title in bold. */
void text_title(struct text_page *page, const char *title);

/* `words` as a paragraph, `indent` columns from the left. */
void text_paragraph(struct text_page *page, size_t indent);

/* The same for a line that was begun: its first `hang` columns are on the page already. */
void text_wrap(struct text_page *page, size_t hang);

enum { TEXT_LABEL = 16 }; /* the column in which values begin */

/* "  label        ": the columns before a value. */
void text_label(struct text_page *page, const char *label);

/* "  label        words", wrapped under itself. */
void text_row(struct text_page *page, const char *label);

/* `words` as a cell of exactly `width` columns, shortened in the middle with an ellipsis when it is
 * longer; to the left, or to the right. Returns nothing to the next line: text_end does. */
void text_cell(struct text_page *page, size_t width);
void text_cell_right(struct text_page *page, size_t width);

/* A cell of a number, and of a text as it is in the log. */
void text_cell_number(struct text_page *page, uint64_t n, size_t width);
void text_cell_slice(struct text_page *page, struct slice s, size_t width);

/* `n` blanks; the end of a line, without blanks before it. */
void text_blank(struct text_page *page, size_t n);
void text_end(struct text_page *page);

/* Add `s` to `words`, at most `width` columns of it, shortened in the middle. */
void text_short(struct text_page *page, struct slice s, size_t width);

#endif
