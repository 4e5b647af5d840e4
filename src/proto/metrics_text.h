/* metrics_text.h - figures in the text format of Prometheus, version 0.0.4: a struct to bytes.
 * A family is its two comment lines (HELP and TYPE), then its samples, all before the next family.
 * Source: prometheus.io/docs/instrumenting/exposition_formats. Pure. */
#ifndef PROTO_METRICS_TEXT_H
#define PROTO_METRICS_TEXT_H

#include "base/buf.h"
#include "base/latency.h"

#define METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* name  [a-zA-Z_][a-zA-Z0-9_]*, as everywhere below
 * type  "counter", "gauge" or "histogram"
 * help  backslashes and ends of line are escaped */
void metrics_text_family(struct buf *out, const char *name, const char *type, const char *help);

/* One sample. `label` may be NULL: it has none. The label's value may be any bytes: backslashes,
 * quotes and ends of line are escaped, what is not UTF-8 becomes U+FFFD. Whole numbers below 2^53
 * are written as such. */
void metrics_text_sample(struct buf *out, const char *name, const char *label, struct slice of,
                         double value);

/* The samples of a histogram, in seconds. */
void metrics_text_histogram(struct buf *out, const char *name, const struct latency *l);

#endif
