/* html_page.h - the page while it is written: text, names, times and tables, each by one function
 * that escapes what it is given. Figures come from words.h. Only these and the markup in html*.c
 * write to the page. */
#ifndef REPORT_HTML_PAGE_H
#define REPORT_HTML_PAGE_H

#include "base/buf.h"
#include "report/report.h"

struct html_column {
    const char *title;
    bool figures; /* numbers and times: to the right, digits of one width */
};

struct html_page {
    const struct report *r;
    struct buf *out;
    unsigned ids;                      /* given out so far */
    const struct html_column *columns; /* of the open table */
    size_t column;                     /* the next one of the open row */
};

/* Everything before the body: a page with that title and page.css that loads nothing and runs
 * nothing. */
void html_open(struct html_page *page, struct slice title);

/* Markup, as it stands. (With figures in it: buf_printf to the page's `out`.) */
void html_raw(struct html_page *page, const char *markup);

/* Text of ours or of the log, escaped. */
void html_text(struct html_page *page, struct slice text);

/* A name from the log: escaped, and apart from its surroundings in writing direction. */
void html_name(struct html_page *page, struct slice name);

/* A weight or score with one decimal, whatever the locale: "4.2"; with `sign` "+4.2". */
void html_score(struct html_page *page, double score, bool sign);

/* The time in the report's zone, for people (words_time) and in RFC 3339 for programs; a dash for
 * 0. */
void html_time(struct html_page *page, struct wall at, bool seconds);

/* "Example Net, NL" of the parts that are known; a dash when neither is. */
void html_network(struct html_page *page, struct slice network, const char *country);

/* One figure in a <dl class="tiles">, with a title above and its unit behind. */
void html_tile(struct html_page *page, const char *style, const char *title, uint64_t n,
               const char *unit);

/* A table: open, then for each row: row, the cells in the order of the columns, row_end. A column
 * list ends with an empty title. `caption` names the table for readers that do not see it. */
void html_table(struct html_page *page, const char *caption, const struct html_column *columns);
void html_row(struct html_page *page);
void html_cell(struct html_page *page);
void html_cell_end(struct html_page *page);
void html_row_end(struct html_page *page);
void html_table_end(struct html_page *page);

void html_cell_number(struct html_page *page, uint64_t n);
void html_cell_name(struct html_page *page, struct slice name);
void html_cell_time(struct html_page *page, struct wall at);

/* A list of names, each with its number. */
void html_counts(struct html_page *page, const struct report_count *counts, size_t n);

/* After a table of the first `shown` of `all` rows: how many are missing, when any are. */
void html_more(struct html_page *page, size_t shown, size_t all, const char *noun);

#endif
