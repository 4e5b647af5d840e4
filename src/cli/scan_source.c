#include "base/buf.h"
#include "cli/scan.h"
#include "report/shell.h"

#include "base/ban.h"

enum { SOURCE_MAX = 4096 }; /* bytes; who would paste more? */

/* --option 'value' on a line of its own; nothing without a value. */
static void add_option(struct buf *words, const char *option, const char *value)
{
    if (value == NULL)
        return;
    buf_printf(words, "%s ", option);
    if (!shell_quote(words, slice_of(value)))
        words->full = true;
    buf_add_char(words, '\n');
}

/* "2h" and "yesterday" are something else later. */
static void add_time(struct buf *words, const char *option, struct wall at)
{
    char text[WALL_TEXT_MAX];

    if (at.ms != 0)
        add_option(words, option, wall_rfc3339(at, 0, false, text));
}

static void add_options(struct buf *words, const struct scan_options *o)
{
    const struct logs_options *logs = &o->input.logs;

    add_option(words, "--config", o->conf);
    add_option(words, "--state", o->state);
    for (size_t i = 0; i < o->geo_n; i++)
        add_option(words, "--geo", o->geo[i]);
    add_option(words, "--host", o->log_host.n > 0 ? o->host : NULL);
    add_time(words, "--since", logs->since);
    add_time(words, "--until", logs->until);
    add_option(words, "--tz", o->input.tz);
    if (logs->year != 0)
        buf_printf(words, "--year %d\n", logs->year);
    if (logs->journal)
        buf_add(words, SLICE("--journal\n"));
}

/* Standard input cannot be read again, what looks like an option cannot be named beside some, and
 * what was learnt is not what it was when this scan has written to it. */
void scan_source(struct scan *s)
{
    const struct scan_options *o = s->options;
    const struct logs_options *logs = &o->input.logs;
    struct buf words = buf_make(SOURCE_MAX);

    add_options(&words, o);
    for (size_t i = 0; i < logs->paths_n; i++) {
        if (logs->paths[i][0] == '-' || !shell_quote(&words, slice_of(logs->paths[i])))
            words.full = true;
        buf_add_char(&words, '\n');
    }
    if (!words.full && (o->state == NULL || o->learn == NULL))
        s->report.source = arena_copy(&s->report.arena, slice_trim(buf_slice(&words)));
    buf_done(&words);
}
