/* follow_turn.c - of follow_feed.h: sees that a path has another file, and puts the files in order.
 */
#include <errno.h>
#include <sys/stat.h>

#include "watch/follow_feed.h"
#include "watch/follow_notify.h"
#include "watch/years.h"

#include "base/ban.h"

static void push(struct follow_feed *feed, struct follow_part *part)
{
    if (part == NULL)
        return;
    if (feed->n == COUNT(feed->parts)) {
        follow_feed_incident(feed, "was rotated faster than it is read; lines are lost");
        follow_feed_drop(feed, feed->pending && feed->from == feed->parts[0]);
    }
    feed->parts[feed->n++] = part;
    feed->reading = FOLLOW_PARTS;
    feed->idle = false;
}

/* Only the file before the current one may still have a writer. */
static void close_older(struct follow_feed *feed)
{
    for (size_t i = 0; i + 1 < feed->n; i++) {
        struct follow_part *part = feed->parts[i];

        if (!part->closing)
            part->closing_ms = feed->at.ms + FOLLOW_GRACE_MS;
        if (part->packed || i + 2 < feed->n)
            part->closing_ms = feed->at.ms;
        part->closing = true;
    }
}

/* A last line without newline comes once nobody writes any more. */
static bool is_finished(struct follow_feed *feed, struct follow_part *part)
{
    if (!part->closing || !part->at_end || feed->at.ms < part->closing_ms ||
        (feed->pending && feed->from == part))
        return false;
    feed->reading = FOLLOW_PARTS;
    if (part->lines.bytes.growing) {
        if (follow_part_more(part) != FOLLOW_PART_OK || !part->at_end)
            return false;
        follow_part_finish(part);
    }
    return lines_rest(&part->lines).n == 0;
}

/* Close what is finished with, in the order of reading: the position is in the last one. */
static void close_finished(struct follow_feed *feed)
{
    struct follow_finished *finished = &feed->finished;

    while (feed->n > 0 && is_finished(feed, feed->parts[0])) {
        finished->marks[finished->n++ % COUNT(finished->marks)] = follow_part_mark(feed->parts[0]);
        follow_feed_drop(feed, 0);
    }
}

static void watch_current(struct follow_feed *feed)
{
    struct follow_part *part = feed->parts[feed->n - 1];

    if (part->watch < 0)
        part->watch = follow_notify_file(feed->notify, part->lines.bytes.fd);
    follow_feed_fine(feed);
}

/* Go on in a file of the last run; what is before the position, is old. */
static void resume(struct follow_part *part, const struct follow_mark *mark, uint64_t replay)
{
    uint64_t back = replay < mark->offset ? replay : mark->offset;

    part->begun = true;
    part->done = part->old_until = mark->offset;
    part->done_mid_line = mark->mid_line;
    if (part->packed)
        back = 0;
    follow_part_seek(part, mark->offset - back, back > 0);
    if (back == 0)
        part->lines.skipping = mark->mid_line;
}

/* The whole of a file before the position is old: begin `replay` bytes before its end. */
static void replay_whole(struct follow_part *part, uint64_t replay)
{
    uint64_t size = follow_part_size(part);

    part->old_until = UINT64_MAX;
    follow_part_seek(part, size > replay ? size - replay : 0, size > replay);
}

static void push_resumed(struct follow_feed *feed, struct follow_chain *chain,
                         struct follow_part *file)
{
    const struct follow_position *position = &feed->position;
    uint64_t replay = feed->replay, older = 0;
    struct follow_part *previous = chain->previous;

    if (replay > position->file.offset)
        older = replay - position->file.offset;
    resume(file, &position->file, replay);
    if (previous != NULL) {
        resume(previous, &position->previous, older);
        older = 0;
    }
    if (chain->before != NULL && older > 0 && !file->packed) {
        replay_whole(chain->before, older);
        push(feed, chain->before);
        chain->before = NULL;
    }
    push(feed, previous);
    if (file != chain->current)
        push(feed, file);
    if (replay > 0) { /* the year is inferred anew, from today's */
        feed->clock.at = (struct wall){ 0 };
        feed->key = 0;
    }
}

/* Of the first line; 0 when that is of no use. */
static int first_year(const struct follow_part *part, struct stamp_clock fresh)
{
    char front[4096];
    struct slice text = { front, 0 };
    int year;

    if (part->packed)
        return 0;
    text.n = bytes_peek(&part->lines.bytes, 0, front, sizeof front);
    year = years_told(text);
    fresh.newest = part->lines.bytes.modified;
    return year != 0 ? year : years_first(&part->lines.bytes, &fresh);
}

