/* state.h - what the engine has learnt, as bytes for a file: what is usual for each subject, which
 * networks many share, to whom somebody here ever wrote. Suspicion and incidents are no part of it.
 *
 * The form: "mailfuse state\n", the version, then each field in the order of state.c, numbers in
 * little-endian order; at the end the XXH3 hash of all that. Another version, a damaged or a cut
 * file is refused as a whole. */
#ifndef DETECT_STATE_H
#define DETECT_STATE_H

#include "detect/detect.h"

enum { STATE_VERSION = 1 };

/* Takes the next bytes; false when they cannot be written. */
typedef bool state_write(void *ctx, struct slice bytes);

/* False as soon as `write` says so. */
bool state_save(struct detect *d, state_write *write, void *ctx);

/* Fill an engine that has seen no event yet. NULL, or what is wrong with the bytes, as the end of a
 * sentence that begins with the file's name; then the engine must not be used. */
const char *state_load(struct detect *d, struct slice bytes);

#endif
