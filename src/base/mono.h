/* mono.h - the clock of deadlines: it never steps back, and means nothing after a restart. Whoever
 * has a loop reads CLOCK_MONOTONIC (clock_gettime(2)) and hands it down; tests set it. */
#ifndef BASE_MONO_H
#define BASE_MONO_H

#include <stdint.h>

struct mono {
    int64_t ms; /* since some moment of the machine's own */
};

#endif
