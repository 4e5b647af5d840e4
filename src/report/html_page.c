#include "report/html_page.h"

#include <math.h>

#include "base/escape.h"
#include "report/words.h"

#include "base/ban.h"

void html_raw(struct html_page *page, const char *markup)
{
    buf_add(page->out, slice_of(markup));
}

void html_text(struct html_page *page, struct slice text)
{
    escape_html(page->out, text);
}

void html_name(struct html_page *page, struct slice name)
{
    html_raw(page, "<bdi>");
    html_text(page, name.n > 0 ? name : SLICE("(empty)"));
    html_raw(page, "</bdi>");
}

void html_score(struct html_page *page, double score, bool sign)
{
    double tenths = isfinite(score) ? fmin(fmax(round(score * 10), -99999), 99999) : 0;
    int t = (int)tenths;
    unsigned size = (unsigned)(t < 0 ? -t : t);

    buf_printf(page->out, "%s%u.%u",
               t < 0  ? "\xE2\x88\x92"
               : sign ? "+"
                      : "",
               size / 10, size % 10);
}

void html_time(struct html_page *page, struct wall at, bool seconds)
{
    char text[WALL_TEXT_MAX];

    if (at.ms == 0) {
        html_raw(page, "\xE2\x80\x93");
        return;
    }
    buf_printf(page->out, "<time datetime=\"%s\">", report_time(page->r, at, text));
    words_time(page->out, page->r, at, seconds);
    html_raw(page, "</time>");
}

void html_network(struct html_page *page, struct slice network, const char *country)
{
    if (network.n > 0)
        html_name(page, network);
    if (network.n > 0 && country[0] != '\0')
        html_raw(page, ", ");
    html_text(page, slice_of(country));
    if (network.n == 0 && country[0] == '\0')
        html_raw(page, "\xE2\x80\x93");
}

void html_tile(struct html_page *page, const char *style, const char *title, uint64_t n,
               const char *unit)
{
    buf_printf(page->out, "<div class=\"tile %s\"><dt>%s</dt><dd>", style, title);
    words_number(page->out, n);
    buf_printf(page->out, " <small>%s</small></dd></div>\n", unit);
}
