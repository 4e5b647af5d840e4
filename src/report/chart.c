#include "report/chart.h"

#include <assert.h>
#include <stdio.h>

#include "report/words.h"

#include "base/ban.h"

struct chart chart_make(const struct report_timeline *t)
{
    size_t merge = t->n / CHART_BARS_MAX + (t->n % CHART_BARS_MAX != 0);
    struct chart c = { .start = t->start };

    if (t->n == 0 || t->width_ms <= 0)
        return c;
    c.width_ms = t->width_ms * (int64_t)merge;
    c.n = (t->n - 1) / merge + 1;
    for (size_t i = 0; i < t->n; i++) {
        c.value[CHART_MESSAGES][i / merge] += t->bars[i].messages;
        c.value[CHART_RECIPIENTS][i / merge] += t->bars[i].recipients;
        c.value[CHART_REFUSED][i / merge] += t->bars[i].refused;
        c.value[CHART_FAILURES][i / merge] += t->bars[i].login_failures;
    }
    return c;
}

uint64_t chart_peak(const struct chart *c, enum chart_series series)
{
    uint64_t peak = 0;

    for (size_t i = 0; i < c->n; i++)
        if (c->value[series][i] > peak)
            peak = c->value[series][i];
    return peak;
}

uint64_t chart_sum(const struct chart *c, enum chart_series series)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < c->n; i++)
        sum += c->value[series][i];
    return sum;
}

uint64_t chart_top(uint64_t peak)
{
    static const unsigned char steps[] = { 1, 2, 4, 6, 8 };
    uint64_t power = 1;

    for (;;) {
        for (size_t i = 0; i < COUNT(steps); i++)
            if (power <= UINT64_MAX / steps[i] && peak <= steps[i] * power)
                return steps[i] * power;
        if (power > UINT64_MAX / 10)
            return UINT64_MAX;
        power *= 10;
    }
}

struct chart_box chart_box(const struct chart *c, enum chart_series series, size_t i, uint64_t top)
{
    unsigned slot_from = (unsigned)(i * CHART_PLOT / c->n);
    unsigned slot = (unsigned)((i + 1) * CHART_PLOT / c->n) - slot_from;
    unsigned width = slot < CHART_SLOT_MOST ? slot * 4 / 5 : CHART_SLOT_MOST * 4 / 5;
    uint64_t value = c->value[series][i];
    unsigned height = (unsigned)((__extension__(unsigned __int128) value) * CHART_PLOT / top);

    assert(i < c->n && value <= top);
    if (value > 0 && height < CHART_BAR_LEAST)
        height = CHART_BAR_LEAST;
    return (struct chart_box){
        .x = slot_from + (slot - width) / 2,
        .y = CHART_PLOT - height,
        .width = width,
        .height = height,
    };
}

struct wall chart_from(const struct chart *c, size_t i)
{
    return (struct wall){ c->start.ms + (int64_t)i * c->width_ms };
}

bool chart_x(const struct chart *c, struct wall at, unsigned *x)
{
    int64_t span = (int64_t)c->n * c->width_ms;
    int64_t into = at.ms - c->start.ms;

    if (into < 0 || into > span || span == 0)
        return false;
    *x = (unsigned)((double)into / (double)span * CHART_PLOT);
    return true;
}

/* The least round distance at which `span` ms need no more than CHART_TICKS_MAX labels. */
static int64_t tick_step(int64_t span)
{
    enum { HOUR = 60, DAY = 24 * HOUR };
    static const int minutes[] = {
        1,        2,        5,        10,        15,        30,        HOUR,
        2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY,       2 * DAY,   4 * DAY,
        7 * DAY,  14 * DAY, 28 * DAY, 56 * DAY,  112 * DAY, 364 * DAY,
    };

    for (size_t i = 0; i < COUNT(minutes); i++)
        if (span / MINUTE_MS / minutes[i] < CHART_TICKS_MAX)
            return (int64_t)minutes[i] * MINUTE_MS;
    return span / CHART_TICKS_MAX + 1;
}

static bool is_midnight(const struct civil *c)
{
    return c->hour == 0 && c->minute == 0;
}

static void tick_label(struct chart_tick *tick, const struct civil *c, int64_t step, bool first)
{
    char day[CHART_LABEL_MAX];

    snprintf(day, sizeof day, "%u %.3s", (unsigned)c->day % 32, words_month(c->month));
    tick->date[0] = '\0';
    if (step > 100 * DAY_MS)
        snprintf(tick->label, sizeof tick->label, "%.3s %u", words_month(c->month),
                 (unsigned)c->year % 10000);
    else if (step >= DAY_MS)
        memcpy(tick->label, day, sizeof day);
    else {
        snprintf(tick->label, sizeof tick->label, "%02u:%02u", (unsigned)c->hour % 24,
                 (unsigned)c->minute % 60);
        if (first || is_midnight(c))
            memcpy(tick->date, day, sizeof day);
    }
}

/* Every other tick is minor, midnight never. */
static void ticks_thin(struct chart_tick *ticks, size_t n, size_t midnight)
{
    for (size_t i = 0; i < n; i++)
        ticks[i].minor = (i + midnight) % 2 != 0;
    if (midnight == 1)
        ticks[0].date[0] = '\0'; /* no room for two dates side by side */
}

size_t chart_ticks(const struct chart *c, int32_t offset_s, struct chart_tick out[CHART_TICKS_MAX])
{
    int64_t offset_ms = (int64_t)offset_s * SECOND_MS;
    int64_t span = (int64_t)c->n * c->width_ms;
    int64_t step = tick_step(span);
    int64_t local = c->start.ms + offset_ms + step - 1;
    size_t n = 0, midnight = 0;

    for (local -= local % step; n < CHART_TICKS_MAX; local += step) {
        struct wall at = { local - offset_ms };
        struct civil civil = wall_to_civil(at, offset_s);

        if (!chart_x(c, at, &out[n].x))
            break;
        if (step < DAY_MS && is_midnight(&civil) && midnight == 0)
            midnight = n;
        tick_label(&out[n], &civil, step, n == 0);
        n++;
    }
    ticks_thin(out, n, midnight);
    return n;
}
