/* html.h - the report as one page to send to somebody: a single file with its style and its charts
 * (inline SVG) inside, that needs no network, runs no script and says so in its
 * Content-Security-Policy. What the log says passes escape_html, whatever it contains.
 *
 * The page is written so that an XML parser reads it as well, which is how the tests check it. Its
 * size is bounded: lists end after HTML_ROWS_MAX rows and say how many more there were. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base/buf.h"
#include "report/report.h"

enum {
    HTML_CARDS_MAX = 20, /* fuses told in full, with charts; the others get a row each */
    HTML_ROWS_MAX = 200, /* of any list */
    HTML_PAGE_MAX = 16 * 1024 * 1024, /* bytes; a limit for the buf, far above any page */
};

struct html_options {
    const char *version; /* of the program, for the foot of the page */
};

/* Append the page to `out`; `out->full` tells that its limit was too low. */
void html_write(const struct report *r, const struct html_options *options, struct buf *out);

#endif
