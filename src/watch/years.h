/* years.h - the year of the first line of a file whose stamps have none. The file's date gives the
 * year of its last line; how often the stamps in between step back to January tells the rest. */
#ifndef WATCH_YEARS_H
#define WATCH_YEARS_H

#include "proto/stamp.h"
#include "watch/bytes.h"

/* Looks at YEARS_SAMPLES places of a regular plain file, without moving in it.
 * fresh  the clock that its lines will be read with; `newest` is known
 * 0 when no stamp without a year was seen. */
int years_first(const struct bytes *bytes, const struct stamp_clock *fresh);

enum { YEARS_SAMPLES = 64 };

#endif
