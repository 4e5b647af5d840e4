/* chart.h - where the parts of a time line stand. Pure arithmetic in integers (a locale's decimal
 * comma would break a picture); writes nothing, allocates nothing. */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "report/report.h"

enum chart_series { CHART_MESSAGES, CHART_RECIPIENTS, CHART_REFUSED, CHART_FAILURES, CHART_SERIES };

enum {
    CHART_BARS_MAX = 120,   /* more would be thinner than a pixel on a phone */
    CHART_TICKS_MAX = 8,    /* labels that fit side by side on a wide page */
    CHART_LABEL_MAX = 16,   /* bytes of such a label, with its NUL */
    CHART_PLOT = 10000,     /* width and height of a plot in its own units */
    CHART_BAR_LEAST = 200,  /* height of the smallest bar that is not 0: about two pixels */
    CHART_SLOT_MOST = 2000, /* width of the widest bar: one bar alone does not fill the plot */
};

/* A time line with at most CHART_BARS_MAX bars. */
struct chart {
    struct wall start;
    int64_t width_ms; /* of one bar; > 0 when n > 0 */
    size_t n;
    uint64_t value[CHART_SERIES][CHART_BARS_MAX];
};

/* A bar in the units of its plot; y runs down, as in SVG. */
struct chart_box {
    unsigned x, y, width, height;
};

struct chart_tick {
    unsigned x;                  /* 0..CHART_PLOT */
    bool minor;                  /* may be left out where there is little room */
    char label[CHART_LABEL_MAX]; /* "03:00", or "22 Nov" on an axis of days */
    char date[CHART_LABEL_MAX];  /* "22 Nov" under the first time and under midnight, else "" */
};

/* The bars of `t`, neighbours added up until at most CHART_BARS_MAX are left. */
struct chart chart_make(const struct report_timeline *t);

/* The highest bar of a series; 0 without bars. */
uint64_t chart_peak(const struct chart *c, enum chart_series series);

uint64_t chart_sum(const struct chart *c, enum chart_series series);

/* The round figure at or above `peak` at which an axis ends: 1, 2, 4, 6, 8 or 10 times a power of
 * ten, so that half of it is round as well (but for 1); UINT64_MAX where that would overflow. */
uint64_t chart_top(uint64_t peak);

/* The bar `i` of a series on an axis from 0 to `top` (> 0). It lies inside the plot. */
struct chart_box chart_box(const struct chart *c, enum chart_series series, size_t i, uint64_t top);

/* Where the bar `i` begins; chart_from(c, c->n) is the end of the last one. */
struct wall chart_from(const struct chart *c, size_t i);

/* Where `at` stands, 0..CHART_PLOT; false, and no change, when it is outside of the time line. */
bool chart_x(const struct chart *c, struct wall at, unsigned *x);

/* Round times of the clock that is `offset_s` seconds east of UTC, in order. Returns how many. */
size_t chart_ticks(const struct chart *c, int32_t offset_s, struct chart_tick out[CHART_TICKS_MAX]);

#endif
