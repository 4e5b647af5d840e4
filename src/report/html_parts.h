/* html_parts.h - the parts of the page, from top to bottom. Each writes whole elements. */
#ifndef REPORT_HTML_PARTS_H
#define REPORT_HTML_PARTS_H

#include "report/html.h"
#include "report/html_page.h"

/* The verdict in one sentence, the sums of what was and would not have been, and the list of fuses,
 * each a link to its card. */
void html_verdict(struct html_page *page);

/* Everything about one fuse. `number` counts from 1 and is the end of its anchor, "fuse-1". */
void html_fuse(struct html_page *page, const struct report_fuse *fuse, unsigned number);

/* The pieces of evidence as bars, the heaviest first. */
void html_evidence(struct html_page *page, const struct report_fuse *fuse);

/* What to type, one block that a click selects for each step. */
void html_commands(struct html_page *page, const struct report_fuse *fuse);

/* What is not about one fuse: each writes a section, or nothing when there is nothing to list. */
void html_prepare(struct html_page *page);  /* what the commands need to have been set up */
void html_server(struct html_page *page);   /* the whole server's time line */
void html_watch(struct html_page *page);    /* accounts worth watching */
void html_holds(struct html_page *page);    /* holds that ended by themselves */
void html_wrote(struct html_page *page);    /* who wrote to the address asked for */
void html_brutes(struct html_page *page);   /* where logins are being guessed from */
void html_blocks(struct html_page *page);   /* who is refusing our mail */
void html_accounts(struct html_page *page); /* the busiest accounts */
void html_totals(struct html_page *page);   /* counts of log events */
void html_reading(struct html_page *page);  /* what was read, and what could not be */

#endif
