/* text_parts.h - the sections of the report for the terminal. Each puts nothing on the page when
 * there is nothing to say. */
#ifndef REPORT_TEXT_PARTS_H
#define REPORT_TEXT_PARTS_H

#include "report/text_page.h"

/* One fuse, with the commands to act; `number` is its place in the report, from 1. */
void text_fuse(struct text_page *page, const struct report_fuse *f, size_t number);

/* "locked 19 Nov 02:16  Account anna@example.test": one line. */
void text_fuse_line(struct text_page *page, const struct report_fuse *f);

/* The commands for a fuse, and those that prepare the server once. */
void text_commands(struct text_page *page, const struct report_fuse *f);
void text_preparation(struct text_page *page);

/* What speaks for and against it; the weights add up to the score. */
void text_evidence(struct text_page *page, const struct report_fuse *f);

/* The addresses that a fuse's subject used. */
void text_clients(struct text_page *page, const struct report_fuse *f);

void text_watch(struct text_page *page);
void text_holds(struct text_page *page);
void text_brutes(struct text_page *page);
void text_blocks(struct text_page *page);
void text_wrote(struct text_page *page);
void text_accounts(struct text_page *page);

/* Totals; what was read, and what was not understood. */
void text_totals(struct text_page *page);
void text_reading(struct text_page *page);

#endif
