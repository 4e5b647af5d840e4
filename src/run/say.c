/* say.c - the daemon's own log: lines on standard error; with their priority where that is the
 * journal (sd-daemon(3)).
 */
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "base/escape.h"
#include "run/daemon.h"

#include "base/ban.h"

enum { LINE_MAX_BYTES = 2000 };

void daemon_say(const struct daemon *d, int priority, const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    struct buf line = buf_make(2 * LINE_MAX_BYTES);
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    escape_terminal(&line, slice_of(text));
    if (d->journal)
        fprintf(stderr, "<%d>%.*s\n", priority, SLICE_ARG(buf_slice(&line)));
    else
        fprintf(stderr, "mailfuse: %.*s\n", SLICE_ARG(buf_slice(&line)));
    buf_done(&line);
}

void doors_trouble(void *ctx, const char *text)
{
    daemon_say(ctx, LOG_WARNING, "%s", text);
}
