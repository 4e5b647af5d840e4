#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/ban.h"

enum { FIRST_MS = 300, EVERY_MS = 100, BAR_WIDTH = 24, COLUMNS_MAX = 80, TEXT_MAX = 256 };

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

struct progress progress_start(bool quiet)
{
    struct progress p = { .on = !quiet && isatty(STDERR_FILENO) == 1 };

    if (p.on) {
        p.start_ms = now_ms();
        p.next_ms = p.start_ms + FIRST_MS;
    }
    return p;
}

/* "12.3 MB": three digits that matter. */
static void add_bytes(struct buf *out, double bytes)
{
    static const char *const units[] = { "kB", "MB", "GB", "TB" };
    size_t unit = 0;

    bytes /= 1000;
    while (bytes >= 999.5 && unit + 1 < COUNT(units)) {
        bytes /= 1000;
        unit++;
    }
    buf_printf(out, "%.*f %s", bytes < 9.95 ? 1 : 0, bytes, units[unit]);
}

static void add_bar(struct buf *out, double part)
{
    size_t full = (size_t)(part * BAR_WIDTH);

    buf_printf(out, "%3d %% [", (int)(part * 100));
    for (size_t i = 0; i < BAR_WIDTH; i++)
        buf_add_char(out, i < full ? '#' : '.');
    buf_printf(out, "] ");
}

/* "1:05 left", from what is left at the speed so far. */
static void add_left(struct buf *out, double seconds)
{
    uint64_t s = seconds < 360000 ? (uint64_t)(seconds + 0.5) : 360000;

    if (s < 3600)
        buf_printf(out, "  %" PRIu64 ":%02" PRIu64 " left", s / 60, s % 60);
    else
        buf_printf(out, "  %" PRIu64 ":%02" PRIu64 " h left", s / 3600, s / 60 % 60);
}

void progress_text(struct buf *out, const struct logs_stats *stats, int64_t elapsed_ms,
                   size_t columns)
{
    double total = (double)stats->bytes_total;
    double done = stats->bytes_total > 0 ? (double)stats->bytes_read : (double)stats->bytes;
    double per_s = done * SECOND_MS / (double)(elapsed_ms > 0 ? elapsed_ms : 1);

    if (done > total && total > 0)
        done = total;
    if (total > 0)
        add_bar(out, done / total);
    add_bytes(out, done);
    if (total > 0) {
        buf_printf(out, " of ");
        add_bytes(out, total);
    }
    buf_printf(out, "  ");
    add_bytes(out, per_s);
    buf_printf(out, "/s");
    if (total > 0 && per_s > 0)
        add_left(out, (total - done) / per_s);
    if (out->n > columns)
        out->n = columns;
}

/* One less than the terminal has: a full line makes some terminals go to the next. */
static size_t columns(void)
{
    struct winsize size = { 0 };

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
        size.ws_col > COLUMNS_MAX)
        return COLUMNS_MAX - 1;
    return size.ws_col - 1U;
}

void progress_update(struct progress *p, const struct logs_stats *stats)
{
    int64_t now = now_ms();
    CLEANUP(buf_done) struct buf text = buf_make(TEXT_MAX);

    p->seen_bytes = stats->bytes;
    if (now < p->next_ms)
        return;
    p->next_ms = now + EVERY_MS;
    progress_text(&text, stats, now - p->start_ms, columns());
    fprintf(stderr, "\r%.*s\033[K", SLICE_ARG(buf_slice(&text)));
    fflush(stderr);
    p->drawn = true;
}

void progress_erase(struct progress *p)
{
    if (!p->drawn)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->drawn = false;
}
