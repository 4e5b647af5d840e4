/* json_parts.h - the pieces of the JSON report. Each returns a new reference that the caller gives
 * away with one of jansson's _new functions. */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include <jansson.h>

#include "report/commands.h"
#include "report/report.h"

json_t *json_slice(struct slice s);
json_t *json_count(uint64_t n);
json_t *json_time(const struct report *r, struct wall at);
json_t *json_figure(double x); /* null for NaN and infinity */
json_t *json_address(const struct ip *ip);

/* A list of {`name`: text, "count": n}. */
json_t *json_counts(const struct report_count *counts, size_t n, const char *name);

/* A fuse as json.h describes it; its name goes under `name`. */
json_t *json_fuse(const struct report *r, const struct report_fuse *f, const char *name);

/* "time" of a fuse: of the lock, else of the hold, else of the strongest evidence; the end of the
 * log without any. */
struct wall json_fuse_time(const struct report *r, const struct report_fuse *f);

json_t *json_timeline(const struct report *r, const struct report_timeline *t);
json_t *json_commands(const struct commands *commands);
const char *json_kind(enum subject_kind kind);

#endif
