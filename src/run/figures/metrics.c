/* metrics.c - the figures for Prometheus. */
#include "proto/metrics_text.h"
#include "run/daemon.h"
#include "run/figures/figures.h"

#include "base/ban.h"

enum { AGAIN_MS = SECOND_MS }; /* who asks more often gets the page of before */

static void family(void *ctx, const struct figure *f)
{
    static const char *const types[] = {
        [FIGURE_COUNTER] = "counter", [FIGURE_GAUGE] = "gauge", [FIGURE_HISTOGRAM] = "histogram"
    };

    metrics_text_family(ctx, f->name, types[f->kind], f->help);
}

static void value(void *ctx, const struct figure *f, struct slice label, double v)
{
    metrics_text_sample(ctx, f->name, f->label, label, v);
}

static void times(void *ctx, const struct figure *f, const struct latency *l)
{
    metrics_text_histogram(ctx, f->name, l);
}

void metrics_page(void *ctx, struct buf *out)
{
    struct daemon *d = ctx;
    const struct figures_writer to = { family, value, times, &d->page };

    daemon_clock(d);
    if (d->page.n == 0 || d->now.ms - d->page_at.ms >= AGAIN_MS || d->now.ms < d->page_at.ms) {
        buf_done(&d->page);
        d->page = buf_make(METRICS_PAGE_MAX);
        d->page_at = d->now;
        figures_write(d, &to);
    }
    buf_add(out, buf_slice(&d->page));
}
