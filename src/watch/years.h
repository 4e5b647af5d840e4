/* years.h - the year of the first line of a file whose stamps have none. Postfix writes the date
 * into long queue ids and into its own Message-IDs: that is believed first, since it survives
 * copying. Else the file's date gives the year of its last line, and how often the stamps in
 * between step back to January tells the rest. */
#ifndef WATCH_YEARS_H
#define WATCH_YEARS_H

#include "proto/stamp.h"
#include "watch/bytes.h"

/* From what Postfix wrote into the lines at the front of a file; 0 when it wrote nothing there. */
int years_told(struct slice front);

/* Looks at YEARS_SAMPLES places of a regular plain file, without moving in it.
 * fresh  the clock that its lines will be read with; `newest` is known
 * 0 when no stamp without a year was seen. */
int years_first(const struct bytes *bytes, const struct stamp_clock *fresh);

enum { YEARS_SAMPLES = 64 };

#endif
