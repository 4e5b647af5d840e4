/* json.h - the figures as JSON, for `mailfuse status`. */
#ifndef RUN_FIGURES_JSON_H
#define RUN_FIGURES_JSON_H

#include <jansson.h>

struct daemon;

/* An object with a member for each family: a number; with a label, an object of numbers by the
 * label's value; a histogram is {"count", "sum", "upto": {"0.001": 12, ...}}. The caller's. */
json_t *figures_json(struct daemon *d);

#endif
