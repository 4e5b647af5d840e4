#include "watch/warnings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

void warnings_add(struct warnings *w, const char *file, uint64_t line, const char *format, ...)
{
    char what[WARNING_ROOM / 2], number[24] = "";
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (w->n == WARNINGS_KEPT) {
        w->more++;
        return;
    }
    if (line > 0)
        snprintf(number, sizeof number, ":%" PRIu64, line);
    w->kept[w->n] = memory_new(WARNING_ROOM, 1);
    snprintf(w->kept[w->n], WARNING_ROOM, "%s%s: %s", file, number, what);
    w->n++;
}

void warnings_done(struct warnings *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->kept[i]);
    *w = (struct warnings){ 0 };
}
