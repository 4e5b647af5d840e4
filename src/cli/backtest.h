/* backtest.h - `mailfuse scan --backtest`: what each sensitivity would have done on the same log.
 */
#ifndef CLI_BACKTEST_H
#define CLI_BACKTEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/table.h"
#include "cli/engine.h"
#include "report/report.h"

enum { BACKTEST_STEPS = 3 };

struct backtest {
    struct rehearsal *engines[BACKTEST_STEPS]; /* NULL: no backtest */
    struct arena names;
    struct slice *good; /* accounts that were not abused */
    uint32_t good_n, good_room;
    struct table by_name;
};

/* Begin when the options want one. 0, or 2 after a message on standard error. */
int backtest_open(struct backtest *b, struct engine *e, const struct scan_options *o);
void backtest_close(struct backtest *b);

/* The event that the scan's own engine gets, too. */
void backtest_event(struct backtest *b, const struct event *event);

/* The table, as text. Times are those of the report's zone. */
void backtest_write(const struct backtest *b, const struct report *r, struct buf *out);

#endif
