#include "report/html_page.h"

#include "report/words.h"
#include <assert.h>

#include "base/ban.h"

void html_table(struct html_page *page, const char *caption, const struct html_column *columns)
{
    /* The frame scrolls sideways where a table is too wide, and can be reached by keyboard. */
    buf_printf(page->out,
               "<div class=\"table\" role=\"region\" aria-label=\"%s\" tabindex=\"0\">\n"
               "<table><caption>%s</caption>\n<thead><tr>",
               caption, caption);
    for (const struct html_column *c = columns; c->title != NULL; c++)
        buf_printf(page->out, "<th scope=\"col\"%s>%s</th>", c->figures ? " class=\"n\"" : "",
                   c->title);
    html_raw(page, "</tr></thead>\n<tbody>\n");
    page->columns = columns;
}

void html_row(struct html_page *page)
{
    html_raw(page, "<tr>");
    page->column = 0;
}

void html_cell(struct html_page *page)
{
    const struct html_column *c = &page->columns[page->column++];

    assert(c->title != NULL);
    buf_printf(page->out, "<td%s data-label=\"%s\">", c->figures ? " class=\"n\"" : "", c->title);
}

void html_cell_end(struct html_page *page)
{
    html_raw(page, "</td>");
}

void html_row_end(struct html_page *page)
{
    assert(page->columns[page->column].title == NULL);
    html_raw(page, "</tr>\n");
}

void html_table_end(struct html_page *page)
{
    html_raw(page, "</tbody></table></div>\n");
}

void html_cell_number(struct html_page *page, uint64_t n)
{
    html_cell(page);
    words_number(page->out, n);
    html_cell_end(page);
}

void html_cell_name(struct html_page *page, struct slice name)
{
    html_cell(page);
    html_name(page, name);
    html_cell_end(page);
}

void html_cell_time(struct html_page *page, struct wall at)
{
    html_cell(page);
    html_time(page, at, false);
    html_cell_end(page);
}

void html_counts(struct html_page *page, const struct report_count *counts, size_t n)
{
    html_raw(page, "<ul class=\"counts\">");
    for (size_t i = 0; i < n; i++) {
        html_raw(page, "<li><span>");
        html_name(page, counts[i].name);
        html_raw(page, "</span> <b>");
        words_number(page->out, counts[i].n);
        html_raw(page, "</b></li>");
    }
    html_raw(page, "</ul>");
}

void html_more(struct html_page *page, size_t shown, size_t all, const char *noun)
{
    if (shown >= all)
        return;
    html_raw(page, "<p class=\"more\">and ");
    words_number(page->out, all - shown);
    html_raw(page, " more ");
    html_raw(page, noun);
    html_raw(page, "</p>\n");
}
