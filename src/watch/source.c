#include "watch/source.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "watch/journal_text.h"

#include "base/ban.h"

static void count_unframed(struct logs_stats *stats, enum logline_got kind)
{
    stats->blank += kind == LOGLINE_BLANK;
    stats->no_time += kind == LOGLINE_NO_TIME;
    stats->bad_time += kind == LOGLINE_BAD_TIME;
    stats->no_frame += kind == LOGLINE_NO_FRAME;
}

/* The entry as a line; without `raw` its message stands for that. */
static enum logline_got entry_line(struct source *s, struct logline *line, struct slice *raw)
{
    const struct journal_entry *e = s->entry;

    s->lines.stats->cut += e->cut;
    if (raw != NULL)
        *raw = (struct slice){ e->message, e->message_n };
    return journal_entry_line(e, line);
}

static bool next_export(struct source *s, struct logline *line, struct slice *raw,
                        enum logline_got *kind)
{
    enum journal_text_got got = journal_text_export(&s->lines, s->entry, raw);

    if (got == JOURNAL_TEXT_END)
        return false;
    if (got == JOURNAL_TEXT_ENTRY) {
        s->lines.line_no++;
        s->lines.stats->lines++;
        *kind = entry_line(s, line, raw);
    } else {
        *kind = LOGLINE_NO_FRAME;
    }
    return true;
}

static bool next_json(struct source *s, struct logline *line, struct slice *raw,
                      enum logline_got *kind)
{
    if (!lines_next(&s->lines, raw))
        return false;
    if (slice_trim(*raw).n == 0)
        *kind = LOGLINE_BLANK;
    else if (journal_text_json(*raw, s->entry))
        *kind = entry_line(s, line, NULL);
    else
        *kind = LOGLINE_NO_FRAME;
    return true;
}

static bool next_journal(struct source *s, struct logline *line, struct slice *raw,
                         enum logline_got *kind)
{
    int got = s->held ? 1 : journal_next(s->journal, s->entry);

    s->held = false;
    if (got < 0)
        warnings_add(s->lines.warnings, s->lines.name, s->lines.line_no, "is damaged: %s",
                     strerror(-got));
    if (got <= 0)
        return false;
    s->lines.line_no++;
    s->lines.stats->lines++;
    s->lines.stats->bytes += s->entry->message_n;
    *kind = entry_line(s, line, raw);
    return true;
}

/* The next entry of a journal, in whatever form it is. */
static NOINLINE bool next_entry(struct source *s, struct logline *line, struct slice *raw,
                                enum logline_got *kind)
{
    if (s->entry == NULL)
        s->entry = memory_new(1, sizeof *s->entry);
    if (s->kind == SOURCE_EXPORT)
        return next_export(s, line, raw, kind);
    return s->kind == SOURCE_JSON ? next_json(s, line, raw, kind)
                                  : next_journal(s, line, raw, kind);
}

static bool next_text(struct source *s, struct logline *line, struct slice *raw,
                      enum logline_got *kind)
{
    if (!lines_next(&s->lines, raw))
        return false;
    *kind = logline_parse(&s->clock, *raw, line);
    return true;
}

bool source_next(struct source *s, struct logline *line, struct slice *raw, enum logline_got *kind)
{
    if (!(LIKELY(s->kind == SOURCE_TEXT) ? next_text(s, line, raw, kind)
                                         : next_entry(s, line, raw, kind)))
        return false;
    if (UNLIKELY(*kind != LOGLINE_OK))
        count_unframed(s->lines.stats, *kind);
    else if (line->at.ms > s->key)
        s->key = line->at.ms;
    return true;
}

bool source_offset(const struct source *s, int32_t *offset_s)
{
    struct civil local;

    *offset_s = s->clock.offset_s;
    if (s->kind == SOURCE_TEXT)
        return s->clock.offset_known;
    if (s->fresh.zone != NULL) {
        local = wall_to_civil((struct wall){ s->key }, 0);
        *offset_s = s->fresh.zone(s->fresh.zone_ctx, &local);
    }
    return true;
}

void source_sleep(struct source *s)
{
    if (s->kind == SOURCE_JOURNAL || !s->lines.bytes.regular)
        return;
    lines_rewind(&s->lines);
    free(s->entry);
    s->entry = NULL;
}

void source_done(struct source *s)
{
    if (s->clock.future > 0)
        warnings_add(s->lines.warnings, s->lines.name, 0,
                     "%" PRIu64 " lines are dated after the file itself; is the year right?",
                     s->clock.future);
    s->lines.stats->backwards += s->clock.backwards;
    s->lines.stats->future += s->clock.future;
    s->clock.backwards = s->clock.future = 0;
    journal_free(s->journal);
    s->journal = NULL;
    lines_done(&s->lines);
    free(s->entry);
    s->entry = NULL;
}
