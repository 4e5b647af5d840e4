#include "watch/follow_feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "watch/follow_hour.h"
#include "watch/follow_notify.h"

#include "base/ban.h"

/* The folder of `path`, for opendir(3) and inotify. */
static char *folder_of(const char *path)
{
    struct slice folder = slice_of(path), name;

    if (!slice_cut_last(&folder, '/', &name))
        folder = SLICE(".");
    else if (folder.n == 0)
        folder = SLICE("/");
    return memory_text(folder.p, folder.n);
}

void follow_feed_init(struct follow_feed *feed, const char *name,
                      const struct follow_position *position, const struct follow_opener *opener,
                      int notify)
{
    *feed = (struct follow_feed){
        .name = name,
        .opener = *opener,
        .notify = notify,
        .replay = opener->options->replay_bytes,
        .folder = folder_of(name),
        .clock = { .zone = opener->options->zone, .zone_ctx = opener->options->zone_ctx },
    };
    if (position == NULL)
        return;
    feed->position = *position;
    feed->clock.at = feed->last_at = position->at;
    feed->clock.offset_s = feed->last_offset_s = position->offset_s;
    feed->key = position->at.ms;
}

void follow_feed_done(struct follow_feed *feed)
{
    follow_search_done(&feed->search);
    for (size_t i = 0; i < feed->n; i++)
        follow_part_free(feed->parts[i]);
    free(feed->folder);
    *feed = (struct follow_feed){ 0 };
}

static void tell(struct follow_feed *feed, const char *what, bool over)
{
    const struct follow_options *options = feed->opener.options;

    options->trouble(options->ctx, feed->name, what, over);
}

static const char *words_of(int failed)
{
    return failed == -ELOOP ? "a symbolic link; name the file itself" : strerror(-failed);
}

void follow_feed_trouble(struct follow_feed *feed, const char *what, int failed)
{
    char text[160];

    if (feed->told)
        return;
    feed->told = true;
    snprintf(text, sizeof text, "%s%s%s; waiting for it", what, failed != 0 ? ": " : "",
             failed != 0 ? words_of(failed) : "");
    tell(feed, text, false);
}

void follow_feed_fine(struct follow_feed *feed)
{
    feed->missing_ms = 0;
    if (feed->told)
        tell(feed, "is followed again", true);
    feed->told = false;
}

void follow_feed_incident(struct follow_feed *feed, const char *what)
{
    tell(feed, what, false);
}

void follow_feed_drop(struct follow_feed *feed, size_t i)
{
    struct follow_part *part = feed->parts[i];

    feed->position = follow_feed_position(feed);
    follow_notify_forget(feed->notify, part->watch);
    follow_part_free(part);
    feed->n--;
    memmove(&feed->parts[i], &feed->parts[i + 1], (feed->n - i) * sizeof(struct follow_part *));
    feed->reading = FOLLOW_PARTS;
}

/* Read on in part `i`; false when the row of parts has changed. */
static bool read_on(struct follow_feed *feed, size_t i)
{
    struct follow_part *part = feed->parts[i];
    enum follow_part_got got = follow_part_more(part);

    if (got == FOLLOW_PART_OK)
        return true;
    if (got == FOLLOW_PART_BROKEN) {
        follow_feed_incident(feed, part->lines.bytes.trouble);
        part->lines.bytes.trouble[0] = '\0';
        feed->opened = i + 1 < feed->n; /* the current one: open it once more */
        do
            follow_feed_drop(feed, i);
        while (!feed->opened && i-- > 0);
    } else {
        follow_feed_truncated(feed, part);
    }
    return false;
}

/* Take the line that the buffer of part `i` has next. */
static bool take_line(struct follow_feed *feed, size_t i)
{
    struct follow_part *part = feed->parts[i];
    struct follow_line *out = &feed->line;
    uint64_t begin;

    if (!follow_part_line(part, &out->raw, &begin, &feed->ends))
        return false;
    *out = (struct follow_line){
        .name = feed->name,
        .raw = out->raw,
        .kind = logline_parse(&feed->clock, out->raw, &out->line),
        .line = out->line,
        .utc_offset_s = feed->clock.offset_s,
        .old = begin < part->old_until,
    };
    if (feed->live && out->kind == LOGLINE_OK)
        follow_hour_settle(&feed->clock, feed->now, &out->line.at, &out->utc_offset_s);
    if (out->kind == LOGLINE_OK && part->start.ms == 0)
        part->start = out->line.at;
    if (out->kind == LOGLINE_OK && out->line.at.ms > feed->key)
        feed->key = out->line.at.ms;
    feed->from = part;
    feed->mid_line = part->lines.skipping;
    return true;
}

/* What is in the buffers, in order. What was read into the buffer of a part was written after all
 * that an earlier one had when it was looked at later, and found at its end: so the last part reads
 * first. Of one writer that goes on from one file to the next no lines change places. */
bool follow_feed_next(struct follow_feed *feed)
{
    if (feed->pending || feed->idle)
        return feed->pending;
    while (!feed->searching || feed->purpose == FOLLOW_ROTATED) {
        bool at_end = true, same = true;

        for (; feed->reading < feed->n; feed->reading++)
            if (take_line(feed, feed->reading))
                return feed->pending = true;
        for (size_t i = feed->n; i > 0 && same; i--) {
            same = read_on(feed, i - 1);
            at_end = same && at_end && feed->parts[i - 1]->at_end;
        }
        feed->reading = same ? 0 : FOLLOW_PARTS;
        if (at_end) {
            feed->live = feed->opened;
            break;
        }
    }
    feed->idle = true;
    return false;
}

void follow_feed_taken(struct follow_feed *feed)
{
    feed->pending = false;
    if (feed->line.old)
        return;
    feed->from->begun = true;
    feed->from->done = feed->ends;
    feed->from->done_mid_line = feed->mid_line;
    if (feed->line.kind == LOGLINE_OK) {
        feed->last_at = feed->line.line.at;
        feed->last_offset_s = feed->line.utc_offset_s;
    }
}

bool follow_feed_opened(struct follow_feed *feed, const char *path, int fd)
{
    return feed->searching &&
           follow_search_opened(&feed->search, path, fd, &feed->opener, &feed->clock);
}

struct follow_position follow_feed_position(const struct follow_feed *feed)
{
    struct follow_position p = feed->position;
    size_t i = feed->n;

    while (i > 0 && !feed->parts[i - 1]->begun)
        i--;
    if (i > 0) {
        p = (struct follow_position){ .known = true, .file = follow_part_mark(feed->parts[i - 1]) };
        p.has_previous = i > 1 && feed->parts[i - 2]->begun;
        if (p.has_previous)
            p.previous = follow_part_mark(feed->parts[i - 2]);
    }
    if (feed->searching && feed->purpose == FOLLOW_TRUNCATED) {
        p.known = true;
        p.file = feed->lost.file;
    }
    if (feed->last_at.ms != 0) {
        p.at = feed->last_at;
        p.offset_s = feed->last_offset_s;
    }
    return p;
}
