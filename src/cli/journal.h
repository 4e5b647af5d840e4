/* journal.h - entries of the journal on a page: for the commands that show some. */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include "cli/ask.h"

/* An ask_step: which ones, by the options that were given; and an ask_show. */
int journal_fill(struct ask *a, json_t *request);
void journal_show(struct ask *a, struct sheet *s, const json_t *reply);

#endif
