/* warnings.h - what went wrong while reading went on: the first 20 as text, the others counted. */
#ifndef WATCH_WARNINGS_H
#define WATCH_WARNINGS_H

#include "base/attributes.h"
#include "base/slice.h"

enum { WARNINGS_KEPT = 20, WARNING_ROOM = 512 };

struct warnings {
    char *kept[WARNINGS_KEPT]; /* `{ 0 }` is an empty list; owned */
    size_t n;
    uint64_t more;
};

/* Add "FILE:LINE: what"; without the line when it is 0. */
void warnings_add(struct warnings *w, const char *file, uint64_t line, const char *format, ...)
    PRINTF(4, 5);

void warnings_done(struct warnings *w);

#endif
