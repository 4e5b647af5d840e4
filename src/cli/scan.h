/* scan.h - the pipeline of `mailfuse scan`: lines -> records -> events -> verdicts -> report. */
#ifndef CLI_SCAN_H
#define CLI_SCAN_H

#include <stdio.h>

#include "cli/backtest.h"
#include "cli/engine.h"
#include "cli/scan_options.h"
#include "detect/rehearsal.h"
#include "ledger/ledger.h"
#include "ledger/tally.h"
#include "ledger/top.h"
#include "report/report.h"

enum { WROTE_MAX = 100000, STEPS_MAX = 100000 };

struct scan {
    const struct scan_options *options;
    struct logs *logs;
    struct ledger *ledger;
    uint64_t unread; /* ledger_unread() */
    struct rehearsal *rehearsal;
    struct detect *detect; /* of the rehearsal */
    struct tally tally;
    struct tally of_client; /* with --client: only what came from there */
    struct engine *engine;  /* settings, databases, learnt state */
    struct backtest backtest;
    bool unread_file;    /* one was damaged from its front on; the others were read */
    bool completing;     /* settings or databases know more of a client */
    FILE *unparsed_file; /* NULL without --unparsed */
    struct top unparsed; /* kinds of lines that were not understood */
    uint64_t unparsed_n, understood, foreign;
    struct wall first, last;
    size_t wrote_room, steps_room;
    struct table wrote_by_key;
    struct report report;
};

/* Open what the options name. 0, or 2 after a message on standard error. */
int scan_open(struct scan *s, const struct scan_options *options);

/* Read everything. */
void scan_run(struct scan *s);

/* What makes another scan read and judge the same, for commands: `s->report.source`. */
void scan_source(struct scan *s);

/* Fill `s->report`. */
void scan_report(struct scan *s);

/* Write what was asked for. 0, or 2 after a message on standard error. */
int scan_output(struct scan *s);

void scan_close(struct scan *s);

#endif
