/* clock.h - the time for deadlines. */
#ifndef ACT_CLOCK_H
#define ACT_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/wall.h"

/* Milliseconds of CLOCK_MONOTONIC: only differences mean something. */
static inline int64_t clock_ms(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

#endif
