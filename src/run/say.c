/* say.c - the daemon's own log: lines on standard error, which systemd takes with their priority.
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

    (void)d;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    escape_terminal(&line, slice_of(text));
    fprintf(stderr, "<%d>mailfuse: %.*s\n", priority, SLICE_ARG(buf_slice(&line)));
    buf_done(&line);
}

void doors_trouble(void *ctx, const char *text)
{
    daemon_say(ctx, LOG_WARNING, "%s", text);
}
