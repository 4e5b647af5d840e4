#include "watch/follow_part.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#include "base/ban.h"

enum { LOOK_BYTES = 16 * 1024 }; /* at the front, for the first line that has a time */

/* The time of the first framed line at the front. */
static struct wall start_of(struct slice front, const struct stamp_clock *fresh)
{
    struct stamp_clock clock = *fresh;
    struct logline frame;
    struct slice line;

    while (slice_cut(&front, '\n', &line))
        if (logline_parse(&clock, line, &frame) == LOGLINE_OK)
            return frame.at;
    return (struct wall){ 0 };
}

static void take_head(struct follow_part *part, struct slice front)
{
    front = slice_head(front, sizeof part->head);
    if (front.n > 0)
        memcpy(part->head, front.p, front.n);
    part->head_n = front.n;
}

/* Look at the front, which is read once more later on. */
static int look(struct follow_part *part, const struct stamp_clock *fresh)
{
    struct lines *l = &part->lines;
    struct stamp_clock clock = *fresh;
    char front[LOOK_BYTES];
    size_t n;

    if (clock.newest.ms == 0 || clock.newest.ms > l->bytes.modified.ms)
        clock.newest = l->bytes.modified;
    if (!part->packed) {
        n = bytes_peek(&l->bytes, 0, front, sizeof front);
        take_head(part, (struct slice){ front, n });
        part->empty = n == 0;
        part->start = start_of((struct slice){ front, n }, &clock);
        return 0;
    }
    lines_fill(l);
    if (l->bytes.trouble[0] != '\0')
        return -EIO;
    take_head(part, lines_rest(l));
    part->start = start_of(slice_head(lines_rest(l), LOOK_BYTES), &clock);
    return 0;
}

/* A pipe is not to be waited for, and a journal is no text. */
static int adopt(struct bytes *bytes, int fd)
{
    struct stat st;
    int failed = fstat(fd, &st) == 0 ? 0 : -errno;

    if (failed == 0 && !S_ISREG(st.st_mode))
        failed = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
    if (failed != 0) {
        close(fd);
        return failed;
    }
    lseek(fd, 0, SEEK_SET);
    failed = bytes_adopt(bytes, fd);
    return failed == 0 && bytes->form == BYTES_JOURNAL ? -EINVAL : failed;
}

int follow_part_new(struct follow_part **out, const char *path, int fd, struct logs_stats *stats,
                    struct warnings *warnings, const struct stamp_clock *fresh)
{
    struct follow_part *part = memory_new(1, sizeof *part);
    int failed;

    part->path = memory_text(path, strlen(path));
    part->watch = -1;
    part->lines = (struct lines){
        .name = part->path,
        .line_max = LOGS_LINE_MAX,
        .stats = stats,
        .warnings = warnings,
        .bytes = { .fd = -1 },
    };
    failed = adopt(&part->lines.bytes, fd);
    part->packed = part->lines.bytes.form == BYTES_PACKED;
    part->lines.bytes.growing = part->lines.ended = !part->packed; /* until follow_part_more */
    if (failed == 0)
        failed = look(part, fresh);
    if (failed != 0) {
        follow_part_free(part);
        return failed;
    }
    *out = part;
    return 0;
}

void follow_part_free(struct follow_part *part)
{
    if (part == NULL)
        return;
    lines_done(&part->lines);
    free(part->path);
    free(part);
}

/* The first bytes tell a file from others only when there is a line among them. */
static bool has_line(const char *head, size_t n)
{
    return n == FOLLOW_HEAD_MAX || (n > 0 && memchr(head, '\n', n) != NULL);
}

bool follow_part_is(const struct follow_part *part, const struct follow_mark *mark)
{
    const struct bytes *b = &part->lines.bytes;

    if (mark->head_n == 0)
        return b->device == mark->device && b->inode == mark->inode;
    return part->head_n >= mark->head_n &&
           follow_head_hash((struct slice){ part->head, mark->head_n }) == mark->head_hash;
}

bool follow_part_same(const struct follow_part *a, const struct follow_part *b)
{
    size_t n = a->head_n < b->head_n ? a->head_n : b->head_n;

    return has_line(a->head, n) && memcmp(a->head, b->head, n) == 0;
}

void follow_part_seek(struct follow_part *part, uint64_t offset, bool whole)
{
    struct lines *l = &part->lines;

    lines_seek(l, whole && offset > 0 ? offset - 1 : offset);
    if (whole && offset > 0)
        l->skipping = true; /* to the newline before, or the next */
}

