/* state_fuse.h - the whole of one fuse as bytes: picture, counters, evidence, hold and incident, so
 * that a daemon goes on where it stopped. The form: version, then the fields in the order of
 * state_fuse.c. */
#ifndef DETECT_STATE_FUSE_H
#define DETECT_STATE_FUSE_H

#include "base/buf.h"
#include "detect/detect.h"

/* Append the fuse of that number. */
void state_fuse_save(struct detect *d, uint32_t fuse, struct buf *out);

/* Add a fuse from such bytes: its number, or UINT32_MAX when they are damaged, of another version,
 * or of a subject that has a fuse; the engine must not be used then. */
uint32_t state_fuse_load(struct detect *d, struct slice bytes);

/* The same for what is known of the server as a whole: some megabytes. */
void state_server_save(struct detect *d, struct buf *out);
bool state_server_load(struct detect *d, struct slice bytes);

#endif
