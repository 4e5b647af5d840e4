/* verdict.h - the whole report in one sentence, the same for every writer. */
#ifndef REPORT_VERDICT_H
#define REPORT_VERDICT_H

#include "base/buf.h"
#include "report/report.h"

/* Add the sentence to `out`. It holds names as they are in the log: escape it. */
void verdict_add(struct buf *out, const struct report *r);

enum verdict {
    VERDICT_TRIPPED, /* a fuse would have tripped */
    VERDICT_HELD,    /* mail would have waited */
    VERDICT_WATCH,   /* somebody is worth watching */
    VERDICT_CALM,
    VERDICT_NOTHING_READ, /* about mail, or about who was asked for */
};

enum verdict verdict_of(const struct report *r);

#endif
