#include "proto/metrics_text.h"

#include <math.h>

#include "base/escape.h"

#include "base/ban.h"

static void add_escaped(struct buf *out, struct slice s, bool quotes)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n')
            buf_add(out, SLICE("\\n"));
        else if (s.p[i] == '\\')
            buf_add(out, SLICE("\\\\"));
        else if (s.p[i] == '"' && quotes)
            buf_add(out, SLICE("\\\""));
        else
            buf_add_char(out, s.p[i]);
    }
}

void metrics_text_family(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s ", name);
    add_escaped(out, slice_of(help), false);
    buf_printf(out, "\n# TYPE %s %s\n", name, type);
}

static void add_number(struct buf *out, double value)
{
    static const double whole = 9007199254740992.0; /* 2^53 */

    if (isnan(value))
        buf_add(out, SLICE("NaN"));
    else if (isinf(value))
        buf_add(out, value > 0 ? SLICE("+Inf") : SLICE("-Inf"));
    else
        buf_printf(out, fabs(value) < whole && trunc(value) == value ? "%.0f" : "%.15g", value);
}

void metrics_text_sample(struct buf *out, const char *name, const char *label, struct slice of,
                         double value)
{
    CLEANUP(buf_done) struct buf valid = buf_make(3 * of.n + 1);

    buf_add(out, slice_of(name));
    if (label != NULL) {
        escape_utf8(&valid, of);
        buf_printf(out, "{%s=\"", label);
        add_escaped(out, buf_slice(&valid), true);
        buf_add(out, SLICE("\"}"));
    }
    buf_add_char(out, ' ');
    add_number(out, value);
    buf_add_char(out, '\n');
}

void metrics_text_histogram(struct buf *out, const char *name, const struct latency *l)
{
    uint64_t upto = 0;

    for (size_t i = 0; i < LATENCY_BOUNDS; i++) {
        upto += l->counts[i];
        buf_printf(out, "%s_bucket{le=\"%.6g\"} ", name, (double)latency_bound_ns(i) / 1e9);
        add_number(out, (double)upto);
        buf_add_char(out, '\n');
    }
    upto += l->counts[LATENCY_BOUNDS];
    buf_printf(out, "%s_bucket{le=\"+Inf\"} ", name);
    add_number(out, (double)upto);
    buf_printf(out, "\n%s_sum %.9f\n%s_count ", name, (double)l->sum_ns / 1e9, name);
    add_number(out, (double)upto);
    buf_add_char(out, '\n');
}
