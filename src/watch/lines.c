#include "watch/lines.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

/* Bring the shared figures up to what was read of this file. */
static void account(struct lines *l)
{
    l->stats->bytes_read += l->bytes.taken - l->told_taken;
    l->stats->bytes += l->bytes.given - l->told_given;
    l->told_taken = l->bytes.taken;
    l->told_given = l->bytes.given;
}

/* The hole in front of a log that was truncated while its writer kept its place in it. */
static void skip_hole(struct lines *l)
{
    bool any = lines_skip_nuls(l) > 0;

    l->begun = l->at < l->end;
    if (any && !l->told_nul) {
        l->stats->nul++;
        warnings_add(l->warnings, l->name, 0,
                     "begins with NUL bytes, like a log that was truncated while it was written; "
                     "they were passed over");
        l->told_nul = true;
    }
}

void lines_fill(struct lines *l)
{
    size_t left = l->end - l->at;
    ssize_t n;

    assert(left < LINES_BUFFER);
    if (l->buffer == NULL)
        l->buffer = memory_new(LINES_BUFFER, 1);
    else if (l->at > 0)
        memmove(l->buffer, l->buffer + l->at, left);
    l->at = 0;
    l->end = left;
    n = bytes_read(&l->bytes, l->buffer + left, LINES_BUFFER - left);
    if (n > 0)
        l->end += (size_t)n;
    else
        l->ended = true;
    l->nuls = l->end > 0 && memchr(l->buffer, '\0', l->end) != NULL;
    if (!l->begun && l->bytes.regular && !l->bytes.growing)
        skip_hole(l);
    account(l);
}

static void note_cut(struct lines *l)
{
    l->stats->cut++;
    if (!l->told_cut)
        warnings_add(l->warnings, l->name, l->line_no,
                     "is longer than %zu bytes; the rest of it was skipped", l->line_max);
    l->told_cut = true;
}

static void note_nul(struct lines *l)
{
    l->stats->nul++;
    if (!l->told_nul)
        warnings_add(l->warnings, l->name, l->line_no, "holds NUL bytes");
    l->told_nul = true;
}

/* Give the first `n` bytes of the rest as a line; the following one starts at `next`. */
static struct slice take_line(struct lines *l, size_t n, size_t next)
{
    struct slice line = { l->buffer + l->at, n };

    l->at = next;
    l->line_no++;
    l->stats->lines++;
    if (line.n > l->line_max) {
        line.n = l->line_max;
        note_cut(l);
    }
    if (l->nuls && line.n > 0 && memchr(line.p, '\0', line.n) != NULL)
        note_nul(l);
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

bool lines_next_slow(struct lines *l, struct slice *out)
{
    if (l->skipping)
        lines_skip_line(l);
    if (l->skipping)
        return false;
    for (;;) {
        struct slice rest = lines_rest(l), line;

        if (slice_cut(&rest, '\n', &line)) {
            *out = take_line(l, line.n, l->at + line.n + 1);
            return true;
        }
        if (rest.n > l->line_max || (l->ended && !l->bytes.growing && rest.n > 0)) {
            l->skipping = rest.n > l->line_max;
            *out = take_line(l, rest.n, l->end);
            return true;
        }
        if (l->ended)
            return false;
        lines_fill(l);
    }
}

void lines_skip(struct lines *l, uint64_t n)
{
    while (n > l->end - l->at) {
        n -= l->end - l->at;
        l->at = l->end;
        if (l->ended)
            return;
        lines_fill(l);
    }
    l->at += (size_t)n;
}

void lines_skip_line(struct lines *l)
{
    struct slice rest = lines_rest(l), line;

    while (!slice_cut(&rest, '\n', &line)) {
        l->at = l->end;
        if (l->ended) {
            l->skipping = l->skipping && l->bytes.growing;
            return;
        }
        lines_fill(l);
        rest = lines_rest(l);
    }
    l->skipping = false;
    l->at += line.n + 1;
}

bool lines_more(struct lines *l)
{
    uint64_t before = l->bytes.given;

    lines_fill(l);
    l->ended = true;
    return l->bytes.given > before;
}

void lines_seek(struct lines *l, uint64_t offset)
{
    if (l->bytes.form == BYTES_PLAIN) {
        bytes_seek(&l->bytes, (int64_t)offset);
        l->told_taken = l->told_given = offset;
    } else {
        lines_skip(l, offset);
    }
}

uint64_t lines_skip_nuls(struct lines *l)
{
    size_t from = l->at;

    while (l->nuls && l->at < l->end && l->buffer[l->at] == '\0')
        l->at++;
    return l->at - from;
}

static void drop_buffer(struct lines *l)
{
    free(l->buffer);
    l->buffer = NULL;
    l->at = l->end = 0;
}

void lines_rewind(struct lines *l)
{
    l->stats->bytes_read -= l->told_taken;
    l->stats->bytes -= l->told_given;
    l->told_taken = l->told_given = 0;
    bytes_rewind(&l->bytes);
    drop_buffer(l);
    l->ended = l->begun = false;
}

void lines_done(struct lines *l)
{
    if (l->bytes.trouble[0] != '\0')
        warnings_add(l->warnings, l->name, l->line_no, "%s", l->bytes.trouble);
    bytes_done(&l->bytes);
    drop_buffer(l);
    l->ended = true;
}
