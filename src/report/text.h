/* text.h - a report for a person at a terminal.
 * No line is wider than `columns`, except the lines of commands to copy, which are never cut or
 * wrapped. Nothing that the log's authors wrote reaches the terminal as a control character; with
 * `colour` off no escape sequence is written at all. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "base/buf.h"
#include "report/report.h"

struct text_options {
    bool colour;
    unsigned columns; /* 0: 80; else at least 60 */
    unsigned top;     /* rows of each list; 0: 10 */
    bool quiet;       /* the verdict and a line for each fuse, no more */
    bool accounts;    /* the table of accounts, too */
    bool answer;      /* who wrote to the address that was asked for, and no more */
};

enum { TEXT_LIMIT = 64 * 1024 * 1024 }; /* a limit for `out` that no honest report reaches */

/* The report. The buf is full when `out` was too small. */
void text_report(const struct report *r, const struct text_options *o, struct buf *out);

/* The steps of the report: the evidence about one account over time (--explain). */
void text_explain(const struct report *r, const struct text_options *o, struct buf *out);

/* The ids still in the queue of all fuses, tripped or held: one a line, nothing else; what is
 * no queue id (commands.h) is left out. */
void text_queue_ids(const struct report *r, struct buf *out);

#endif
