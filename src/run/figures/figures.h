/* figures.h - everything that the daemon counts, in one table, for whoever shows it: Prometheus
 * (metrics.c) and `mailfuse status` (json.c). Names are those of docs/metrics.md and never
 * change. No label has the name of an account, or anything else that strangers choose: each has
 * one of few values, which the program or the settings know. */
#ifndef RUN_FIGURES_FIGURES_H
#define RUN_FIGURES_FIGURES_H

#include "base/latency.h"
#include "base/slice.h"

struct daemon;

enum figure_kind { FIGURE_COUNTER, FIGURE_GAUGE, FIGURE_HISTOGRAM };

struct figure {
    const char *name;
    enum figure_kind kind;
    const char *label; /* NULL: none, and one value */
    const char *help;
};

/* Called in the order of the table: a family, then all of its values. */
struct figures_writer {
    void (*family)(void *ctx, const struct figure *f);
    void (*value)(void *ctx, const struct figure *f, struct slice label, double value);
    void (*times)(void *ctx, const struct figure *f, const struct latency *l);
    void *ctx;
};

/* Look at everything and hand it out. Times are seconds, since 1970 where they are moments. */
void figures_write(struct daemon *d, const struct figures_writer *to);

#endif
