/* fuse_json.h - who it is, on disk: the number of a fuse is another one after a restart. */
#ifndef RUN_FUSE_JSON_H
#define RUN_FUSE_JSON_H

#include <jansson.h>

#include "run/daemon.h"

/* {"kind": "account", "name": "alice@example.test"}. A new reference; others may add members. */
json_t *fuse_encode(const struct daemon *d, uint32_t fuse);

/* The same back; also of refused mail as it was kept before: {"kind": 0, "account": ...}.
 * UINT32_MAX when it is not known any more, or is none. */
uint32_t fuse_decode(const struct daemon *d, const json_t *from);

#endif