uint64_t follow_part_size(const struct follow_part *part)
{
    struct stat st;

    return fstat(part->lines.bytes.fd, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

uint64_t follow_part_end(const struct follow_part *part)
{
    uint64_t end = follow_part_size(part);
    char tail[4096];

    while (end > 0) {
        uint64_t from = end > sizeof tail ? end - sizeof tail : 0;
        struct slice text = { tail, 0 };
        struct slice rest;

        text.n = bytes_peek(&part->lines.bytes, (int64_t)from, tail, (size_t)(end - from));
        if (slice_cut_last(&text, '\n', &rest))
            return from + text.n + 1;
        end = from;
    }
    return 0;
}

/* Compare the front of the file with what it was, and learn more of it while it is short. */
static bool is_same_file(struct follow_part *part)
{
    char now[FOLLOW_HEAD_MAX];
    size_t n = bytes_peek(&part->lines.bytes, 0, now, sizeof now);

    if (n < part->head_n || memcmp(now, part->head, part->head_n) != 0 || (part->empty && n > 0))
        return false;
    take_head(part, (struct slice){ now, n });
    return true;
}

bool follow_part_is_truncated(struct follow_part *part)
{
    part->truncated =
        part->truncated || !is_same_file(part) || follow_part_size(part) < part->lines.bytes.given;
    return part->truncated;
}

enum follow_part_got follow_part_more(struct follow_part *part)
{
    struct lines *l = &part->lines;
    bool more;

    part->at_end = false;
    if (part->truncated)
        return FOLLOW_PART_TRUNCATED;
    if (lines_waiting(l))
        return FOLLOW_PART_OK;
    if (!l->bytes.growing) { /* lines_next reads it to its end by itself */
        part->at_end = l->ended && lines_rest(l).n == 0;
        return l->bytes.trouble[0] != '\0' ? FOLLOW_PART_BROKEN : FOLLOW_PART_OK;
    }
    more = lines_more(l);
    part->at_end = !more;
    if (l->bytes.trouble[0] != '\0')
        return FOLLOW_PART_BROKEN;
    return follow_part_is_truncated(part) ? FOLLOW_PART_TRUNCATED : FOLLOW_PART_OK;
}

bool follow_part_line(struct follow_part *part, struct slice *raw, uint64_t *begin, uint64_t *end)
{
    struct lines *l = &part->lines;

    if (l->skipping)
        lines_skip_line(l);
    if (!l->skipping && lines_skip_nuls(l) > 0)
        part->hole = true;
    *begin = lines_offset(l);
    if (!lines_next(l, raw))
        return false;
    l->stats->nul += part->hole;
    part->hole = false;
    *end = lines_offset(l);
    return true;
}

static struct wall start_at_front(const struct follow_part *part, const struct stamp_clock *fresh)
{
    char front[LOOK_BYTES];
    struct slice text = { front, 0 };

    text.n = bytes_peek(&part->lines.bytes, 0, front, sizeof front);
    return start_of(text, fresh);
}

void follow_part_finish(struct follow_part *part)
{
    part->lines.bytes.growing = false;
    part->at_end = false;
}

void follow_part_restart(struct follow_part *part, const struct stamp_clock *fresh)
{
    struct lines *l = &part->lines;
    off_t data = lseek(l->bytes.fd, 0, SEEK_DATA);

    bytes_seek(&l->bytes, data > 0 ? data : 0);
    l->told_taken = l->bytes.taken;
    l->told_given = l->bytes.given;
    l->at = l->end = 0;
    l->skipping = l->nuls = part->hole = part->truncated = false;
    l->ended = true;
    part->head_n = bytes_peek(&l->bytes, 0, part->head, sizeof part->head);
    part->empty = part->head_n == 0;
    part->start = start_at_front(part, fresh);
    part->begun = part->done_mid_line = false;
    part->done = part->old_until = 0;
    part->at_end = false;
}

struct follow_mark follow_part_mark(const struct follow_part *part)
{
    size_t head_n = has_line(part->head, part->head_n) ? part->head_n : 0;

    return (struct follow_mark){
        .device = part->lines.bytes.device,
        .inode = part->lines.bytes.inode,
        .offset = part->done,
        .head_n = (uint32_t)head_n,
        .head_hash = head_n > 0 ? follow_head_hash((struct slice){ part->head, head_n }) : 0,
        .mid_line = part->done_mid_line,
    };
}
