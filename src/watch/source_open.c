/* source_open.c - recognises what kind of log a file is, and when it begins. */
#include <errno.h>
#include <stdio.h>

#include "base/memory.h"
#include "watch/source.h"
#include "watch/years.h"

#include "base/ban.h"

/* By the front of the text: JSON objects, or the fields with which journalctl begins an entry. */
static enum source_kind kind_of(struct slice front)
{
    struct slice line = front, name;

    if (slice_starts(front, SLICE("{")))
        return SOURCE_JSON;
    slice_cut(&front, '\n', &line);
    if (slice_starts(line, SLICE("__")) && slice_cut(&line, '=', &name))
        return SOURCE_EXPORT;
    return SOURCE_TEXT;
}

/* Look for the first framed line in what the buffer holds, by reading through a copy: its figures
 * are thrown away, and it takes the end of the buffer for the end of the file. Of an entry in
 * export form the time is enough, since one of its fields may be longer than the buffer. */
static bool look(struct source *s)
{
    struct logs_stats stats = { 0 };
    struct warnings warnings = { 0 };
    struct source probe = *s;
    struct logline line = { 0 };
    struct slice raw;
    enum logline_got kind;
    bool found = false;

    probe.lines.stats = &stats;
    probe.lines.warnings = &warnings;
    probe.lines.ended = true;
    while (!found && probe.lines.line_no < SOURCE_LOOK_LINES &&
           source_next(&probe, &line, &raw, &kind))
        found = kind == LOGLINE_OK || (s->kind == SOURCE_EXPORT && line.at.ms != 0);
    warnings_done(&warnings);
    s->entry = probe.entry;
    if (!found)
        return false;
    s->start = line.at;
    s->key = line.at.ms;
    return true;
}

/* Read until there is a framed line in the buffer; no more than a buffer. */
static bool find_start(struct source *s)
{
    struct lines *l = &s->lines;
    bool found = false;

    while (!found && !l->ended && l->end - l->at < LINES_BUFFER) {
        lines_fill(l);
        s->kind = kind_of(lines_rest(l));
        l->line_max = s->kind == SOURCE_JSON ? LINES_BUFFER - 1 : LOGS_LINE_MAX;
        found = look(s);
    }
    return found;
}

/* What a file that is no log may be instead. POSIX pax: "ustar" is at byte 257 of a tar archive. */
static const char *why_no_log(const struct lines *l)
{
    struct slice front = { l->buffer, l->end };

    if (l->bytes.trouble[0] != '\0')
        return l->bytes.trouble;
    if (front.n > 262 && slice_starts(slice_from(front, 257), SLICE("ustar")))
        return "is a tar archive and no log; unpack it first";
    if (slice_starts(front, SLICE("PK\3\4")))
        return "is a zip archive and no log; unpack it first";
    if (front.n > 0 && memchr(front.p, '\0', front.n) != NULL)
        return "is no log: it holds binary data";
    return "is no log: none of its first lines begins with a time stamp";
}

static enum source_got open_text(struct source *s, const struct logs_options *options, char *error,
                                 size_t error_room)
{
    bool plain = s->lines.bytes.regular && s->lines.bytes.form == BYTES_PLAIN;
    bool found = find_start(s);

    if (found && s->kind == SOURCE_TEXT && options->year == 0) {
        s->fresh.first_year = years_told(lines_rest(&s->lines));
        if (s->fresh.first_year == 0 && plain)
            s->fresh.first_year = years_first(&s->lines.bytes, &s->fresh);
        s->clock = s->fresh;
        found = look(s);
    }
    if (s->lines.end == 0 && s->lines.bytes.trouble[0] == '\0')
        return SOURCE_EMPTY;
    if (found)
        return SOURCE_OK;
    snprintf(error, error_room, "%s: %s", s->lines.name, why_no_log(&s->lines));
    return s->lines.bytes.trouble[0] != '\0' ? SOURCE_DAMAGED : SOURCE_BAD;
}

static const char *journal_reason(int failed)
{
    switch (failed) {
    case -EACCES:
    case -EPERM:
        return "there is none, or it may not be read; run as root, or as a member of the group "
               "systemd-journal";
    case -EBADFD:
        return "is a journal file, which has to be given by its name";
    case -EBADMSG:
    case -ENODATA:
        return "is a journal file, and damaged";
    default:
        return strerror(-failed);
    }
}

static enum source_got open_journal(struct source *s, int fd, const struct logs_options *options,
                                    char *error, size_t error_room)
{
    int got = journal_open(&s->journal, fd, options->since, options->until);

    s->kind = SOURCE_JOURNAL;
    s->lines.bytes.size = 0; /* how far reading has come in it is not known */
    s->entry = memory_new(1, sizeof *s->entry);
    if (got == 0)
        got = journal_next(s->journal, s->entry);
    if (got < 0) {
        snprintf(error, error_room, "%s: %s", s->lines.name, journal_reason(got));
        return SOURCE_BAD;
    }
    s->held = got > 0;
    s->start = s->entry->at;
    s->key = s->start.ms;
    return s->held ? SOURCE_OK : SOURCE_EMPTY;
}

enum source_got source_open(struct source *out, const char *path,
                            const struct logs_options *options, struct logs_stats *stats,
                            struct warnings *warnings, char *error, size_t error_room)
{
    bool piped = path != NULL && strcmp(path, "-") == 0;
    struct lines *l = &out->lines;
    int failed;

    *out = (struct source){ .fresh = { .zone = options->zone,
                                       .zone_ctx = options->zone_ctx,
                                       .newest = options->now,
                                       .first_year = options->year } };
    *l = (struct lines){ .name = piped ? "standard input" : path,
                         .stats = stats,
                         .warnings = warnings,
                         .bytes = { .fd = -1 } };
    if (path == NULL) {
        l->name = "the journal";
        return open_journal(out, JOURNAL_LOCAL, options, error, error_room);
    }
    failed = bytes_open(&l->bytes, path);
    if (failed != 0) {
        snprintf(error, error_room, "%s: %s", l->name, strerror(-failed));
        return SOURCE_BAD;
    }
    if (l->bytes.form == BYTES_JOURNAL)
        return open_journal(out, l->bytes.fd, options, error, error_room);
    if (l->bytes.regular)
        out->fresh.newest = l->bytes.modified;
    out->clock = out->fresh;
    return open_text(out, options, error, error_room);
}
