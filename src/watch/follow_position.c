#include "watch/follow_position.h"

#include <inttypes.h>

#include "base/hash.h"

#include "base/ban.h"

#define VERSION "follow-1"
#define WALL_MAX_MS UINT64_C(253402300799999) /* the last moment of the year 9999 */

enum { DAY_S = 24 * 60 * 60 }; /* no zone is as far from UTC */

uint64_t follow_head_hash(struct slice head)
{
    return hash_slice(head, 0);
}

static void write_mark(const struct follow_mark *m, struct buf *out)
{
    buf_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu64 " %d", m->device,
               m->inode, m->offset, m->head_n, m->head_hash, m->mid_line);
}

void follow_position_write(const struct follow_position *p, struct buf *out)
{
    buf_printf(out, VERSION " %" PRId64 " %" PRIu32 " %d", p->at.ms,
               (uint32_t)(p->offset_s + DAY_S), p->has_previous);
    write_mark(&p->file, out);
    if (p->has_previous)
        write_mark(&p->previous, out);
}

/* The next number, at most `max`. */
static bool take(struct slice *rest, uint64_t max, uint64_t *out)
{
    struct slice word;
    uint64_t value;

    if (!slice_cut(rest, ' ', &word)) {
        word = *rest;
        *rest = slice_head(*rest, 0);
    } else if (rest->n == 0) {
        return false;
    }
    if (!slice_to_u64(word, &value) || value > max)
        return false;
    *out = value;
    return true;
}

static bool take_mark(struct slice *rest, struct follow_mark *m)
{
    uint64_t head_n, mid_line;

    if (!take(rest, UINT64_MAX, &m->device) || !take(rest, UINT64_MAX, &m->inode) ||
        !take(rest, INT64_MAX, &m->offset) || !take(rest, FOLLOW_HEAD_MAX, &head_n) ||
        !take(rest, UINT64_MAX, &m->head_hash) || !take(rest, 1, &mid_line))
        return false;
    m->head_n = (uint32_t)head_n;
    m->mid_line = mid_line != 0;
    return true;
}

bool follow_position_read(struct slice text, struct follow_position *out)
{
    struct follow_position p = { .known = true };
    uint64_t at, offset, has_previous;

    if (!slice_skip(&text, SLICE(VERSION " ")) || !take(&text, WALL_MAX_MS, &at) ||
        !take(&text, 2 * DAY_S, &offset) || !take(&text, 1, &has_previous) ||
        !take_mark(&text, &p.file))
        return false;
    p.has_previous = has_previous != 0;
    if ((p.has_previous && !take_mark(&text, &p.previous)) || text.n > 0)
        return false;
    p.at.ms = (int64_t)at;
    p.offset_s = (int32_t)offset - DAY_S;
    *out = p;
    return true;
}
