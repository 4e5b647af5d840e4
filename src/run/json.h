/* json.h - small helpers around jansson: text of strangers in, fields out. */
#ifndef RUN_JSON_H
#define RUN_JSON_H

#include <jansson.h>

#include "base/slice.h"
#include "base/wall.h"

/* A JSON string of any bytes: what is no UTF-8 becomes U+FFFD. The caller's reference. */
json_t *json_text(struct slice s);

/* RFC 3339 with milliseconds where there are any; null for 0. */
json_t *json_stamp(struct wall at, int32_t utc_offset_s);

/* A member of an object; 0, 0.0, false or empty when it is not there or of another type. Texts live
 * as long as the object. */
int64_t json_get_int(const json_t *from, const char *name);
double json_get_double(const json_t *from, const char *name);
bool json_get_bool(const json_t *from, const char *name);
struct slice json_get_text(const json_t *from, const char *name);

#endif