/* Without a position: from the front, or from the end and from now on. */
static void begin_current(struct follow_feed *feed, struct follow_part *part)
{
    struct follow_mark end;

    if (feed->opener.options->from_start) {
        feed->clock.first_year = first_year(part, feed->clock);
        part->begun = true;
        return;
    }
    part->done = follow_part_end(part);
    end = follow_part_mark(part);
    resume(part, &end, feed->replay);
}

/* The file that was read last is not found: it may just be renamed, and have had one name when the
 * folder was read, and another when that was opened. Then it is there when one looks again. */
static bool may_be_renamed(struct follow_feed *feed, const struct follow_chain *chain)
{
    if (!feed->position.known || feed->position.file.head_n == 0 || chain->file_is_current ||
        chain->file != NULL)
        return false;
    if (feed->gone_ms == 0)
        feed->gone_ms = feed->at.ms;
    return feed->at.ms - feed->gone_ms < FOLLOW_MISSING_MS;
}

/* Of a file that is there, and may not be opened, nothing is known: it is tried again from scratch.
 * One that is made from now on is read from its front. */
static void join_first(struct follow_feed *feed, struct follow_chain *chain)
{
    struct follow_part *file = chain->file_is_current ? chain->current : chain->file;

    if ((chain->current_failed != 0 && chain->current_failed != -ENOENT) ||
        may_be_renamed(feed, chain)) {
        follow_chain_done(chain);
        return;
    }
    if (feed->position.known && file != NULL)
        push_resumed(feed, chain, file);
    else if (feed->position.known && feed->position.file.head_n > 0)
        follow_feed_incident(feed, "the file that was read last is gone; lines may be missing");
    else if (!feed->position.known && chain->current != NULL)
        begin_current(feed, chain->current);
    else if (!feed->position.known)
        feed->position = (struct follow_position){ .known = true, .at = feed->now };
    if (feed->last_at.ms == 0)
        feed->last_at = feed->now;
    for (size_t i = 0; i < chain->between_n; i++)
        push(feed, chain->between[i]);
    push(feed, chain->current);
    follow_part_free(chain->before);
    feed->replay = 0;
    feed->opened = true;
}

/* The path has another file. One that was rewritten, as an editor does it, goes on where the one
 * before ends. */
static void join_rotated(struct follow_feed *feed, struct follow_chain *chain)
{
    const struct follow_part *old = follow_feed_current(feed);
    struct follow_part *new = chain->current;
    bool known = old != NULL && new != NULL && old->lines.bytes.device == new->lines.bytes.device &&
                 old->lines.bytes.inode == new->lines.bytes.inode;

    follow_part_free(chain->before);
    for (size_t i = 0; i < chain->between_n; i++) {
        if (new == NULL || known)
            follow_part_free(chain->between[i]);
        else
            push(feed, chain->between[i]);
    }
    if (known) {
        follow_part_free(new);
        return;
    }
    if (old != NULL && new != NULL && follow_part_same(old, new) &&
        follow_part_size(new) >= follow_part_size(old))
        follow_part_seek(new, follow_part_size(old), false);
    if (old == NULL && new != NULL)
        new->begun = true;
    push(feed, new);
}

/* In front of part `i`. A copy does not grow. */
static void insert(struct follow_feed *feed, size_t i, struct follow_part *part)
{
    push(feed, part); /* makes room */
    memmove(&feed->parts[i + 1], &feed->parts[i], (feed->n - 1 - i) * sizeof(struct follow_part *));
    feed->parts[i] = part;
    part->closing = true;
    part->closing_ms = feed->at.ms;
}

/* The rest of a truncated file from its copy, in front of what is in the file now. */
static void join_truncated(struct follow_feed *feed, struct follow_chain *chain)
{
    size_t i = 0;

    while (i < feed->n && feed->parts[i] != feed->emptied)
        i++;
    if (i == feed->n || feed->n + chain->between_n + 1 > COUNT(feed->parts)) {
        follow_chain_done(chain);
        return;
    }
    if (chain->file != NULL) {
        resume(chain->file, &feed->lost.file, 0);
        insert(feed, i++, chain->file);
    } else {
        feed->emptied->begun = true;
    }
    for (size_t k = 0; k < chain->between_n; k++) {
        struct wall start = feed->emptied->start;

        if (start.ms != 0 && chain->between[k]->start.ms > start.ms)
            follow_part_free(chain->between[k]); /* renamed since: join_rotated finds it */
        else
            insert(feed, i++, chain->between[k]);
    }
    follow_part_free(chain->before);
    feed->idle = false;
}

