#include "watch/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "watch/years.h"

#include "base/ban.h"

/* Bring the shared figures up to what was read of this file. */
static void account(struct source *s)
{
    s->stats->bytes_read += s->bytes.taken - s->told_taken;
    s->stats->bytes += s->bytes.given - s->told_given;
    s->told_taken = s->bytes.taken;
    s->told_given = s->bytes.given;
}

/* Move what is left to the front of the buffer and read behind it. */
static void fill(struct source *s)
{
    size_t left = s->end - s->at;
    ssize_t n;

    if (s->buffer == NULL)
        s->buffer = memory_new(SOURCE_BUFFER, 1);
    if (s->at > 0)
        memmove(s->buffer, s->buffer + s->at, left);
    s->at = 0;
    s->end = left;
    n = bytes_read(&s->bytes, s->buffer + left, SOURCE_BUFFER - left);
    if (n > 0)
        s->end += (size_t)n;
    else
        s->ended = true;
    s->nuls = s->end > 0 && memchr(s->buffer, '\0', s->end) != NULL;
    account(s);
}

/* A line that ends at `end` of the buffer; `next` is where the following one starts. */
static struct slice take_line(struct source *s, size_t end, size_t next)
{
    struct slice line = { s->buffer + s->at, end - s->at };

    s->at = next;
    s->line_no++;
    s->stats->lines++;
    if (UNLIKELY(line.n > s->line_max)) {
        line.n = s->line_max;
        s->skipping = end == next;
        s->stats->cut++;
        if (!s->told_cut)
            warnings_add(s->warnings, s->name, s->line_no,
                         "is longer than %zu bytes; the rest of it was skipped", s->line_max);
        s->told_cut = true;
    }
    if (UNLIKELY(s->nuls) && line.n > 0 && memchr(line.p, '\0', line.n) != NULL) {
        s->stats->nul++;
        if (!s->told_nul)
            warnings_add(s->warnings, s->name, s->line_no, "holds NUL bytes");
        s->told_nul = true;
    }
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* The next line without its end; false when there is none left. */
static bool next_line(struct source *s, struct slice *out)
{
    for (;;) {
        size_t left = s->end - s->at;
        const char *newline = left > 0 ? memchr(s->buffer + s->at, '\n', left) : NULL;
        size_t end = newline != NULL ? (size_t)(newline - s->buffer) : s->end;

        if (UNLIKELY(s->skipping)) {
            s->skipping = newline == NULL;
            s->at = newline != NULL ? end + 1 : end;
        } else if (newline != NULL) {
            *out = take_line(s, end, end + 1);
            return true;
        } else if (left > s->line_max || (s->ended && left > 0)) {
            *out = take_line(s, end, end);
            return true;
        }
        if (s->at == s->end || newline == NULL) {
            if (s->ended)
                return false;
            fill(s);
        }
    }
}

static void count_unframed(struct logs_stats *stats, enum logline_got kind)
{
    stats->blank += kind == LOGLINE_BLANK;
    stats->no_time += kind == LOGLINE_NO_TIME;
    stats->bad_time += kind == LOGLINE_BAD_TIME;
    stats->no_frame += kind == LOGLINE_NO_FRAME;
}

bool source_next(struct source *s, struct logline *line, struct slice *raw, enum logline_got *kind)
{
    if (!next_line(s, raw))
        return false;
    *kind = logline_parse(&s->clock, *raw, line);
    if (UNLIKELY(*kind != LOGLINE_OK))
        count_unframed(s->stats, *kind);
    else if (line->at.ms > s->key)
        s->key = line->at.ms;
    return true;
}

/* The time of the first line in the buffer that has one.
 * 1: found; 0: more has to be read; -1: there is none in the first SOURCE_LOOK_LINES. */
static int first_time(struct source *s)
{
    struct stamp_clock clock = s->fresh;
    struct slice rest = { s->buffer, s->end }, line;
    struct logline ignored;

    for (int lines = 0; lines < SOURCE_LOOK_LINES; lines++) {
        if (!slice_cut(&rest, '\n', &line)) {
            if (rest.n == 0 || (!s->ended && s->end < SOURCE_BUFFER))
                return 0;
            line = rest;
            rest.n = 0;
        }
        if (logline_parse(&clock, slice_head(line, LOGS_LINE_MAX), &ignored) == LOGLINE_OK) {
            s->start = clock.at;
            s->key = clock.at.ms;
            return 1;
        }
    }
    return -1;
}

enum source_got source_open(struct source *out, const char *name,
                            const struct logs_options *options, struct logs_stats *stats,
                            struct warnings *warnings, char *error, size_t error_room)
{
    int failed, found = 0;

    *out = (struct source){ .name = strcmp(name, "-") == 0 ? "standard input" : name,
                            .stats = stats,
                            .warnings = warnings,
                            .line_max = LOGS_LINE_MAX };
    failed = bytes_open(&out->bytes, name);
    if (failed != 0) {
        snprintf(error, error_room, "%s: %s", out->name, strerror(-failed));
        return SOURCE_BAD;
    }
    out->fresh =
        (struct stamp_clock){ .zone = options->zone,
                              .zone_ctx = options->zone_ctx,
                              .newest = out->bytes.regular ? out->bytes.modified : options->now,
                              .first_year = options->year };
    while (found == 0 && !out->ended && out->end < SOURCE_BUFFER) {
        fill(out);
        found = first_time(out);
    }
    if (found == 1 && options->year == 0 && out->bytes.regular && out->bytes.form == BYTES_PLAIN) {
        out->fresh.first_year = years_first(&out->bytes, &out->fresh);
        found = first_time(out);
    }
    out->clock = out->fresh;
    if (out->end == 0 && out->bytes.trouble[0] == '\0')
        return SOURCE_EMPTY;
    if (found != 1) {
        snprintf(error, error_room, "%s: %s", out->name,
                 out->bytes.trouble[0] != '\0'
                     ? out->bytes.trouble
                     : "is no log: none of its first lines begins with a time stamp");
        return SOURCE_BAD;
    }
    return SOURCE_OK;
}

void source_sleep(struct source *s)
{
    if (!s->bytes.regular)
        return;
    s->stats->bytes_read -= s->told_taken;
    s->stats->bytes -= s->told_given;
    s->told_taken = s->told_given = 0;
    bytes_rewind(&s->bytes);
    free(s->buffer);
    s->buffer = NULL;
    s->at = s->end = 0;
    s->ended = false;
}

void source_done(struct source *s)
{
    if (s->bytes.trouble[0] != '\0')
        warnings_add(s->warnings, s->name, s->line_no, "%s", s->bytes.trouble);
    s->bytes.trouble[0] = '\0';
    s->stats->backwards += s->clock.backwards;
    s->stats->future += s->clock.future;
    s->clock = s->fresh;
    bytes_done(&s->bytes);
    free(s->buffer);
    s->buffer = NULL;
    s->at = s->end = 0;
    s->ended = true;
}
