#include "watch/follow_journal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "watch/journal.h"

#include "base/ban.h"

enum { RETRY_MS = 1000 }; /* after it could not be opened, or read; and a look without an event */

struct follow_journal {
    const struct follow_options *options;
    struct logs_stats *stats;
    struct journal *journal; /* NULL while it cannot be opened */
    struct journal_entry *entry;
    struct follow_line line;
    int64_t key;
    char *cursor; /* of the last entry that was handed out, or the position; owned; may be NULL */
    bool pending, idle;
    bool old;           /* entries up to that of `cursor` were handed out in an earlier run */
    bool told;          /* of trouble that is not over */
    bool opened_before; /* what was replayed, is not replayed again */
    int64_t look_ms;
};

struct follow_journal *follow_journal_new(const struct follow_options *options,
                                          struct logs_stats *stats)
{
    struct follow_journal *j = memory_new(1, sizeof *j);
    const char *position = options->journal_position;

    j->options = options;
    j->stats = stats;
    j->entry = memory_new(1, sizeof *j->entry);
    if (position != NULL && position[0] != '\0') {
        size_t room = strlen(position) + 1;

        j->cursor = memory_new(room, 1);
        memcpy(j->cursor, position, room);
    }
    return j;
}

void follow_journal_free(struct follow_journal *j)
{
    if (j == NULL)
        return;
    journal_free(j->journal);
    free(j->entry);
    free(j->cursor);
    free(j);
}

int follow_journal_fd(const struct follow_journal *j)
{
    return j->journal != NULL ? journal_fd(j->journal) : -1;
}

static void tell(struct follow_journal *j, const char *what, int failed)
{
    char text[160];

    if (j->told == (failed != 0))
        return;
    j->told = failed != 0;
    snprintf(text, sizeof text, "%s%s%s", what, failed != 0 ? ": " : "",
             failed != 0 ? strerror(-failed) : "");
    j->options->trouble(j->options->ctx, FOLLOW_JOURNAL_NAME, text, failed == 0);
}

static void open_it(struct follow_journal *j)
{
    uint64_t back = j->opened_before ? 0 : j->options->replay_bytes / FOLLOW_JOURNAL_ENTRY;
    char *last = NULL;
    int failed = journal_follow(&j->journal, j->options->journal_folder, j->cursor, back, &last);

    if (failed < 0) {
        tell(j, "cannot be opened", failed);
        return;
    }
    tell(j, "is followed again", 0);
    j->opened_before = true;
    j->old = back > 0 && last != NULL;
    j->idle = false;
    if (last != NULL) {
        free(j->cursor);
        j->cursor = last;
    }
}

void follow_journal_tend(struct follow_journal *j, struct mono at)
{
    bool due = at.ms >= j->look_ms;

    if (due)
        j->look_ms = at.ms + RETRY_MS;
    if (j->journal == NULL && due)
        open_it(j);
    if (j->journal != NULL && (journal_changed(j->journal) || due))
        j->idle = false;
}

static int32_t zone_s(const struct follow_journal *j, struct wall at)
{
    struct civil local = wall_to_civil(at, 0);

    return j->options->zone != NULL ? j->options->zone(j->options->zone_ctx, &local) : 0;
}

bool follow_journal_next(struct follow_journal *j)
{
    int got;

    if (j->pending || j->idle || j->journal == NULL)
        return j->pending;
    got = journal_next(j->journal, j->entry);
    if (got <= 0) {
        j->idle = true;
        if (got < 0) {
            tell(j, "cannot be read", got);
            journal_free(j->journal);
            j->journal = NULL;
        }
        return false;
    }
    j->stats->lines++;
    j->stats->bytes += j->entry->message_n;
    j->stats->cut += j->entry->cut;
    j->line = (struct follow_line){ .name = FOLLOW_JOURNAL_NAME,
                                    .raw = { j->entry->message, j->entry->message_n },
                                    .old = j->old };
    j->line.kind = journal_entry_line(j->entry, &j->line.line);
    j->line.utc_offset_s = zone_s(j, j->entry->at);
    if (j->entry->at.ms > j->key)
        j->key = j->entry->at.ms;
    if (j->old)
        j->old = j->cursor == NULL || !journal_at(j->journal, j->cursor);
    return j->pending = true;
}

int64_t follow_journal_key(const struct follow_journal *j)
{
    return j->key;
}

const struct follow_line *follow_journal_line(const struct follow_journal *j)
{
    return &j->line;
}

void follow_journal_taken(struct follow_journal *j)
{
    j->pending = false;
    if (j->line.old)
        return;
    free(j->cursor);
    j->cursor = journal_cursor(j->journal);
}

bool follow_journal_caught_up(const struct follow_journal *j)
{
    return !j->pending && (j->idle || j->journal == NULL);
}

void follow_journal_position(const struct follow_journal *j, struct buf *out)
{
    if (j->cursor != NULL)
        buf_add(out, slice_of(j->cursor));
}