/* Between the renaming and the making of a new file there is none for a moment. */
static void missing(struct follow_feed *feed, int failed)
{
    if (feed->missing_ms == 0)
        feed->missing_ms = feed->at.ms;
    if (feed->n == 0 || feed->at.ms - feed->missing_ms >= FOLLOW_MISSING_MS)
        follow_feed_trouble(feed, "cannot be opened", failed);
}

/* What is read before `part`, if there is something, or itself. */
static const struct follow_part *before_of(const struct follow_feed *feed,
                                           const struct follow_part *part)
{
    for (size_t i = 1; i < feed->n; i++)
        if (feed->parts[i] == part)
            return feed->parts[i - 1];
    return part;
}

static void join(struct follow_feed *feed)
{
    struct follow_chain chain;
    const struct follow_position *position = NULL;
    const struct follow_part *known = follow_feed_current(feed);

    if (feed->purpose == FOLLOW_FIRST && feed->position.known) {
        position = &feed->position;
    } else if (feed->purpose == FOLLOW_TRUNCATED) {
        position = &feed->lost;
        known = feed->refilled ? before_of(feed, feed->emptied) : feed->emptied;
    }
    for (size_t i = 0; i < feed->n; i++)
        follow_search_drop(&feed->search, feed->parts[i]);
    follow_search_end(&feed->search, position, known, &feed->finished, feed->last_at, &chain);
    feed->searching = false;
    if (feed->purpose == FOLLOW_FIRST)
        join_first(feed, &chain);
    else if (feed->purpose == FOLLOW_ROTATED)
        join_rotated(feed, &chain);
    else
        join_truncated(feed, &chain);
    close_older(feed);
    if (chain.current_failed != 0)
        missing(feed, chain.current_failed);
    else if (feed->n > 0) /* else it is looked for again */
        watch_current(feed);
}

static void search_on(struct follow_feed *feed)
{
    if (follow_search_step(&feed->search, &feed->opener, &feed->clock, feed->at))
        join(feed);
}

void follow_feed_truncated(struct follow_feed *feed, struct follow_part *part)
{
    struct follow_names names = { 0 };

    feed->lost = (struct follow_position){ .known = true, .file = follow_part_mark(part) };
    feed->emptied = part;
    feed->refilled = part->empty;
    if (feed->refilled) /* what it was when it was emptied, was found or read already */
        feed->lost = follow_feed_position(feed);
    follow_part_restart(part, &feed->clock);
    if (feed->last_at.ms != 0)
        names = follow_names_of(feed->name, (struct wall){ feed->last_at.ms - HOUR_MS });
    follow_search_begin(&feed->search, feed->name, false, &names, part, feed->at);
    feed->searching = true;
    feed->purpose = FOLLOW_TRUNCATED;
    search_on(feed);
}

static void search(struct follow_feed *feed, bool look_around)
{
    struct follow_names names = { 0 };

    if (look_around && feed->last_at.ms != 0)
        names = follow_names_of(feed->name, (struct wall){ feed->last_at.ms - HOUR_MS });
    follow_search_begin(&feed->search, feed->name, true, &names, follow_feed_current(feed),
                        feed->at);
    feed->purpose = feed->opened ? FOLLOW_ROTATED : FOLLOW_FIRST;
    feed->searching = true;
    search_on(feed);
}

/* The path has another file. The one before may have been truncated since it was read last: what
 * was copied from it then, comes first. */
static void turned(struct follow_feed *feed)
{
    struct follow_part *current = feed->n > 0 ? feed->parts[feed->n - 1] : NULL;

    if (current != NULL && !feed->pending && follow_part_is_truncated(current))
        follow_feed_truncated(feed, current);
    if (!feed->searching)
        search(feed, true);
}

static void look(struct follow_feed *feed)
{
    const struct follow_part *current = follow_feed_current(feed);
    struct stat st;

    follow_notify_folder(feed->notify, feed->folder);
    if (!feed->opened) {
        search(feed, true);
    } else if (stat(feed->name, &st) != 0) {
        if (errno == EACCES)
            search(feed, false); /* whoever opens it may have the right to look */
        else
            missing(feed, -errno);
    } else if (current != NULL && st.st_dev == current->lines.bytes.device &&
               st.st_ino == current->lines.bytes.inode) {
        follow_feed_fine(feed);
    } else {
        turned(feed);
    }
}

void follow_feed_tend(struct follow_feed *feed, bool at_once, struct wall now, struct mono at)
{
    feed->clock.newest = feed->now = now;
    feed->at = at;
    close_finished(feed);
    if (feed->searching) {
        search_on(feed);
    } else if (at_once || at.ms >= feed->look_ms) {
        feed->look_ms = at.ms + FOLLOW_LOOK_MS;
        look(feed);
    }
}
