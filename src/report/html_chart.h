/* html_chart.h - pictures of the page, as inline SVG. Lengths across are percentages, so that a
 * picture takes the width it gets while its text keeps its size; colours come from page.css. Each
 * names itself for readers that do not see it. */
#ifndef REPORT_HTML_CHART_H
#define REPORT_HTML_CHART_H

#include "report/html_page.h"

/* A moment marked by a vertical line. */
struct html_mark {
    struct wall at;    /* 0: left out, as are moments outside of the time line */
    const char *label; /* "held", "locked": also the class of the line */
    unsigned number;   /* of the fuse, shown instead of the label when > 0 */
};

/* A time line: a strip of bars each for messages, recipients with those refused in front, and
 * failed logins, as far as there were any; then the same figures as a table to unfold.
 * subject   whose, for the title
 * messages  what the first strip counts: "Messages" */
void html_timeline(struct html_page *page, const struct report_timeline *timeline,
                   struct slice subject, const char *messages, const struct html_mark *marks,
                   size_t marks_n);

/* A horizontal bar from 0 to `value` on a scale from `least` (<= 0) to `most` (>= 0), with a line
 * at zero when there is anything on both sides. For what stands beside it in words. */
void html_bar(struct html_page *page, const char *style, double value, double least, double most);

struct html_piece {
    const char *label, *style;
    uint64_t n;
};

/* One bar that is cut into shares of a whole, with a legend below; nothing when all are 0. */
void html_pieces(struct html_page *page, const char *title, const struct html_piece *pieces,
                 size_t n);

#endif
