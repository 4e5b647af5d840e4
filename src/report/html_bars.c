#include <math.h>

#include "report/html_chart.h"
#include "report/words.h"

#include "base/ban.h"

/* `part` in `whole` as a percentage with two decimals: 0..10000. */
static unsigned share(double part, double whole)
{
    double at = whole > 0 ? part / whole * 10000 : 0;

    return isfinite(at) ? (unsigned)fmin(fmax(at, 0), 10000) : 0;
}

void html_bar(struct html_page *page, const char *style, double value, double least, double most)
{
    unsigned zero = share(-least, most - least);
    unsigned width = share(fabs(value), most - least);
    unsigned from = value < 0 ? (width < zero ? zero - width : 0) : zero;

    if (width > 10000 - from)
        width = 10000 - from;
    buf_printf(page->out,
               "<svg class=\"bar %s\" aria-hidden=\"true\" width=\"100%%\" height=\"12\">"
               "<rect class=\"track\" width=\"100%%\" height=\"12\" rx=\"3\"/>"
               "<rect class=\"fill\" x=\"%u.%02u%%\" width=\"%u.%02u%%\" height=\"12\" rx=\"3\"/>",
               style, from / 100, from % 100, width / 100, width % 100);
    if (zero > 0 && zero < 10000)
        buf_printf(page->out, "<line x1=\"%u.%02u%%\" x2=\"%u.%02u%%\" y1=\"0\" y2=\"12\"/>",
                   zero / 100, zero % 100, zero / 100, zero % 100);
    html_raw(page, "</svg>");
}

void html_pieces(struct html_page *page, const char *title, const struct html_piece *pieces,
                 size_t n)
{
    double sum = 0, before = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)pieces[i].n;
    if (sum <= 0)
        return;
    buf_printf(page->out,
               "<div class=\"pieces\"><svg role=\"img\" aria-label=\"%s\" width=\"100%%\" "
               "height=\"14\">",
               title);
    for (size_t i = 0; i < n; i++) {
        unsigned from = share(before, sum), width;

        before += (double)pieces[i].n;
        width = share(before, sum) - from;
        if (width > 0)
            buf_printf(page->out,
                       "<rect class=\"%s\" x=\"%u.%02u%%\" width=\"%u.%02u%%\" height=\"14\"/>",
                       pieces[i].style, from / 100, from % 100, width / 100, width % 100);
    }
    html_raw(page, "</svg><ul>");
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].n == 0)
            continue;
        buf_printf(page->out, "<li class=\"%s\">", pieces[i].style);
        words_number(page->out, pieces[i].n);
        buf_printf(page->out, " %s</li>", pieces[i].label);
    }
    html_raw(page, "</ul></div>\n");
}
