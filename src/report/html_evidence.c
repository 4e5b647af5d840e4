#include <math.h>

#include "report/html_chart.h"
#include "report/html_parts.h"

#include "base/ban.h"

static void write_piece(struct html_page *page, const struct report_evidence *e, double least,
                        double most)
{
    html_raw(page, "<li><span class=\"words\">");
    html_text(page, e->words);
    html_raw(page, " <small>");
    html_name(page, e->signal);
    html_raw(page, ", ");
    html_time(page, e->at, true);
    html_raw(page, "</small></span>");
    html_bar(page, e->weight < 0 ? "against" : "for", e->weight, least, most);
    html_raw(page, "<b>");
    html_score(page, e->weight, true);
    html_raw(page, "</b></li>\n");
}

void html_evidence(struct html_page *page, const struct report_fuse *f)
{
    size_t shown = f->evidence_n < HTML_ROWS_MAX ? f->evidence_n : HTML_ROWS_MAX;
    double least = 0, most = 0;

    if (shown == 0)
        return;
    for (size_t i = 0; i < shown; i++) {
        least = fmin(least, f->evidence[i].weight);
        most = fmax(most, f->evidence[i].weight);
    }
    html_raw(page, "<section class=\"evidence\"><h3>Evidence</h3>\n"
                   "<p class=\"note\">Each bar says how much a finding weighs; together they make "
                   "the score of <b>");
    html_score(page, f->score, false);
    html_raw(page, "</b>.</p>\n<ol>\n");
    for (size_t i = 0; i < shown; i++)
        write_piece(page, &f->evidence[i], least, most);
    html_raw(page, "</ol>\n");
    html_more(page, shown, f->evidence_n, "pieces");
    html_raw(page, "</section>\n");
}
